"""The objects of one bucket: put, read, listed, removed. Whatever S3 has to say comes as this server's own errors.

Imported only where a bucket is chosen. Every method waits for the network: call it in a worker thread. Each tries
again by itself for some seconds. Raises FileNotFoundError for an object that is not there, Full, and ContentsAway for
all else: without the text of the answer, which may have keys in it.
"""

import errno
import re
from collections.abc import Collection, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from server.bucket import Bucket
from server.domain.errors import ContentsAway, Full

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

log = structlog.get_logger(__name__)

PART_BYTES = 8 * 2**20
"""Of an object that is put piece by piece. S3 takes 10,000 of them, so 80 GiB."""
_PARTS_AT_ONCE = 2
CONNECT = timedelta(seconds=4)
ANSWER = timedelta(seconds=45)
"""For all of one request. None moves more than some MiB, and seats give an answer 60 s."""
TRIES = 4
TRYING = timedelta(seconds=10)
"""After so long nothing is tried again."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=2)
_NOT_SATISFIABLE = 416
_NO_ROOM = 507
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_FULL = {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded"}
_WORDS = {
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret key is another one",
    "ExpiredToken": "the session token is over",
    "AccessDenied": "it does not let this server in, or not write",
}
_BY_STATUS = {"403": "AccessDenied"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One object of a list."""

    name: str
    size: int
    at: datetime
    """When it was put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The bytes that were asked for, and the size of all of them."""

    bytes: memoryview
    size: int


class Objects:
    """Those below the prefix of one bucket; names are without it. Raises ValueError for settings that do not fit."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._store = _store_of(bucket)

    def put(self, name: str, content: bytes | bytearray) -> None:
        """An object with that content: all of it, or as if nothing had been."""
        with self._said_plainly(name, is_read=False):
            obstore.put(self._store, name, content, use_multipart=False)

    def put_all(self, name: str, pieces: Iterator[bytes | memoryview]) -> None:
        """The same with what comes piece by piece, in flat memory. Raises what the pieces raise: then there is nothing.

        The pieces are read in a thread of their own, since they may come out of the bucket as well.
        """
        with ThreadPoolExecutor(1, "s3-pieces") as reading, self._said_plainly(name, is_read=False):
            obstore.put(
                self._store,
                name,
                _read_ahead(pieces, reading),
                chunk_size=PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def copy(self, source: str, target: str) -> None:
        """Another object with the same content, without that it moves. S3 takes up to 5 GiB."""
        with self._said_plainly(source):
            obstore.copy(self._store, source, target)

    def size(self, name: str) -> int:
        """How many bytes it has."""
        with self._said_plainly(name):
            return obstore.head(self._store, name)["size"]

    def read(self, name: str, *, start: int, end: int) -> Read:
        """Its bytes from there up to, and not with, `end`, which lies behind `start`: fewer where it ends before."""
        with self._said_plainly(name):
            try:
                found = obstore.get(self._store, name, options={"range": (start, end)})
                return Read(bytes=memoryview(found.bytes()), size=found.meta["size"])
            except BaseError as error:
                if _status_of(error) != str(_NOT_SATISFIABLE):  # it ends before: S3 does not call that nothing
                    raise
        return Read(bytes=memoryview(b""), size=self.size(name))

    def list(self, below: str = "") -> Iterator[Found]:
        """All whose names begin so (with whole parts between slashes), in the order of the names."""
        with self._said_plainly(below):
            for portion in obstore.list(self._store, below or None):
                for each in portion:
                    yield Found(name=each["path"], size=each["size"], at=each["last_modified"])

    def remove(self, names: Collection[str]) -> None:
        """Remove them; nothing happens for one that is not there."""
        if names:
            with self._said_plainly(next(iter(names)), is_read=False):
                obstore.delete(self._store, list(names))

    @contextmanager
    def _said_plainly(self, name: str, *, is_read: bool = True) -> Generator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if is_read and "NoSuchBucket" not in str(error):
                raise FileNotFoundError(errno.ENOENT, "There is no such object in the bucket", name) from None
            raise self._away(error) from None
        except BaseError as error:
            if _status_of(error) == str(_NO_ROOM) or _code_of(error) in _FULL:
                raise Full from None
            raise self._away(error) from None

    def _away(self, error: Exception) -> ContentsAway:
        away = ContentsAway(f"The bucket {self.bucket}: {why(error)}.")
        log.warning("contents_away", why=away.why)
        return away


def why(error: Exception) -> str:
    """What S3, or the way there, says, in words that name no key."""
    text, status = str(error), _status_of(error)
    code = _code_of(error) or _BY_STATUS.get(status, "")
    if code in _WORDS:
        return f"{_WORDS[code]} ({code})"
    if status:
        return f"it answered {status}" + (f" ({code})" if code else "")
    if "169.254." in text or "instance metadata" in text:
        return "no key is given: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the environment"
    if "certificate" in text.lower():
        return "its certificate is not trusted here (the word “trust” names another one)"
    if "kind: Connect" in text:
        return "nothing can be reached there"
    if "kind: Timeout" in text or "TimedOut" in text:
        return "it does not answer in time"
    return "the connection broke off"


def _status_of(error: Exception) -> str:
    match = _STATUS.search(str(error))
    return match[1] if match else ""


def _code_of(error: Exception) -> str:
    match = _CODE.search(str(error))
    return match[1] if match else ""


def _read_ahead(
    pieces: Iterator[bytes | memoryview], reading: ThreadPoolExecutor
) -> Generator[bytes | memoryview, None, None]:
    """In that thread, one ahead of who takes them."""
    ahead = reading.submit(next, pieces, None)
    while (piece := ahead.result()) is not None:
        ahead = reading.submit(next, pieces, None)
        yield piece


def _store_of(bucket: Bucket) -> S3Store:
    config: S3Config = {
        "virtual_hosted_style_request": not bucket.path_style,
        "disable_bulk_delete": True,  # not every service has it
    }
    if bucket.region:
        config["region"] = bucket.region
    if bucket.endpoint:
        scheme, _, host = bucket.endpoint.partition("://")
        config["endpoint"] = bucket.endpoint if bucket.path_style else f"{scheme}://{bucket.name}.{host}"
    options: ClientConfig = {"connect_timeout": CONNECT, "timeout": ANSWER}
    if bucket.endpoint.startswith("http:"):
        options["allow_http"] = True
    if bucket.trust:
        options["root_certificate"] = Path(bucket.trust).read_bytes()
    retries: RetryConfig = {
        "max_retries": TRIES - 1,
        "retry_timeout": TRYING,
        "backoff": {"init_backoff": _FIRST_WAIT, "max_backoff": _LONGEST_WAIT, "base": 2},
    }
    return S3Store(
        bucket.name, prefix=bucket.prefix or None, config=config, client_options=options, retry_config=retries
    )
