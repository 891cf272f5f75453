"""The artist of the crash drill: sends one file after the other by tus, whatever happens to the other side.

Knows nothing but the address. After every broken connection it asks where to go on, as a browser does; a file counts
when its receipt is the SHA-256 of what was sent.
"""

import base64
import hashlib
import http.client
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from drill_people import signed_in

from opencall.app.demo import people
from opencall.app.house import open_house
from opencall.app.settings import Settings
from opencall.kernel.web.guards import COOKIE
from rewards import funds
from submissions import calls, songs
from submissions.material import SongDetails
from submissions.terms import Category, NewCall

FILE_BYTES = 3_000_000
PIECE_BYTES = 250_000
PAUSE_S = 0.1
AGAIN_S = 0.5
PATIENCE_S = 60.0
LONG = timedelta(days=90)
ARTIST = people.contributor("Nadia Faraway")


class Uploader:
    """Uploads while `sending` lasts; `received` files came with the right receipt, `wrong` ones with another."""

    def __init__(self, seed: int) -> None:
        self.received = self.wrong = self.broken = 0
        self._chance = random.Random(seed)
        self._song_id = self._secret = self._latest = ""

    @contextmanager
    def sending(self, settings: Settings, url: str) -> Iterator[None]:
        """Send to `url` until the block ends; a file that is under way is brought to its end."""
        if not self._song_id:
            self._begin(settings)
        stop = threading.Event()
        thread = threading.Thread(target=self._send, args=(url, stop), name="uploader")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _begin(self, settings: Settings) -> None:
        """A call with money of its own, a draft in it, and a session for its artist."""
        house = open_house(settings=settings)
        with house.work.write(people.MAKER) as uow:
            funds.open_fund(uow, people.MAKER, "Fund of the drill", "EUR", "drill-fund")
            funds.donate(uow, people.MAKER, "drill-fund", "gift", 1_000, "EUR")
        with house.work.write(people.MANAGER) as uow:
            now = uow.clock.now().replace(microsecond=0, tzinfo=None)
            terms = NewCall(
                title="Drill",
                summary="Songs that arrive while everything falls over.",
                timezone="UTC",
                opens_at=now,
                closes_at=now + LONG,
                fund_id="drill-fund",
                reward_minor=1_000,
                budget_minor=1_000,
                currency="EUR",
                licence_version="1",
                categories=(Category("song", "The song", weight=1),),
            )
            call_id = calls.create_call(uow, people.MANAGER, terms)
            calls.open_call(uow, people.MANAGER, call_id)
        with house.work.write(ARTIST) as uow:
            self._secret = signed_in(uow, ARTIST)
            details = SongDetails(title="Drill", artist_name="Drill", language="en", genre="test", region="Europe")
            self._song_id = songs.start_song(uow, ARTIST, call_id, details)
        house.close()

    def _send(self, url: str, stop: threading.Event) -> None:
        while not stop.is_set():
            data = self._chance.randbytes(FILE_BYTES)
            words = {"song": self._song_id, "filename": "Take.wav", "part": "stem"}
            if self._latest:
                words["replaces"] = self._latest
            place = self._ask(
                url, "POST", "/api/uploads", {"Upload-Length": str(len(data)), "Upload-Metadata": _pairs(words)}
            )
            receipt = self._send_file(url, place["location"], data)
            self._latest = receipt["opencall-file"]
            if receipt["opencall-sha256"] == hashlib.sha256(data).hexdigest():
                self.received += 1
            else:
                self.wrong += 1

    def _send_file(self, url: str, path: str, data: bytes) -> dict[str, str]:
        """Every piece in turn, from where the other side says that it is; returns the receipt."""
        while True:
            answer = self._ask(url, "HEAD", path, {})
            if "opencall-sha256" in answer:
                return answer
            offset = int(answer["upload-offset"])
            headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            self._ask(url, "PATCH", path, headers, data[offset : offset + PIECE_BYTES], once=True)
            time.sleep(PAUSE_S)

    def _ask(
        self, url: str, method: str, path: str, headers: dict[str, str], body: bytes = b"", *, once: bool = False
    ) -> dict[str, str]:
        """The headers of the answer. Asks again until there is one, unless `once`: then no answer is an empty one."""
        give_up = time.monotonic() + PATIENCE_S
        while True:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
            try:
                always = {"Tus-Resumable": "1.0.0", "Cookie": f"{COOKIE}={self._secret}", "Origin": url}
                connection.request(method, path, body, always | headers)
                answer = connection.getresponse()
                told = answer.read().decode()
                if answer.status < 300:
                    return {name.lower(): value for name, value in answer.getheaders()}
                if answer.status < 500 and not once:
                    raise RuntimeError(f"{method} {path}: {answer.status} {told}")
            except (OSError, http.client.HTTPException):
                self.broken += 1
            finally:
                connection.close()
            if once:
                return {}
            if time.monotonic() > give_up:
                raise RuntimeError(f"{method} {path}: no answer within {PATIENCE_S:g} s")
            time.sleep(AGAIN_S)


def _pairs(words: dict[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())
