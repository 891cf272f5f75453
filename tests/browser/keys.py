"""A person without a pointer: everything is reached by Tab, and what has the focus can be seen."""

from typing import Final

from playwright.sync_api import Locator, Page

FARTHEST: Final = 150  # no page wants more steps than that to anything

# The ring may stand on the label or the frame of a control, which itself is drawn by another element.
_SEEN = """() => {
  const el = document.activeElement;
  if (!el || el === document.body) return 'nothing has the focus';
  const ring = (e) => {
    const style = getComputedStyle(e);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  };
  const near = [el, el.nextElementSibling, el.closest('label'), ...(el.labels ?? []), el.parentElement].filter(Boolean);
  const drawn = near.filter((e) => e.getBoundingClientRect().width > 1 && ring(e));
  if (!drawn.length) return `no ring on ${el.outerHTML.slice(0, 160)}`;
  const box = drawn[0].getBoundingClientRect();
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
    return `out of sight: ${el.outerHTML.slice(0, 160)}`;
  // Bars that stay at the edges of the window must not lie over it.
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 40), 1), innerWidth - 2);
  const y = Math.min(Math.max((box.top + box.bottom) / 2, 1), innerHeight - 2);
  const top = document.elementFromPoint(x, y);
  if (top && !near.some((e) => e.contains(top) || top.contains(e)))
    return `hidden behind ${top.outerHTML.slice(0, 120)}`;
  return '';
}"""


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until `goal` has the focus. On the way nothing may take the focus without showing it."""
    goal.wait_for(state="attached")
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        hidden = page.evaluate(_SEEN)
        assert hidden in ("", "nothing has the focus"), hidden
        if goal.evaluate("(el) => el === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {goal}")


def write(page: Page, goal: Locator, text: str) -> None:
    """Go to a field and type over what stands in it."""
    tab_to(page, goal)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def press(page: Page, goal: Locator, key: str = "Enter") -> None:
    """Go to a link, a button or a box, and press it."""
    tab_to(page, goal)
    page.keyboard.press(key)
