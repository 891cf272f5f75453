"""The artist of the crash drill: sends one file after the other by tus, whatever happens to the other side.

Knows nothing but the address. After every broken connection it asks where to go on, as a browser does; a file counts
when its receipt is the SHA-256 of what was sent.
"""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from drill_people import drafts_of
from tus_sender import Content, Manner, Sender

from opencall.app.demo import people
from opencall.app.settings import Settings

FILE_BYTES = 3_000_000
MANNER = Manner(piece_bytes=250_000, tells_whole=False)
PAUSE_S = 0.1
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
            (self._song_id, self._secret), *_ = drafts_of(settings, [ARTIST])
        stop = threading.Event()
        thread = threading.Thread(target=self._send, args=(url, stop), name="uploader")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _send(self, url: str, stop: threading.Event) -> None:
        sender = Sender(url, self._secret)
        while not stop.is_set():
            content = Content(self._chance.randrange(1 << 60), FILE_BYTES)
            words = {"song": self._song_id, "filename": "Take.wav", "part": "stem"}
            if self._latest:
                words["replaces"] = self._latest
            receipt = sender.send(sender.announce(FILE_BYTES, words), content, MANNER, pause_s=PAUSE_S)
            self._latest = receipt["opencall-file"]
            if receipt["opencall-sha256"] == content.sha256().hexdigest():
                self.received += 1
            else:
                self.wrong += 1
        self.broken += sender.broken
