"""A store by its URL, which is all that another process or machine has to be told.

`file:///folder` is a folder. `s3://bucket/prefix?cache=/folder&cache_gb=20` is a bucket, with copies of what is read on
this machine in `cache`, up to so many gigabytes. Where the bucket is and who asks stand in the environment:
`OPENCALL_S3_ENDPOINT` (not needed for AWS itself) and the usual `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
`AWS_REGION`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from opencall.kernel.errors import OpencallError
from opencall.kernel.object_store import FolderStore, ObjectStore

CACHE_GB: Final = 20.0
ENDPOINT: Final = "OPENCALL_S3_ENDPOINT"


class UnknownStore(OpencallError):
    """The URL is none of a store."""

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        super().__init__(
            f"OPENCALL_STORE_URL is {url!r}, but {why}. Write file:///folder, or s3://bucket/prefix with "
            "?cache=/folder for its copies on this machine; leave it out to keep files in the installation's folder."
        )


class S3Missing(OpencallError):
    """A bucket is set, but what speaks to it is an extra that was not installed."""

    def __init__(self) -> None:
        super().__init__('An S3 store needs one more library: pip install "opencall[s3]".')


def store_of(url: str, environment: Mapping[str, str] = os.environ) -> ObjectStore:
    """The store at `url`. Raises `UnknownStore`, `S3Missing`; whether a bucket answers shows when it is used."""
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError as wrong:
        raise UnknownStore(url, str(wrong)) from None
    match parts.scheme:
        case "file" if parts.path and not parts.netloc:
            return FolderStore(Path(unquote(parts.path)))
        case "file":
            raise UnknownStore(url, "a folder begins with a slash")
        case "s3" if parts.netloc:
            return _bucket(url, parts.netloc, parts.path.strip("/"), query, environment)
        case "s3":
            raise UnknownStore(url, "it names no bucket")
        case _:
            raise UnknownStore(url, "only file and s3 are known")


def with_cache(url: str, folder: Path) -> str:
    """`url` with `folder` for a bucket's copies, unless it names one."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or "cache" in parse_qs(parts.query):
        return url
    return f"{url}{'&' if parts.query else '?'}cache={quote(str(folder))}"


def _bucket(
    url: str, bucket: str, prefix: str, query: Mapping[str, list[str]], environment: Mapping[str, str]
) -> ObjectStore:
    strange = query.keys() - {"cache", "cache_gb"}
    if strange:
        raise UnknownStore(url, f"nothing is known of {', '.join(sorted(strange))}")
    if "cache" not in query:
        raise UnknownStore(url, "it does not say where copies go")
    try:
        limit_bytes = int(float(query.get("cache_gb", [str(CACHE_GB)])[-1]) * 1e9)
    except (ValueError, OverflowError):
        raise UnknownStore(url, "cache_gb is no number of gigabytes") from None
    try:
        from opencall.kernel.bucket_store import BucketStore
    except ModuleNotFoundError as missing:
        if missing.name != "obstore":
            raise
        raise S3Missing from None
    from opencall.kernel.cache_folder import CacheFolder

    cache = CacheFolder(Path(query["cache"][-1]), limit_bytes)
    return BucketStore(bucket, f"{prefix}/" if prefix else "", cache, environment.get(ENDPOINT) or None)
