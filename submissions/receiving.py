"""An edge for whoever has a whole file at hand: the command line, the demo, a form without a script.

It commits twice, because no transaction may stay open while bytes travel.
"""

from collections.abc import Iterable

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import Work
from submissions.files import NewFile, begin_upload, cancel_upload, finish_upload
from submissions.rows import SongFile
from submissions.uploads import Uploads


def receive_file(
    work: Work,
    uploads: Uploads,
    principal: Principal,
    song_id: str,
    file: NewFile,
    chunks: Iterable[bytes],
    expected_sha256: str | None = None,
) -> SongFile:
    """Take in a whole file as one stream; its `sha256` is the receipt. A stream that fails leaves nothing behind."""
    with work.write(principal) as uow:
        upload = begin_upload(uow, principal, song_id, file)
    try:
        uploads.append(upload, 0, chunks)
        receipt = uploads.finish(upload, expected_sha256)
        with work.write(principal) as uow:
            received = finish_upload(uow, principal, upload.id, receipt)
    except BaseException:
        with work.write(principal) as uow:
            cancel_upload(uow, principal, upload.id)
        raise
    finally:
        uploads.forget(upload)
    return received
