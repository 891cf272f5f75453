"""The pages of this room, and its programming interface."""

from litestar import Router

from submissions.web import api, drafts, pictures, uploads

router = Router("/", route_handlers=[*drafts.HANDLERS, *pictures.HANDLERS, api.router, uploads.router])
