"""Uvicorn over the application: one process, until it is asked to stop."""

import gc
import socket
from pathlib import Path
from typing import Final

# A page takes milliseconds, and event streams end when the application is told; nobody is waited for longer.
GRACE_S: Final = 2


def run_web(home: Path | None, host: str, port: int, fd: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Only a proxy on this machine is believed when it says for whom it speaks."""
    import uvicorn

    from opencall.app.asgi import create_app
    from opencall.app.broker import bell_of, make_broker
    from opencall.app.house import open_house
    from opencall.app.settings import settings_of

    settings = settings_of(home)
    house = open_house(settings=settings, bell=bell_of(make_broker(settings)))
    app = create_app(house)
    keep_for_good()

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.stopping.set()  # event streams end by themselves; nobody has to be cut off
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=GRACE_S,
        lifespan="on",
    )
    # Made from the file, a socket knows what it is; told to, Uvicorn would take it for a local one, and send slowly.
    sockets = None if fd is None else [socket.socket(fileno=fd)]
    try:
        Server(config).run(sockets)
    finally:
        house.close()


def keep_for_good() -> None:
    """Tell the garbage collector that what was loaded stays: looking through all of it again stops every request, for
    about a tenth of a second each time."""
    gc.collect()
    gc.freeze()
