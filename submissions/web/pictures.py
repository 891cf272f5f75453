"""The picture of a story: one file, kept as it came, with words for those who do not see it."""

from io import SEEK_END
from typing import Annotated, Any, BinaryIO, Final, TypeAlias, cast

from litestar import Response
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg, FromPath

from opencall.kernel.object_store import read_chunks
from opencall.kernel.web.forms import Fields
from opencall.kernel.web.pages import Member, StoreHere, Visit, WorkHere, acts, shows
from opencall.kernel.web.stored_file import StoredFile
from submissions.errors import NoPicture, PictureWrong
from submissions.material import Image
from submissions.rows import own_song
from submissions.songs import editable_song, write_picture
from submissions.web.drafts import show_saved
from submissions.web.images import HEAD_BYTES, image_type, stored_picture

LARGEST_PICTURE_BYTES: Final = 10_000_000

Parts: TypeAlias = Annotated[dict[str, Any], BodyKwarg(media_type=RequestEncodingType.MULTI_PART)]


@acts("/submissions/{song_id:str}/picture", request_max_body_size=LARGEST_PICTURE_BYTES + 100_000)
def keep(
    request: Visit, work: WorkHere, store: StoreHere, member: Member, song_id: FromPath[str], data: Parts
) -> Response[str]:
    """A picture with its description; without a new file, a new description of the one that is there."""
    alt, sent = Fields(data).text("alt"), data.get("picture")
    with work.read(member) as uow:
        song, _ = editable_song(uow, member, song_id)
    image = song.story.image if song.story is not None else None
    is_new = isinstance(sent, UploadFile) and bool(sent.filename)
    if image is None and not is_new:
        raise PictureWrong("no file is chosen; choose one")
    if not alt:
        raise PictureWrong("it has no description; say in a sentence what it shows")
    if isinstance(sent, UploadFile) and is_new:
        _refuse_wrong(sent)
        image = Image(store.put(read_chunks(cast("BinaryIO", sent.file))).sha256, alt)
    if image is None:
        raise AssertionError("there is one, old or new")
    with work.write(member) as uow:
        write_picture(uow, member, song_id, Image(image.sha256, alt))
    return show_saved(request, work, member, song_id, step="story", picture=True)


@acts("/submissions/{song_id:str}/picture/remove")
def remove(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """The story stands without a picture."""
    with work.write(member) as uow:
        write_picture(uow, member, song_id, None)
    return show_saved(request, work, member, song_id, step="story", picture=True)


@shows("/submissions/{song_id:str}/picture")
def show(request: Visit, work: WorkHere, store: StoreHere, member: Member, song_id: FromPath[str]) -> StoredFile:
    """The picture, for the artist who writes."""
    with work.read(member) as uow:
        song = own_song(uow, member, song_id)
    if song.story is None or song.story.image is None:
        raise NoPicture(song_id)
    return stored_picture(request, store, song.story.image.sha256)


def _refuse_wrong(sent: UploadFile) -> None:
    head = sent.file.read(HEAD_BYTES)
    length = sent.file.seek(0, SEEK_END)
    sent.file.seek(0)
    if image_type(head) is None:
        raise PictureWrong("the file is no picture that a browser shows; save it as JPEG, PNG or WebP")
    if length > LARGEST_PICTURE_BYTES:
        raise PictureWrong("the file is larger than 10 MB; save it smaller")


handlers: Final = (keep, remove, show)
