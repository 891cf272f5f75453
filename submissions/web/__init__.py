"""The pages of this room: one file a group of pages, each exporting its `handlers`; and its programming interface."""

from litestar import Router

from submissions.web import api, calls, drafts, mine, offers, pictures, renders, reports, uploads

router = Router(
    "/",
    route_handlers=[
        *calls.handlers,
        *mine.handlers,
        *drafts.handlers,
        *pictures.handlers,
        *offers.handlers,
        *renders.handlers,
        *reports.handlers,
        api.router,
        uploads.router,
    ],
)
