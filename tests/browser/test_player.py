"""The player in a real browser: two versions in step and switched without a pause, keys, and networks that fail."""

import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from audio_pipeline.hearing.files import hear_song
from audio_pipeline.wave_writing import WaveWriter
from tests.app import world as worlds
from tests.app.world import RATE_HZ, SECONDS, World

IN_STEP = """() => {
  const [a, b] = [...document.querySelectorAll("audio")];
  return a.currentTime > 0.5 && !a.paused && !b.paused && Math.abs(a.currentTime - b.currentTime) < 0.03;
}"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """As long a song as the world's, as browsers play it."""
    folder = tmp_path_factory.mktemp("copy")
    with WaveWriter(folder / "song.wav", channels=2, sample_rate_hz=RATE_HZ, encoding="pcm24") as writer:
        second = 0.1 * np.sin(2 * np.pi * 220 * np.arange(RATE_HZ) / RATE_HZ)
        for _ in range(SECONDS):
            writer.write(np.repeat(second[:, None], 2, axis=1).astype(np.float32))
    hear_song(folder / "song.wav", folder / "copy.m4a")
    return (folder / "copy.m4a").read_bytes()


@pytest.fixture
def url(world: World, copy: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the site, with a published song whose copies are real sound."""
    monkeypatch.setattr(worlds, "COPY", copy)
    monkeypatch.setattr(worlds, "RENDER_COPY", copy)
    world.produce(world.programme.published())
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(world.site.app, lifespan="off", log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def song(chromium: Browser, url: str) -> Iterator[Page]:
    page = chromium.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.goto(f"{url}/songs/salt")
    page.wait_for_selector("[data-player][data-ready]")
    yield page
    page.close()
    assert faults == []


def test_both_versions_run_in_step_and_are_switched_without_a_pause(song: Page) -> None:
    song.evaluate("""() => {
      window.told = []; window.heard = 0; window.paused = 0;
      document.addEventListener("position", (e) => told.push(e.detail));
      document.addEventListener("heard", (e) => { heard += e.detail.to - e.detail.from; });
      for (const a of document.querySelectorAll("audio")) a.addEventListener("pause", () => { paused += 1; });
    }""")
    song.get_by_role("button", name="Play", exact=True).click()
    song.wait_for_function(IN_STEP)
    for name in ("Original stereo", "360 mix in stereo", "Original stereo"):
        song.keyboard.press("x")
        expect(song.get_by_role("radio", name=name)).to_be_checked()
        song.wait_for_function(IN_STEP)
    assert song.evaluate("paused") == 0
    song.get_by_role("button", name="Pause").click()
    assert song.evaluate("[...document.querySelectorAll('audio')].every((a) => a.paused)")
    assert song.evaluate("told.length > 0 && heard > 0 && heard <= Math.max(...told) + 0.01")


def test_the_slider_moves_by_keys_and_says_where_it_is(song: Page) -> None:
    slider = song.get_by_role("slider")
    slider.focus()
    for key, place in (
        ("ArrowRight", "0:05"),
        ("PageUp", "0:35"),
        ("ArrowLeft", "0:30"),
        ("End", "3:20"),
        ("PageDown", "2:50"),
        ("Home", "0:00"),
        ("ArrowLeft", "0:00"),
    ):
        song.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", f"{place} of 3:20")
    song.keyboard.press("Space")
    song.wait_for_function(IN_STEP)
    song.keyboard.press("PageUp")
    song.wait_for_function("document.querySelector('audio').currentTime > 30")
    assert song.locator("[data-play]").get_attribute("aria-label") == "Pause"


def test_a_connection_that_dropped_comes_back_where_the_song_was(chromium: Browser, url: str) -> None:
    page = chromium.new_page()
    page.route("**/sound/*/original", lambda route: route.abort())
    page.route("**/sound/*/render", lambda route: route.abort())
    page.goto(f"{url}/songs/salt")
    page.wait_for_selector("[data-player][data-ready]")
    page.get_by_role("slider").focus()
    page.keyboard.press("PageUp")
    page.get_by_role("button", name="Play", exact=True).click()
    trouble = page.locator("[data-trouble]")
    expect(trouble).to_have_text("The connection dropped at 0:30. It goes on by itself when it is back.")
    page.unroute_all()
    expect(trouble).to_have_text("", timeout=20_000)
    page.wait_for_function("[...document.querySelectorAll('audio')].every((a) => a.currentTime > 30 && !a.paused)")
    page.close()


def test_a_sound_that_was_taken_away_is_not_waited_for(chromium: Browser, url: str) -> None:
    page = chromium.new_page()
    page.route("**/sound/*/render", lambda route: route.fulfill(status=404))
    page.goto(f"{url}/songs/salt")
    page.wait_for_selector("[data-player][data-ready]")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("[data-trouble]")).to_contain_text("it was taken away")
    assert page.locator("[data-play]").get_attribute("aria-label") == "Play"
    page.close()
