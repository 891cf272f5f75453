"""The pages of this room, and its programming interface."""

from litestar import Router

from submissions.web import api, drafts, uploads

router = Router("/", route_handlers=[*drafts.HANDLERS, api.router, uploads.router])
