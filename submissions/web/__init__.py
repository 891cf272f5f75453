"""The pages of this room: one file a group of pages, each exporting its `handlers`; and its programming interface."""

from litestar import Router

from submissions.web import (
    api,
    calls,
    desk,
    drafts,
    gallery,
    manage,
    mine,
    offers,
    pictures,
    publishing,
    renders,
    reports,
    selection_board,
    uploads,
)

PAGES = (gallery, calls, mine, drafts, pictures, offers, renders, reports, desk, manage, selection_board, publishing)

router = Router(
    "/",
    route_handlers=[*(handler for group in PAGES for handler in group.handlers), api.router, uploads.router],
)
