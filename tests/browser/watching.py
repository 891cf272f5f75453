"""What must hold on every page, whoever looks at it, and how wide and bright their screen is."""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, ViewportSize

DESK: Final[ViewportSize] = {"width": 1440, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}


class Variant(NamedTuple):
    """A screen to look at a page on."""

    name: str
    viewport: ViewportSize
    scheme: str


VARIANTS: Final = tuple(
    Variant(f"{size}-{scheme}", viewport, scheme)
    for size, viewport in (("d", DESK), ("m", PHONE))
    for scheme in ("light", "dark")
)

# Fragments arrive, covers and fonts are there, nothing moves any more: then a page may be judged.
_CALM = """() => {
  if (document.readyState !== 'complete' || document.fonts.status !== 'loaded') return false;
  if (document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')) return false;
  // A part that loads itself is asked for a moment after the page is there: look twice.
  const before = document.documentElement.hasAttribute('data-calm');
  document.documentElement.setAttribute('data-calm', '');
  return before;
}"""
# Reading style sheets once more, as it would, is against the policy of our pages.
_AXE: Final = {"preload": False, "resultTypes": ["violations"]}
_SHAPE = """() => ({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  wide: [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest('.scroll-x, .sr, svg')).slice(0, 3).map((e) => e.outerHTML.slice(0, 120)),
  headings: document.querySelectorAll('h1').length,
  filled: [...document.querySelectorAll('.primary:not([disabled])')].filter((e) => e.checkVisibility()).length,
})"""


class Watch:
    """Notes whatever goes wrong in the pages of the contexts that it watches.

    What has to go wrong in a test is a part of a fault, appended to `expected`.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.expected: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"error in a page: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(part in fault for part in self.expected)]

    def _note(self, fault: str) -> None:
        self.faults.append(fault)

    def _console(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self._note(f"{said.type} in the console of {said.page.url if said.page else '?'}: {said.text}")

    def _failed(self, request: Request) -> None:
        # The browser itself gives up what a page that was left had asked for, and sound that is not needed any more.
        if request.failure != "net::ERR_ABORTED":
            self._note(f"request failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"answer {response.status}: {response.request.method} {response.url}")


def calm(page: Page) -> None:
    """Wait until the page has everything that it asks for by itself."""
    page.wait_for_function(_CALM)


def audit(page: Page) -> list[str]:
    """What is wrong with the page as it stands: by axe, and by our own rules of a page."""
    shape = page.evaluate(_SHAPE)
    faults = []
    if shape["overflow"] > 0:
        faults.append(f"wider than the screen by {shape['overflow']} px: {shape['wide']}")
    if shape["headings"] != 1:
        faults.append(f"{shape['headings']} first headings instead of one")
    if shape["filled"] > 1:
        faults.append(f"{shape['filled']} filled buttons instead of one")
    for violation in Axe().run(page, options=_AXE).response["violations"]:
        nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
        faults.append(f"axe {violation['id']} ({len(violation['nodes'])}): {nodes}")
    return faults


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page, on every screen. Pictures go to the folder `OPENCALL_SHOTS`, if it is set."""
    found = []
    for variant in VARIANTS:
        page.emulate_media(color_scheme=variant.scheme, reduced_motion="reduce")  # type: ignore[arg-type] # one of the schemes, as a string
        page.set_viewport_size(variant.viewport)
        calm(page)
        found += [f"{name}, {variant.name}: {fault}" for fault in audit(page)]
        if folder := os.environ.get("OPENCALL_SHOTS"):
            file = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "home"
            page.screenshot(path=Path(folder) / f"{file}-{variant.name}.png", full_page=True, caret="initial")
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found
