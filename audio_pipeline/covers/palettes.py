"""Nine sets of five colours that stand well beside one another, on a light page and on a dark one."""

from typing import Final

import msgspec


class Palette(msgspec.Struct, frozen=True):
    """`ground` is what everything lies on; `lead` what the eye goes to; `line` draws edges; the others fill."""

    ground: str
    lead: str
    line: str
    second: str
    third: str

    @property
    def inks(self) -> tuple[str, str, str, str]:
        """All colours but the ground."""
        return (self.line, self.second, self.third, self.lead)


PALETTES: Final = {
    "dune": Palette("#f4d9c6", "#e4572e", "#17223b", "#f0a868", "#4b3b8f"),
    "fern": Palette("#16302b", "#f2e8cf", "#bc4749", "#6a994e", "#a7c957"),
    "harbour": Palette("#dfe6ea", "#e07a5f", "#23395b", "#81b29a", "#f2cc8f"),
    "ember": Palette("#3a0f1c", "#fcecc9", "#ff6b57", "#8c2f48", "#f9c784"),
    "dusk": Palette("#1d2b53", "#ffb454", "#f7e7ce", "#6fa8a0", "#f0563f"),
    "pine": Palette("#0e3b36", "#f4f1de", "#d1495b", "#3f8f83", "#e8c547"),
    "violet": Palette("#2b1640", "#ffd6a5", "#f49fbc", "#7b4fd0", "#e85d75"),
    "chart": Palette("#f2e8d5", "#c8402f", "#20304f", "#7ea6b8", "#e5a03c"),
    "night": Palette("#12263a", "#f2f4e8", "#f08a5d", "#2f6690", "#63c7c0"),
}
