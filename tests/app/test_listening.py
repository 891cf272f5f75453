"""The address of the pages: the one that was asked for, or the next free one, or a sentence that says what to do."""

import socket
from contextlib import suppress

import pytest

from opencall.app.listening import LOCALHOST, PORTS_TRIED, AddressRefused, NoFreePort, listen, url_of


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_a_port_that_is_taken_gives_way_to_the_next_free_one() -> None:
    with listen(LOCALHOST, 0) as first, listen(LOCALHOST, port_of(first)) as second:
        assert port_of(first) < port_of(second) < port_of(first) + PORTS_TRIED


def test_a_port_is_free_again_once_nobody_listens() -> None:
    with listen(LOCALHOST, 0) as first, socket.create_connection(first.getsockname()) as visitor:
        accepted, _ = first.accept()
        accepted.close()  # the listener's side closes first, and remembers the connection for a minute
        assert visitor.recv(1) == b""
        port = port_of(first)
    with listen(LOCALHOST, port) as second:
        assert port_of(second) == port


def test_when_all_are_taken_another_one_has_to_be_said() -> None:
    with suppress(NoFreePort), listen(LOCALHOST, 65535), pytest.raises(NoFreePort, match="--port N"):
        listen(LOCALHOST, 65535)
    with pytest.raises(AddressRefused, match="--host"):
        listen("192.0.2.1", 8360)  # set aside for examples: no machine has it


@pytest.mark.parametrize("host", [LOCALHOST, "0.0.0.0"])  # noqa: S104 - for the length of a test
def test_the_printed_address_opens_in_a_browser_on_this_machine(host: str) -> None:
    with listen(host, 0) as listener:
        url = url_of(listener)
        assert url == f"http://127.0.0.1:{port_of(listener)}"
        with socket.create_connection(("127.0.0.1", port_of(listener))):
            pass
