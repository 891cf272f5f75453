"""The pages of this room: the public fund, the money desk, batches and their approvals, everybody's own payments."""

from litestar import Router

from rewards.web import batches, funds, payments

router = Router("/", route_handlers=[*funds.handlers, *batches.handlers, *payments.handlers])
