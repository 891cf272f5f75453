"""Files made to fool or to break whoever reads them, from a seed: name, bytes, and the verdict that each deserves."""

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
from typing import NamedTuple

import numpy as np

RATE_HZ = 48000
FRAMES = 24000
ALL_ONES = 0xFFFFFFFF
PCM_GUID = struct.pack("<H", 1) + bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71".replace(" ", ""))


class Hostile(NamedTuple):
    """What one of `codes` must say, what else may be said (`may`), and nothing beyond."""

    content: bytes
    verdict: str
    codes: frozenset[str]
    may: frozenset[str] = frozenset()


def noise(frames: int = FRAMES, channels: int = 2) -> np.ndarray:
    samples = np.random.default_rng(11).standard_normal((frames, channels)) * 0.05
    return samples - samples.mean(axis=0)


def pcm(samples: np.ndarray, order: str = "<") -> bytes:
    return np.rint(samples * 2**15).astype(f"{order}i2").tobytes()


SOUND = pcm(noise())


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(content) if size is None else size) + content + bytes(len(content) % 2)


def fmt(tag=1, channels=2, rate=RATE_HZ, align=4, bits=16, more=b"") -> bytes:
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * align & ALL_ONES, align, bits) + more)


def riff(*chunks: bytes, form: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return form + struct.pack("<I", len(body) if size is None else size) + body


def wav(sound: bytes = SOUND, **of_fmt) -> bytes:
    return riff(fmt(**of_fmt), chunk(b"data", sound))


def rf64(data_bytes: int, table: bytes = b"", entries: int = 0, with_ds64: bool = True) -> bytes:
    ds64 = chunk(b"ds64", struct.pack("<QQQI", len(SOUND) + 100, data_bytes, FRAMES, entries) + table)
    return riff(*([ds64] if with_ds64 else []), fmt(), chunk(b"data", SOUND, ALL_ONES), form=b"RF64", size=ALL_ONES)


def big(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack(">I", len(content) if size is None else size) + content + bytes(len(content) % 2)


def aiff(
    *,
    kind=b"AIFF",
    comm: bytes | None = None,
    channels=2,
    rate=b"\x40\x0e\xbb\x80\0\0\0\0\0\0",
    frames=FRAMES,
    ssnd: int | None = None,
    form: int | None = None,
    more=b"",
) -> bytes:
    comm = big(b"COMM", struct.pack(">hIh", channels, frames, 16) + rate + more) if comm is None else comm
    body = kind + comm + big(b"SSND", bytes(8) + pcm(noise(), ">"), ssnd)
    return b"FORM" + struct.pack(">I", len(body) if form is None else form) + body


def caf_chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return name + struct.pack(">q", len(content) if size is None else size) + content


def caf(rate: float = RATE_HZ, size: int | None = None, first: bytes = b"") -> bytes:
    desc = caf_chunk(b"desc", struct.pack(">d4sIIIII", rate, b"lpcm", 2, 4, 1, 2, 16))
    return b"caff\0\1\0\0" + first + desc + caf_chunk(b"data", bytes(4) + SOUND, size)


def w64(data: int | None = None, fmt_size: int = 40) -> bytes:
    tail = bytes.fromhex("f3acd3118cd100c04f8edb8a")
    content = struct.pack("<HHIIHH", 1, 2, RATE_HZ, 4 * RATE_HZ, 4, 16)
    body = b"wave" + tail + b"fmt " + tail + struct.pack("<Q", fmt_size) + content
    body += b"data" + tail + struct.pack("<Q", 24 + len(SOUND) if data is None else data) + SOUND
    return b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0" + struct.pack("<Q", 24 + len(body)) + body


def au(offset=24, size: int | None = None, encoding=3) -> bytes:
    sound = pcm(noise(), ">")
    size = len(sound) if size is None else size
    return b".snd" + struct.pack(">IIIII", offset, size, encoding, RATE_HZ, 2) + sound


def crc(content: bytes, polynomial: int, bits: int) -> int:
    value = 0
    for byte in content:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value >> (bits - 1) & 1 else value << 1) & (1 << bits) - 1
    return value


def flac(
    frames: int, total: int, *, rate=RATE_HZ, md5: bytes = bytes(16), count_md5=False, extra: bytes = b""
) -> bytes:
    """FLAC of `frames` frames of 4096 (or what 65535 stands for) constant samples, 2 channels, 16 bits (RFC 9639)."""
    block = 4096
    if count_md5:
        md5 = hashlib.md5(bytes(4 * block * frames), usedforsecurity=False).digest()
    packed = rate << 44 | 1 << 41 | 15 << 36 | total
    info = struct.pack(">HH", block, block) + bytes(6) + packed.to_bytes(8, "big") + md5
    out = b"fLaC" + (b"\x80" if not extra else b"\0") + len(info).to_bytes(3, "big") + info + extra
    for number in range(frames):
        coded = bytes([number]) if number < 128 else bytes([0xC0 | number >> 6, 0x80 | number & 63])
        head = b"\xff\xf8\xca\x18" + coded
        body = head + bytes([crc(head, 0x07, 8)]) + bytes(6)
        out += body + struct.pack(">H", crc(body, 0x8005, 16))
    return out


def flac_bomb() -> bytes:
    """Some 50 kB that stand for hours of silence: frames of 65,535 samples in eight channels."""
    info = struct.pack(">HH", 65535, 65535) + bytes(6) + (RATE_HZ << 44 | 7 << 41 | 15 << 36).to_bytes(8, "big")
    out = [b"fLaC\x80\0\0\x22" + info + bytes(16)]
    for number in range(1400):
        coded = (
            bytes([number])
            if number < 128
            else bytes([0xC0 | number >> 6, 0x80 | number & 63])
            if number < 2048
            else b""
        )
        head = b"\xff\xf8\x7a\x78" + coded + b"\xff\xfe"
        body = head + bytes([crc(head, 0x07, 8)]) + bytes(24)
        out.append(body + struct.pack(">H", crc(body, 0x8005, 16)))
    return b"".join(out)


def box(name: bytes, content: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I", 8 + len(content) if size is None else size) + name + content


def mp4(moov: bytes) -> bytes:
    return box(b"ftyp", b"M4A \0\0\0\0M4A ") + moov


def mp4_of_many_samples() -> bytes:
    """A table that counts four thousand million samples, and holds one."""
    entry = box(b"mp4a", bytes(6) + b"\0\1" + bytes(8) + struct.pack(">HHIHH", 2, 16, 0, RATE_HZ, 0))
    stbl = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1) + entry)
        + box(b"stts", struct.pack(">IIII", 0, ALL_ONES, ALL_ONES, 1))
        + box(b"stsz", struct.pack(">III", 0, 0, ALL_ONES) + bytes(4))
        + box(b"stsc", struct.pack(">II", 0, ALL_ONES) + bytes(12))
        + box(b"stco", struct.pack(">II", 0, ALL_ONES) + bytes(4)),
    )
    media = box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, RATE_HZ, ALL_ONES, 0, 0)) + box(
        b"hdlr", bytes(8) + b"soun" + bytes(13)
    )
    return mp4(box(b"moov", box(b"trak", box(b"mdia", media + box(b"minf", stbl)))))


def deep_boxes() -> bytes:
    content = b""
    for _ in range(4000):
        content = box(b"moov", content)
    return mp4(content)


def ogg_page(payload: bytes, kind: int = 2, segments: int | None = None) -> bytes:
    table = bytes([len(payload)]) if segments is None else bytes([255] * segments)
    page = b"OggS\0" + bytes([kind]) + bytes(8) + b"\1\0\0\0" + bytes(8) + bytes([len(table)]) + table + payload
    checksum = crc(page, 0x04C11DB7, 32)
    return page[:22] + struct.pack("<I", checksum) + page[26:]


def mp3_frames(count: int) -> bytes:
    return (b"\xff\xfb\x90\x64" + bytes(413)) * count


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a.wav"), content)
    return out.getvalue()


def tarred(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("../a.wav")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def floats(value: float, kind: str = "<f4") -> bytes:
    samples = noise().astype(kind)
    samples[100, 0] = value
    return samples.tobytes()


def _of(content: bytes, verdict: str, *codes: str, may: tuple[str, ...] = ()) -> Hostile:
    return Hostile(content, verdict, frozenset(codes), frozenset(may))


def hostile_files() -> dict[str, Hostile]:
    """All of them, by name."""
    double = {"tag": 3, "align": 16, "bits": 64}
    single = {"tag": 3, "align": 8, "bits": 32}
    square = np.sign(np.sin(2 * np.pi * np.arange(FRAMES) / 16 + 0.1))[:, np.newaxis].repeat(2, axis=1) * (1 - 2**-15)
    denormal = np.full((FRAMES, 2), 1e-42, "<f4").tobytes()
    return {
        # What a RIFF header can claim
        "no_format.wav": _of(riff(chunk(b"data", SOUND)), "reject", "UNREADABLE"),
        "no_data.wav": _of(riff(fmt()), "reject", "UNREADABLE"),
        "format_behind_data.wav": _of(riff(chunk(b"data", SOUND), fmt()), "accept"),
        "two_formats.wav": _of(riff(fmt(), fmt(channels=99, align=3), chunk(b"data", SOUND)), "accept"),
        "two_data.wav": _of(riff(fmt(), chunk(b"data", SOUND), chunk(b"data", SOUND)), "accept"),
        "no_channels.wav": _of(wav(channels=0, align=0), "reject", "UNREADABLE"),
        "129_channels.wav": _of(wav(channels=129, align=258), "reject", "TOO_MANY_CHANNELS"),
        "128_channels.wav": _of(wav(pcm(noise(channels=128)), channels=128, align=256), "accept"),
        "1_hz.wav": _of(wav(rate=1), "reject", "UNREADABLE"),
        "4_ghz.wav": _of(wav(rate=ALL_ONES), "reject", "UNREADABLE"),
        "no_bits.wav": _of(wav(bits=0), "reject", "UNREADABLE"),
        "64_bit_integers.wav": _of(wav(bits=64, align=16), "reject", "UNREADABLE"),
        "no_alignment.wav": _of(wav(align=0), "reject", "UNREADABLE"),
        "wide_alignment.wav": _of(wav(align=65535), "reject", "UNREADABLE"),
        "unknown_subformat.wav": _of(
            wav(tag=0xFFFE, more=struct.pack("<HHI", 22, 16, 3) + bytes(range(16))), "reject", "UNREADABLE"
        ),
        "extensible_cut.wav": _of(wav(tag=0xFFFE, more=b"\0\0"), "reject", "UNREADABLE"),
        "extensible_64_valid_bits.wav": _of(wav(tag=0xFFFE, more=struct.pack("<HHI", 22, 64, 3) + PCM_GUID), "accept"),
        "mp3_of_noise.wav": _of(
            wav(tag=0x55, more=bytes(14)),
            "reject",
            "TRUNCATED",
            may=("LOSSY_SOURCE", "LOW_RATE", "OVER_0DBFS", "TOO_SHORT"),
        ),
        "adpcm_of_nothing.wav": _of(wav(tag=2, align=0, bits=4, more=bytes(4)), "reject", "UNREADABLE"),
        "list_to_the_end.wav": _of(riff(fmt(), chunk(b"LIST", SOUND, ALL_ONES)), "reject", "UNREADABLE"),
        "data_one_too_many.wav": _of(riff(fmt(), chunk(b"data", SOUND, len(SOUND) + 4)), "reject", "TRUNCATED"),
        "data_nearly_4_gb.wav": _of(riff(fmt(), chunk(b"data", SOUND, ALL_ONES - 1)), "reject", "TRUNCATED"),
        "form_of_no_size.wav": _of(riff(fmt(), chunk(b"data", SOUND), size=0), "accept"),
        "5000_chunks.wav": _of(riff(chunk(b"junk", b"") * 5000, fmt(), chunk(b"data", SOUND)), "reject", "UNREADABLE"),
        "noise_behind.wav": _of(wav() + bytes(range(1, 200)), "warn", "TRAILING_DATA"),
        "zip_behind.wav": _of(wav() + zipped(SOUND), "warn", "TRAILING_DATA"),
        "zip_in_front.wav": _of(zipped(SOUND) + wav(), "reject", "NOT_AUDIO"),
        "another_song_behind.wav": _of(wav() + wav(), "warn", "TRAILING_DATA"),
        "rf64_without_ds64.wav": _of(rf64(0, with_ds64=False), "warn", "HEADER_REPAIRED"),
        "rf64_of_9_eb.wav": _of(rf64(2**63), "reject", "TRUNCATED"),
        "rf64_endless_table.wav": _of(rf64(len(SOUND), entries=ALL_ONES), "accept"),
        "riff_in_riff.wav": _of(riff(wav()), "reject", "UNREADABLE"),
        # What samples can be
        "one_nan.wav": _of(wav(floats(np.nan, "<f8"), **double), "reject", "NON_FINITE"),
        "largest_double.wav": _of(wav(floats(1.7e308, "<f8"), **double), "reject", "NON_FINITE"),
        "largest_float.wav": _of(wav(floats(3.4e38), **single), "reject", "NON_FINITE"),
        "100_db.wav": _of(wav(floats(1e5), **single), "warn", "OVER_0DBFS", may=("DC_OFFSET", "ONE_CHANNEL")),
        "denormal.wav": _of(wav(denormal, **single), "warn", "SILENT", may=("MONO_AS_STEREO",)),
        "square.wav": _of(wav(pcm(square)), "reject", "CLIPPED", may=("OVER_0DBFS", "MONO_AS_STEREO", "DC_OFFSET")),
        # FLAC
        "magic_alone.flac": _of(b"fLaC", "reject", "UNREADABLE"),
        "no_frames.flac": _of(flac(0, 0), "reject", may=("EMPTY", "UNREADABLE")),
        "days.flac": _of(flac(6, 2**36 - 1), "reject", "UNREADABLE"),
        "more_promised.flac": _of(flac(6, 6 * 4096 + 1), "reject", may=("TRUNCATED", "CORRUPT", "SILENT")),
        "bomb.flac": _of(flac_bomb(), "reject", "UNREADABLE"),
        "0_hz.flac": _of(flac(6, 6 * 4096, rate=0), "reject", "UNREADABLE"),
        "wrong_signature.flac": _of(flac(6, 6 * 4096, md5=b"\1" * 16), "reject", "CORRUPT", may=("SILENT",)),
        "silence.flac": _of(flac(6, 6 * 4096, count_md5=True), "warn", "SILENT", may=("MONO_AS_STEREO",)),
        "huge_comment.flac": _of(
            flac(6, 6 * 4096, extra=b"\x84\xff\xff\xff"), "reject", may=("UNREADABLE", "EMPTY", "TRUNCATED")
        ),
        "tag_of_256_mib.flac": _of(b"ID3\4\0\0\x7f\x7f\x7f\x7f" + flac(6, 6 * 4096), "reject", "NOT_AUDIO"),
        # AIFF, CAF, W64, AU
        "no_comm.aiff": _of(aiff(comm=b""), "reject", "UNREADABLE"),
        "sound_too_long.aiff": _of(aiff(ssnd=2**31), "reject", "TRUNCATED"),
        "form_too_long.aiff": _of(aiff(form=2**31), "reject", "TRUNCATED"),
        "infinite_rate.aiff": _of(aiff(rate=b"\x7f\xff\x80" + bytes(7)), "reject", "UNREADABLE"),
        "no_channels.aiff": _of(aiff(channels=0), "reject", "UNREADABLE"),
        "minus_one_channel.aiff": _of(aiff(channels=-1), "reject", may=("UNREADABLE", "TOO_MANY_CHANNELS")),
        "unknown_coding.aifc": _of(aiff(kind=b"AIFC", more=b"zzzz\0\0"), "reject", "UNREADABLE"),
        "nan_hz.caf": _of(caf(rate=float("nan")), "reject", "UNREADABLE"),
        "to_the_end.caf": _of(caf(size=-1), "accept"),
        "cut.caf": _of(caf()[:-10_000], "reject", "TRUNCATED"),
        "9_eb.caf": _of(caf(size=2**62), "reject", "TRUNCATED"),
        "minus_five.caf": _of(caf(first=caf_chunk(b"free", b"", -5)), "reject", "UNREADABLE"),
        "no_progress.w64": _of(w64(fmt_size=0), "reject", "UNREADABLE"),
        "4_eb.w64": _of(w64(data=2**62), "reject", "TRUNCATED"),
        "begins_behind_its_end.au": _of(au(offset=2**31), "reject", may=("UNREADABLE", "TRUNCATED", "EMPTY")),
        "unknown_coding.au": _of(au(encoding=99), "reject", "UNREADABLE"),
        # Ogg, MPEG-4, MPEG audio
        "no_channels.opus": _of(
            ogg_page(b"OpusHead\1\0" + struct.pack("<HIhB", 312, RATE_HZ, 0, 0)), "reject", "UNREADABLE"
        ),
        "pages_of_nothing.ogg": _of(ogg_page(b"", 2) * 3000, "reject", "UNREADABLE"),
        "page_beyond_the_end.ogg": _of(ogg_page(b"\1vorbis", segments=255), "reject", "UNREADABLE"),
        "name_alone.m4a": _of(mp4(b""), "reject", "UNREADABLE"),
        "boxes_in_boxes.m4a": _of(deep_boxes(), "reject", "UNREADABLE"),
        "box_of_9_eb.m4a": _of(mp4(struct.pack(">I4sQ", 1, b"moov", 2**63)), "reject", "UNREADABLE"),
        "four_thousand_million_samples.m4a": _of(
            mp4_of_many_samples(), "reject", may=("UNREADABLE", "CORRUPT", "EMPTY")
        ),
        "two_frames.mp3": _of(
            mp3_frames(2), "reject", may=("TOO_SHORT", "UNREADABLE", "EMPTY", "CORRUPT", "LOSSY_SOURCE", "SILENT")
        ),
        "sync_words.mp3": _of(b"\xff\xfb" * 5000, "reject", "NOT_AUDIO"),
        # No sound at all
        "all_ones.wav": _of(b"\xff" * 5000, "reject", "NOT_AUDIO"),
        "one_byte.wav": _of(b"R", "reject", "NOT_AUDIO"),
        "nothing.wav": _of(b"", "reject", "EMPTY"),
        "gzip.wav": _of(gzip.compress(wav(), mtime=0), "reject", "NOT_AUDIO"),
        "tar.wav": _of(tarred(wav()), "reject", "NOT_AUDIO"),
        "playlist.mp3": _of(b"#EXTM3U\nfile:///etc/hostname\n", "reject", "NOT_AUDIO"),
        "page.flac": _of(b"<!doctype html><audio src=a.wav>", "reject", "NOT_AUDIO"),
        "program.wav": _of(b"\x7fELF\2\1\1" + bytes(200), "reject", "NOT_AUDIO"),
        "song.mp3": _of(wav(), "warn", "EXTENSION_MISMATCH"),
    }
