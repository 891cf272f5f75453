"""The pages of submissions."""

from litestar import Router

from submissions.web import gallery

router = Router("/", route_handlers=[*gallery.HANDLERS])
