"""A file on its way in: room for all of it from the start, and behind its last byte how much of it is here.

A mark says how much. It is written after the bytes that it counts are on the disk, so that whatever it says has arrived
has arrived: whoever is killed, and when the power fails. Bytes behind the mark do not count, and are written over.
When the mark is cut off, the file is whole, may have a second name elsewhere, and is never written to again.
"""

import errno
import os
import struct
import zlib
from typing import Final, NamedTuple

_MARK: Final = struct.Struct("<8sQQ16s")
_CHECK: Final = struct.Struct("<I")
_MAGIC: Final = b"oc-mark1"
# Two places, written in turn: one of them is whole at any time. Each is far from the next sector's border or over it,
# which its check tells.
_PLACE_BYTES: Final = 64
_TAIL_BYTES: Final = 2 * _PLACE_BYTES
_CANNOT_RESERVE: Final = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


class Mark(NamedTuple):
    """How much is here; `turn` counts marks, `session` names the connection that wrote this one."""

    turn: int
    offset_bytes: int
    session: bytes


_NOTHING: Final = Mark(0, 0, bytes(16))


class ArrivingFile:
    """An open file of which `length` bytes are wanted. Writing is for whoever has it for themselves."""

    def __init__(self, descriptor: int, length: int) -> None:
        self.descriptor = descriptor
        self.length = length

    @property
    def is_new(self) -> bool:
        """Whether nobody has reserved room yet."""
        return self._size() == 0

    @property
    def is_sealed(self) -> bool:
        return self._size() == self.length

    @property
    def is_dropped(self) -> bool:
        """Whether it has no name any more: what is written to it is lost, and takes room until it is closed."""
        return os.fstat(self.descriptor).st_nlink == 0

    def reserve(self) -> None:
        """Take the room for everything from the disk now. Raises `OSError` when there is less."""
        # The mark first: a file with it is never taken for a whole one, wherever we are killed.
        self._write_mark(_NOTHING)
        try:
            os.posix_fallocate(self.descriptor, 0, self.length + _TAIL_BYTES)
        except OSError as refused:
            if refused.errno not in _CANNOT_RESERVE:  # some file systems have no such thing; then it is first come
                raise
            os.ftruncate(self.descriptor, self.length + _TAIL_BYTES)
        os.fsync(self.descriptor)

    def mark(self) -> Mark:
        """The last good mark; of a file that was never begun or whose marks are damaged, that nothing is here."""
        places = os.pread(self.descriptor, _TAIL_BYTES, self.length)
        return max((_read(places[:_PLACE_BYTES]), _read(places[_PLACE_BYTES:])), key=lambda mark: mark.turn)

    def write(self, offset_bytes: int, chunk: bytes) -> None:
        """Put bytes in their place, all of them. They count when `count` or `commit` says so."""
        view = memoryview(chunk)
        while view:
            written = os.pwrite(self.descriptor, view, offset_bytes)
            offset_bytes += written
            view = view[written:]

    def count(self, offset_bytes: int, session: bytes) -> None:
        """Count everything up to `offset_bytes`: first the bytes are on the disk, then the mark is on its way there.

        Until it is there, the one before it holds.
        """
        os.fdatasync(self.descriptor)
        self._write_mark(Mark(self.mark().turn + 1, offset_bytes, session))

    def commit(self, offset_bytes: int, session: bytes) -> None:
        """Count everything up to `offset_bytes` for good: bytes and mark are on the disk."""
        self.count(offset_bytes, session)
        os.fdatasync(self.descriptor)

    def seal(self) -> None:
        """Cut the mark off: the file is what was sent, and stays so."""
        os.ftruncate(self.descriptor, self.length)
        os.fsync(self.descriptor)

    def _size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def _write_mark(self, mark: Mark) -> None:
        packed = _MARK.pack(_MAGIC, *mark)
        packed += _CHECK.pack(zlib.crc32(packed))
        place = self.length + mark.turn % 2 * _PLACE_BYTES
        self.write(place, packed.ljust(_PLACE_BYTES, b"\0"))


def _read(place: bytes) -> Mark:
    packed, check = place[: _MARK.size], place[_MARK.size : _MARK.size + _CHECK.size]
    if len(check) < _CHECK.size or _CHECK.unpack(check) != (zlib.crc32(packed),):
        return _NOTHING
    magic, turn, offset_bytes, session = _MARK.unpack(packed)
    return Mark(turn, offset_bytes, session) if magic == _MAGIC else _NOTHING
