"""The pages of this room, and its programming interface."""

from litestar import Router

from submissions.web import desk, manage, publishing, selection_board

router = Router("/", route_handlers=[*desk.handlers, *manage.handlers, *selection_board.handlers, *publishing.handlers])
