"""What an artist hands in: the words around a song, the people in it, and the files it is made of."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from submissions.facts import FileRef

WHOLE_BASIS_POINTS = 10_000


class Part(StrEnum):
    """What a file is to its song."""

    MIX = "mix"
    STEM = "stem"


class SongDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Name and nature of a song. `language` is a BCP 47 tag; `zxx` means that nobody sings."""

    title: str
    artist_name: str
    language: str
    genre: str
    region: str = ""


class Image(msgspec.Struct, frozen=True):
    """A picture of the story in the object store, with the words for those who do not see it."""

    sha256: str
    alt: str


class Story(msgspec.Struct, frozen=True):
    """The story behind the song, in Markdown, in the language `language`; `translations` by language tag."""

    text: str
    language: str
    translations: dict[str, str] = {}
    image: Image | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A contributor as the artist names them; `basis_points` of the reward are theirs (10,000 is all of it)."""

    name: str
    email: str
    part: str
    basis_points: int


class Contributor(msgspec.Struct, frozen=True, kw_only=True):
    """A person with the identifier that they keep through every edit of the song, as long as their address stays."""

    id: str
    name: str
    email: str
    part: str
    basis_points: int


class AiDeclaration(msgspec.Struct, frozen=True):
    """Whether machines made any of it, and which part."""

    used: bool
    description: str = ""


class ConsentGiven(msgspec.Struct, frozen=True):
    """That the artist agreed to a text, named by key, version and SHA-256; `given_at` is ISO 8601 in UTC."""

    key: str
    version: str
    text_sha256: str
    given_at: str


class VersionFile(msgspec.Struct, frozen=True):
    """A file as it was frozen. `name` is what the artist called it, made visible; `safe_name` may name a file."""

    file_id: str
    part: Part
    name: str
    safe_name: str
    role: str
    sha256: str
    bytes: int

    @property
    def ref(self) -> FileRef:
        return FileRef(self.safe_name, self.sha256, self.bytes, self.role)


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a submitted version consists of. Never changed; its canonical JSON is what gets hashed."""

    schema: str = "opencall.song/1"
    song_id: str
    call_id: str
    details: SongDetails
    story: Story
    contributors: tuple[Contributor, ...]
    answers: dict[str, bool | str]
    ai: AiDeclaration
    consents: tuple[ConsentGiven, ...]
    files: tuple[VersionFile, ...]
    report_id: str

    @property
    def mix(self) -> FileRef:
        return next(file.ref for file in self.files if file.part == Part.MIX)

    @property
    def stems(self) -> tuple[FileRef, ...]:
        return tuple(file.ref for file in self.files if file.part == Part.STEM)


def canonical_json(content: Content) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces: the same content gives the same bytes."""
    return msgspec.json.encode(content, order="sorted")


def files_sha256(mix_sha256: str, stem_sha256s: Iterable[str]) -> str:
    """The name of a set of sounds: SHA-256 over `mix <hash>` and every `stem <hash>`, sorted, one a line.

    Names of files and their order do not matter; which of them is the mix does.
    """
    lines = [f"mix {mix_sha256}", *sorted(f"stem {sha256}" for sha256 in stem_sha256s)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
