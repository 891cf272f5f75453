"""What an artist typed into the sections of a draft, as the room takes it. Pure functions."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from opencall.kernel.web.forms import Fields, FieldWrong
from submissions.errors import NoSuchFile
from submissions.material import AiDeclaration, Image, Part, Person, SongDetails, Story
from submissions.terms import Question
from submissions.web.roles import ROLES

# More rows than anybody needs, so that a hostile form ends.
MOST_ROWS = 200


def details_of(fields: Fields) -> SongDetails:
    """Name and nature of the song; a draft may leave any of it empty but the language."""
    return SongDetails(
        title=fields.text("title"),
        artist_name=fields.text("artist_name"),
        language=fields.text("language") or "und",
        genre=fields.text("genre"),
        region=fields.text("region"),
    )


def story_of(fields: Fields, image: Image | None) -> Story:
    """The story, with each translation that has words; `image` stays as it is. Raises `FieldWrong`."""
    translations: dict[str, str] = {}
    language = fields.text("language") or "und"
    for row in _rows(fields, "translation", ("language", "text")):
        if not row["text"]:
            continue
        if not row["language"]:
            raise FieldWrong("translation", "Translation", "say in which language it is")
        if row["language"] in {language, *translations}:
            raise FieldWrong("translation", "Translation", "each language may be there once; choose another one")
        translations[row["language"]] = row["text"]
    return Story(fields.text("text"), language, translations, image)


def people_of(fields: Fields) -> tuple[Person, ...]:
    """Every line in which something stands. Raises `FieldWrong` for a share that is no number."""
    return tuple(
        Person(
            name=row["name"],
            email=row["email"],
            part=row["part"],
            basis_points=basis_points_of(row["share"]),
        )
        for row in _rows(fields, "person", ("name", "email", "part", "share"))
        if any(row.values())
    )


def basis_points_of(text: str) -> int:
    """A share as people type it (`33.33`, `33,33 %`, nothing for none) in hundredths of a percent."""
    plain = text.replace("%", "").replace(",", ".").replace("\u00a0", "").strip()
    if not plain:
        return 0
    try:
        points = Decimal(plain) * 100
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or points != points.to_integral_value() or abs(points) > 10**6:
        raise FieldWrong("share", "Share", f"a percentage with at most two decimals is wanted, not “{text[:20]}”")
    return int(points)


def percent_of(basis_points: int) -> str:
    """The other way: `33.33`, `50`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


def answers_of(fields: Fields, questions: tuple[Question, ...]) -> dict[str, bool | str]:
    """The answers that the form has. A yes/no question that nobody touched has none."""
    answers: dict[str, bool | str] = {}
    for question in questions:
        value = fields.text(f"answer-{question.key}")
        if question.must_be is None:
            answers[question.key] = value
        elif value:
            answers[question.key] = value == "yes"
    return answers


def declaration_of(fields: Fields) -> AiDeclaration | None:
    """Whether machines made any of it; None while nothing is chosen."""
    chosen = fields.text("ai")
    return AiDeclaration(chosen == "yes", fields.text("ai_description")) if chosen else None


def cast_of(value: str) -> tuple[Part, str]:
    """What a file is, as the list beside it says: `mix`, `stem`, or `stem:bass`. Raises `NoSuchFile`."""
    part, _, role = value.partition(":")
    if part not in tuple(Part) or (role and role not in ROLES):
        raise NoSuchFile(value[:40])
    return Part(part), role


def _rows(fields: Fields, kind: str, names: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The lines `kind-0-…`, `kind-1-…` of a form, as far as they go; a line that was taken out leaves a gap."""
    for number in range(MOST_ROWS):
        if any(f"{kind}-{number}-{name}" in fields for name in names):
            yield {name: fields.text(f"{kind}-{number}-{name}") for name in names}
