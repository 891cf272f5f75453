"""ADM files on disk: a RIFF, RF64 or BW64 file with an `axml` and a `chna` chunk."""

from pathlib import Path

import msgspec

from audio_pipeline import riff
from audio_pipeline.adm.chna import Chna, parse_chna
from audio_pipeline.adm.elements import Document, is_common_definition, key
from audio_pipeline.adm.errors import AdmInvalid, NotAnAdmFile
from audio_pipeline.adm.findings import Finding
from audio_pipeline.adm.xml_reading import Reading, read_axml_document
from audio_pipeline.containers import require_regular_file
from audio_pipeline.riff import RiffFile


class AdmFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's chunks say. `findings` are remarks on how values of the document are written."""

    path: str
    riff: RiffFile
    document: Document
    chna: Chna
    findings: tuple[Finding, ...]

    @property
    def sample_rate_hz(self) -> int:
        """The rate of the file itself."""
        return self.riff.fmt.sample_rate_hz if self.riff.fmt else 0


def open_adm(path: Path) -> AdmFile:
    """Read the metadata of an ADM file that is to be rendered.

    A file may do without `axml` where its `chna` names common definitions only. Raises `NotAnAdmFile` without its
    chunks, `AxmlUnreadable`, and `AdmInvalid` for the first value that cannot be read: a guess would be heard.
    """
    require_regular_file(path)
    header = riff.scan_riff(path)
    axml = riff.read_axml(path, header)
    chna = riff.read_chna(path, header)
    for missing, found in (("fmt", header.fmt), ("data", header.data), ("chna", chna)):
        if found is None:
            raise NotAnAdmFile(path, missing)
    rows = parse_chna(chna or b"")
    if axml is None:
        if not rows.entries or not all(is_common_definition(row.pack_reference) for row in rows.entries):
            raise NotAnAdmFile(path, "axml")
        reading = Reading(Document(), ())
    else:
        reading = read_axml_document(axml)
    fault = next((finding for finding in reading.findings if finding.severity == "reject"), None)
    if fault is not None:
        raise AdmInvalid(fault.where, fault.detail)
    channels = header.fmt.channels if header.fmt else 0
    placed: set[str] = set()
    for row in rows.entries:
        if row.track_index > channels:
            raise AdmInvalid(row.uid, f"chna places it on track {row.track_index}, the file has {channels}")
        if key(row.uid) in placed:
            raise AdmInvalid(row.uid, "has more than one row in chna")
        placed.add(key(row.uid))
    return AdmFile(path=str(path), riff=header, document=reading.document, chna=rows, findings=reading.findings)


def is_riff(path: Path) -> bool:
    """Whether the file at `path` begins as RIFF, RF64 or BW64 of type WAVE."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:] == b"WAVE"


def is_adm(path: Path) -> bool:
    """Whether the file at `path` is of the RIFF family and carries an `axml` or a `chna` chunk."""
    if not is_riff(path):
        return False
    header = riff.scan_riff(path)
    return header.chunk("axml") is not None or header.chunk("chna") is not None
