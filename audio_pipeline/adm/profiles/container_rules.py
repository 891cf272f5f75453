"""Rules of the container: sizes that agree, and a `chna` chunk that agrees with the document (BS.2088-1)."""

from collections.abc import Iterator
from typing import Final

from audio_pipeline.adm.chna import Chna
from audio_pipeline.adm.elements import SILENT_TRACK, Document, TrackUid, key
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.profiles.subject import Ds64, Subject
from audio_pipeline.riff import FLOAT, PCM, UNKNOWN_32, Chunk, RiffFile

_LARGEST_RIFF_BYTES: Final = 0xFFFF_FFFF


def container_findings(subject: Subject) -> Iterator[Finding]:
    """Format, data and their sizes."""
    header = subject.riff
    if header is None:
        return
    if header.fmt is None:
        yield rejected("FORMAT_MISSING", "fmt ", "there is no fmt chunk")
    elif header.fmt.format_tag not in (PCM, FLOAT):
        yield rejected("FORMAT_NOT_PCM", "fmt ", f"the coding is 0x{header.fmt.format_tag:04x}, not linear PCM")
    if header.data is None:
        yield rejected("DATA_MISSING", "data", "there is no data chunk")
        return

    yield from _data_findings(header)
    if header.form != "RIFF":
        yield from _ds64_findings(header, subject.ds64, header.data.present_bytes)
    elif header.file_bytes - 8 > _LARGEST_RIFF_BYTES:
        yield rejected("DS64_MISSING", "", "a file above 4 GiB has to be RF64 or BW64")


def _data_findings(header: RiffFile) -> Iterator[Finding]:
    """The data chunk's size fits the bytes, the frames and the chunk behind it; in 64-bit files `ds64` tells it."""
    data, align = header.data, header.fmt.block_align_bytes if header.fmt else 0
    if data is None:
        return
    code, where = ("DATA_SIZE_WRONG", "data") if header.form == "RIFF" else ("DS64_WRONG", "ds64")
    if header.data_repaired or data.declared_bytes != data.present_bytes:
        size = "an unknown number of" if header.data_repaired else str(data.declared_bytes)
        yield rejected(code, where, f"{size} bytes of sound are declared, {data.present_bytes} are there")
    elif align and data.declared_bytes % align:
        yield rejected(code, where, f"{data.declared_bytes} bytes of sound are no whole number of frames")
    elif _ends_astray(header, data):
        yield rejected(code, where, f"after {data.declared_bytes} bytes of sound no chunk begins, but there is more")
    elif any(chunk.declared_bytes > chunk.present_bytes for chunk in header.chunks):
        yield rejected("TRUNCATED", header.chunks[-1].id, "the file ends inside of this chunk")
    elif header.trailing_bytes:
        yield rejected("TRAILING_DATA", "", f"{header.trailing_bytes} bytes at the end belong to no chunk")


def _ends_astray(header: RiffFile, data: Chunk) -> bool:
    """Whether what stands where the sound is said to end is no chunk: no ID, or one that runs past the file.

    Inside XML any four characters look like an ID; the size behind them gives them away.
    """
    behind = [chunk for chunk in header.chunks if chunk.offset > data.offset]
    if not behind:
        return header.trailing_bytes > 0
    return behind[0].declared_bytes > behind[0].present_bytes and behind[0].id != "axml"


def _ds64_findings(header: RiffFile, ds64: Ds64 | None, data_bytes: int) -> Iterator[Finding]:
    if ds64 is None:
        yield rejected("DS64_MISSING", "ds64", f"an {header.form} file needs a ds64 chunk, and there is none")
        return
    if header.chunks[0].id != "ds64":
        yield rejected("DS64_MISPLACED", "ds64", "the ds64 chunk has to be the first one")
    if ds64.data_bytes not in (data_bytes, UNKNOWN_32) or ds64.data_bytes == UNKNOWN_32 != data_bytes:
        yield rejected(
            "DS64_WRONG", "ds64", f"dataSize is {ds64.data_bytes}, but the data chunk holds {data_bytes} bytes"
        )
    if ds64.riff_bytes != header.file_bytes - 8:
        yield rejected(
            "DS64_WRONG", "ds64", f"the form's size is {ds64.riff_bytes}, but {header.file_bytes - 8} bytes follow it"
        )
    if header.form == "RF64" and ds64.sample_count not in (0, header.present_frames):
        yield Finding(
            "DS64_SAMPLE_COUNT",
            "warn",
            "ds64",
            f"sampleCount is {ds64.sample_count}, the file has {header.present_frames} frames",
        )


def chna_findings(subject: Subject) -> Iterator[Finding]:
    """Indices 1…N without gaps, counters that count, and rows that say what the document says."""
    chna, header = subject.chna, subject.riff
    if chna is None or header is None:
        return
    if chna.malformed:
        yield rejected("CHNA_MALFORMED", "chna", chna.malformed)
    indices = sorted({entry.track_index for entry in chna.entries})
    if not indices:
        yield rejected("CHNA_EMPTY", "chna", "no row names a track")
        return
    missing = sorted(set(range(1, indices[-1] + 1)) - set(indices))
    if missing:
        yield rejected("CHNA_GAP", "chna", f"track {_listed(missing)} has no row although track {indices[-1]} has one")
    channels = header.fmt.channels if header.fmt else 0
    if channels and indices[-1] > channels:
        yield rejected("CHNA_BEYOND_TRACKS", "chna", f"track {indices[-1]} is named, the file has {channels} channels")
    elif channels > indices[-1]:
        yield Finding("TRACK_WITHOUT_UID", "warn", "chna", f"only {indices[-1]} of {channels} channels have a row")
    if (chna.declared_tracks, chna.declared_uids) != (len(indices), len(chna.entries)):
        yield rejected(
            "CHNA_COUNT_WRONG",
            "chna",
            f"its counters say {chna.declared_tracks} tracks and {chna.declared_uids} UIDs, "
            f"its rows {len(indices)} and {len(chna.entries)}",
        )
    seen: set[str] = set()
    for entry in chna.entries:
        if key(entry.uid) in seen:
            yield rejected("DUPLICATE_ID", entry.uid, "the UID has more than one row in chna")
        seen.add(key(entry.uid))
    if subject.document is not None:
        yield from _agreement(chna, subject.document)
        yield from _formats(header, subject.document)


def _agreement(chna: Chna, document: Document) -> Iterator[Finding]:
    uids = {key(uid.id): uid for uid in document.track_uids}
    rows = {key(entry.uid) for entry in chna.entries}
    for uid in document.track_uids:
        if key(uid.id) not in rows:
            yield rejected("UID_NOT_IN_CHNA", uid.id, "the document defines it, the chna chunk does not place it")
    for entry in chna.entries:
        if key(entry.uid) == SILENT_TRACK:
            yield rejected("UID_RESERVED", entry.uid, "this UID means a silent track and has no row in chna")
        elif key(entry.uid) not in uids:
            yield rejected("UID_NOT_IN_AXML", entry.uid, "the chna chunk names it, the document does not define it")
        else:
            yield from _row_agreement(
                uids[key(entry.uid)],
                track_reference=entry.track_reference,
                pack_reference=entry.pack_reference,
            )


def _row_agreement(uid: TrackUid, *, track_reference: str, pack_reference: str) -> Iterator[Finding]:
    named = {key(reference) for reference in (*uid.tracks, *uid.channels, *(f"{c}_00" for c in uid.channels))}
    if track_reference and named and key(track_reference) not in named:
        yield rejected("CHNA_MISMATCH", uid.id, f"chna refers to {track_reference}, the document to {_ids(uid.tracks)}")
    if pack_reference and uid.packs and key(pack_reference) not in map(key, uid.packs):
        yield rejected("CHNA_MISMATCH", uid.id, f"chna refers to {pack_reference}, the document to {_ids(uid.packs)}")


def _formats(header: RiffFile, document: Document) -> Iterator[Finding]:
    if header.fmt is None:
        return
    for uid in document.track_uids:
        if uid.sample_rate_hz not in (None, header.fmt.sample_rate_hz):
            yield rejected(
                "SAMPLE_RATE_MISMATCH",
                uid.id,
                f"sampleRate is {uid.sample_rate_hz}, the file has {header.fmt.sample_rate_hz}",
            )
        if uid.bit_depth not in (None, header.fmt.bits_per_sample, header.fmt.valid_bits):
            yield Finding(
                "BIT_DEPTH_MISMATCH",
                "warn",
                uid.id,
                f"bitDepth is {uid.bit_depth}, the file has {header.fmt.bits_per_sample}",
            )


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5} more"


def _ids(ids: tuple[str, ...]) -> str:
    return ", ".join(ids) or "nothing"
