"""Where a request comes from."""

from opencall.app.identity.sessions import Place
from opencall.kernel.web.pages import Visit


def place_of(request: Visit) -> Place:
    """The place of a visit: what a proxy says counts only if the installation names it among its own."""
    return Place(request.client.host if request.client else "", request.headers.get("user-agent", ""))
