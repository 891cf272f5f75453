"""Refusals of ADM files: which element of which file cannot be used, and what to do."""

from pathlib import Path

from audio_pipeline.errors import AudioPipelineError


class AdmError(AudioPipelineError):
    """Base of what is refused here."""


class NotAnAdmFile(AdmError):
    """A wave file without the chunks of an ADM file."""

    def __init__(self, path: Path, missing: str) -> None:
        self.path, self.missing = path, missing
        super().__init__(f"{path} has no {missing} chunk, so it is no ADM file. Give a scene.json or an ADM BW64 file.")


class AxmlUnreadable(AdmError):
    """The `axml` chunk is not well-formed, or holds what a document from outside must not."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The axml chunk cannot be read: {reason}. Export the file again.")


class AdmInvalid(AdmError):
    """The document contradicts the standard where the sound depends on it."""

    def __init__(self, where: str, detail: str) -> None:
        self.where, self.detail = where, detail
        super().__init__(f"{where}: {detail}. `opencall check --profile adm` lists every fault of the file.")


class StreamMissing(AdmInvalid):
    """A track format that no stream format belongs to: nothing says which channel it carries."""

    def __init__(self, track_id: str) -> None:
        super().__init__(track_id, "belongs to no audioStreamFormat")


class AdmUnsupported(AdmError):
    """The document is right, but uses what this renderer does not do."""

    def __init__(self, element: str, element_id: str, what: str) -> None:
        self.element, self.element_id, self.what = element, element_id, what
        super().__init__(
            f"{element} {element_id} {what}, which is not supported. Export the file without it, or leave it out of "
            "the programme."
        )


class NoSuchProgramme(AdmError):
    """`--programme` names none of the file's programmes."""

    def __init__(self, programme_id: str, known: tuple[str, ...]) -> None:
        self.programme_id, self.known = programme_id, known
        super().__init__(f"There is no programme {programme_id}. Choose one of: {', '.join(known) or 'none'}.")
