"""Static files: read once, compressed once, and served under the hash of them all, so that browsers keep them.

An address names the content, `/static/<hash>/opencall.css`, and relative addresses inside CSS stay in the same hash.
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from opencall.kernel.errors import Kind, OpencallError

FOLDER: Final = Path(__file__).parents[1] / "static"
_TYPES: Final = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".css": "text/css"}
_COMPRESSES: Final = {".js", ".svg", ".css", ".txt", ".md"}
FOREVER: Final = "public, max-age=31536000, immutable"


class NoSuchAsset(OpencallError):
    """No static file of that name, or one of another version of the program."""

    kind = Kind.NOT_FOUND

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"There is no static file {path}; load the page again.")


class Assets:
    """Every file below `folder`, by its relative path."""

    def __init__(self, folder: Path = FOLDER) -> None:
        files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
        content = {name: path.read_bytes() for name, path in files.items()}
        digest = hashlib.sha256()
        for name, raw in content.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(raw).digest())
        self.version = digest.hexdigest()[:12]
        self._raw = content
        self._packed = {
            name: gzip.compress(raw, mtime=0) for name, raw in content.items() if Path(name).suffix in _COMPRESSES
        }

    def url(self, name: str) -> str:
        """The address of a file. Raises `NoSuchAsset`: a template that names a missing file is a defect."""
        if name not in self._raw:
            raise NoSuchAsset(name)
        return f"/static/{self.version}/{name}"

    def response(self, request: Request[Any, Any, Any], name: str) -> Response[bytes]:
        """The file as an answer, packed where the browser can unpack it."""
        raw = self._raw.get(name)
        if raw is None:
            raise NoSuchAsset(name)
        suffix = Path(name).suffix
        media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if name in self._packed and "gzip" in request.headers.get("accept-encoding", ""):
            raw, headers["Content-Encoding"] = self._packed[name], "gzip"
        return Response(raw, media_type=media_type, headers=headers)


@get("/static/{version:str}/{name:path}", include_in_schema=False, sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], version: FromPath[str], name: FromPath[Path]) -> Response[bytes]:
    """A static file; of whichever version is here, so that a page from before an upgrade keeps its looks."""
    assets: Assets = request.app.state.assets
    return assets.response(request, name.as_posix().lstrip("/"))
