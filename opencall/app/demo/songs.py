"""The songs of `fixtures/`, as an artist has them on disk: mix, stems, story and credits."""

import json
from pathlib import Path

import msgspec

import opencall.app
from opencall.kernel.errors import OpencallError

FOLDER = Path("fixtures") / "songs"


class NoDemoSongs(OpencallError):
    """The demo's songs come with the source, not with the wheel."""

    def __init__(self, places: tuple[Path, ...]) -> None:
        self.places = places
        super().__init__(
            f"The demo's songs are not here: {' and '.join(map(str, places))} have no song.json files. Run it in a "
            "clone of the repository, or name the folder with --songs DIR."
        )


class DemoSong(msgspec.Struct, frozen=True):
    """One song folder. `splits` are pairs of name and basis points; the first one sends the song in."""

    key: str
    title: str
    artist_name: str
    language: str
    genre: str
    story: str
    story_language: str
    translations: dict[str, str]
    splits: tuple[tuple[str, str, int], ...]
    mix: Path
    stems: tuple[Path, ...]


def demo_songs(folder: Path | None) -> tuple[DemoSong, ...]:
    """The songs in `folder`, else in the clone that this program runs from or in the current folder.

    Raises `NoDemoSongs`.
    """
    clone = Path(opencall.app.__file__).parents[2]
    places = (folder,) if folder is not None else (clone / FOLDER, Path.cwd() / FOLDER)
    for place in places:
        found = sorted(place.glob("*/song.json"))
        if found:
            return tuple(_read(path) for path in found)
    raise NoDemoSongs(places)


def _read(path: Path) -> DemoSong:
    told = json.loads(path.read_bytes())
    folder = path.parent
    parts: dict[str, list[str]] = {}
    for credit in told["credits"]:
        parts.setdefault(credit["name"], []).append(credit["role"])
    return DemoSong(
        key=folder.name,
        title=told["title"],
        artist_name=told["artist"]["name"],
        language=told["language"],
        genre=told["genre"],
        story=(folder / told["story"]["file"]).read_text("utf-8"),
        story_language=told["story"]["language"],
        translations={
            each["language"]: (folder / each["file"]).read_text("utf-8") for each in told["story"]["translations"]
        },
        splits=tuple(
            (each["name"], ", ".join(parts.get(each["name"], ["performer"])), each["basis_points"])
            for each in told["splits"]
        ),
        mix=folder / told["mix"]["file"],
        stems=tuple(folder / each["file"] for each in told["stems"]),
    )
