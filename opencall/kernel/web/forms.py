"""What a person typed into a form, field by field, with a refusal that names the field."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg

from opencall.kernel.errors import OpencallError

Form: TypeAlias = Annotated[dict[str, Any], BodyKwarg(media_type=RequestEncodingType.URL_ENCODED)]
"""The parameter `data` of a handler: a posted form as it came."""


class BodyUnreadable(OpencallError):
    """What should be JSON is none that anybody can read."""

    def __init__(self) -> None:
        super().__init__(
            "The body is no JSON in UTF-8, or nests too deeply; send what the description of the API says."
        )


class ReadRequest(Request[Any, Any, Any]):
    """A request that says of every unreadable body that it is unreadable; the framework lets two kinds of it fall."""

    async def json(self) -> Any:
        """The body as JSON. Raises `BodyUnreadable`, and what the framework raises for other mistakes."""
        try:
            return await super().json()
        except (RecursionError, UnicodeDecodeError):
            raise BodyUnreadable from None


class FieldWrong(OpencallError):
    """A field of a form is empty, or is not what it has to be."""

    def __init__(self, field: str, label: str, wanted: str) -> None:
        self.field = field
        super().__init__(f"{label}: {wanted}.")


class Fields:
    """Reads a posted form. Text is stripped at both ends; line breaks come as `\\n`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a repeated field, in the order of the page."""
        value = self._data.get(name)
        if value is None:
            return ()
        values: Sequence[object] = value if isinstance(value, list) else [value]
        return tuple(str(one).replace("\r\n", "\n").strip() for one in values)

    def text(self, name: str, default: str = "") -> str:
        """The value of a field; `default` when the form has none."""
        values = self.many(name)
        return values[-1] if values else default

    def needed(self, name: str, label: str) -> str:
        """The value of a field that has to be filled in. Raises `FieldWrong`."""
        value = self.text(name)
        if not value:
            raise FieldWrong(name, label, "fill this in")
        return value

    def whole(self, name: str, label: str) -> int:
        """A whole number. Raises `FieldWrong`."""
        value = self.text(name).replace(",", "").replace("\u00a0", "")
        try:
            return int(value)
        except ValueError:
            raise FieldWrong(name, label, f"a whole number is wanted, not “{value}”") from None

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def __contains__(self, name: str) -> bool:
        return name in self._data
