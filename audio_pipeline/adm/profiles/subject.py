"""What a profile looks at: the file's chunks, as far as they could be read."""

import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

from audio_pipeline import riff
from audio_pipeline.adm.chna import Chna, parse_chna
from audio_pipeline.adm.elements import Document, Element, all_elements, key
from audio_pipeline.adm.errors import AxmlUnreadable
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.containers import require_regular_file
from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.riff import RiffFile


class Ds64(msgspec.Struct, frozen=True):
    """The 64-bit sizes that an RF64 or BW64 file declares."""

    riff_bytes: int
    data_bytes: int
    sample_count: int


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One file under judgement; a part that is missing or unreadable is None and has left a finding."""

    riff: RiffFile | None = None
    ds64: Ds64 | None = None
    document: Document | None = None
    chna: Chna | None = None
    findings: tuple[Finding, ...] = ()

    def by_id(self) -> dict[str, Element]:
        """The document's elements by the key of their ID; of duplicates the first."""
        found: dict[str, Element] = {}
        for element in all_elements(self.document) if self.document else ():
            found.setdefault(key(element.id), element)
        return found


def read_subject(path: Path) -> Subject:
    """Read what there is. Raises `NoSuchFile` and `NotARegularFile` only: everything else is a finding."""
    require_regular_file(path)
    try:
        header = riff.scan_riff(path)
    except AudioPipelineError as fault:
        return Subject(findings=(rejected("NOT_WAVE", "", str(fault)),))
    document, findings = _read_document(path, header)
    chna = riff.read_chna(path, header) if header.chunk("chna") else None
    if chna is None:
        findings.append(rejected("CHNA_MISSING", "chna", "there is no chna chunk, so no track has a UID"))
    return Subject(
        riff=header,
        ds64=_read_ds64(path, header),
        document=document,
        chna=None if chna is None else parse_chna(chna),
        findings=tuple(findings),
    )


def _read_document(path: Path, header: RiffFile) -> tuple[Document | None, list[Finding]]:
    try:
        axml = riff.read_axml(path, header)
        if axml is None:
            return None, [rejected("AXML_MISSING", "axml", "there is no axml chunk, so this is no ADM file")]
        document, findings = read_axml_document(axml)
        return document, list(findings)
    except AxmlUnreadable as fault:
        return None, [rejected("AXML_UNREADABLE", "axml", fault.reason)]
    except AudioPipelineError as fault:
        return None, [rejected("AXML_UNREADABLE", "axml", str(fault))]


def _read_ds64(path: Path, header: RiffFile) -> Ds64 | None:
    chunk = header.chunk("ds64")
    if chunk is None or chunk.present_bytes < 24:
        return None
    return Ds64(*struct.unpack_from("<QQQ", riff.read_chunk(path, chunk, 1 << 20)))


def blocks_in_order(document: Document) -> Iterator[tuple[str, int, str]]:
    """Channel ID, index from 1 and ID of every block."""
    for channel in document.channels:
        for index, block in enumerate(channel.blocks, start=1):
            yield channel.id, index, block.id
