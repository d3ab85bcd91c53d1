"""HTTP to one server: one client for each loop, answers decoded into the classes of the contract."""

import importlib.util
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpcore
import httpx
import msgspec
import truststore

from pdm_desktop.core.errors import BadAnswer, NotSignedIn, Told
from pdm_desktop.net import translate
from pdm_desktop.net.proxy import proxy_for
from pdm_desktop.release import VERSION
from server.protocol.wire import plain

T = TypeVar("T")
CONNECT = 10.0
"""Seconds that a connection may take."""
SILENCE = 60.0
"""Seconds without a byte after which a call is given up."""
LONGEST_ANSWER = 64 << 20
"""Bytes of an answer that is read whole. The largest that a server gives, a page of a long history, is far below."""
LONGEST_REFUSAL = 1 << 20
"""Bytes of an answer that is no success."""
# httpcore looks for this library, which it does not need, at every lock that it takes: without it that is a search
# through the whole path each time, a dozen for each call. What is marked so is not searched for.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # as the import system has it (importlib, "The module cache")
# What a connection reads at once: asyncio gives as much, and by its own 64 KiB a gigabyte is 16,000 trips through
# httpx instead of 4,000. There is no option for it.
httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = 256 * 1024


def trust() -> ssl.SSLContext:
    """TLS as the operating system trusts it. Takes 100 ms: once for each loop, not on the window's thread."""
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Http:
    """Calls to one server as one session. Make and close it on the loop that uses it.

    `signed_out` is called on that loop, beside the NotSignedIn, when the server says that the session is over.
    `transport` carries the calls in place of connections of its own.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        seat: str | None = None,
        tls: ssl.SSLContext,
        signed_out: Callable[[], None] = lambda: None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = address
        self.token = token
        self.seat = seat
        self.tls = tls
        self._signed_out = signed_out
        # Nothing is to be packed on the way: what a few bytes become is not known before they are unpacked.
        headers = {"User-Agent": f"PDM-Desktop/{VERSION}", "Accept-Encoding": "identity"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if seat:
            headers["X-Seat-Id"] = seat
        self._client = httpx.AsyncClient(
            base_url=address,
            headers=headers,
            verify=tls,
            transport=transport,
            timeout=httpx.Timeout(SILENCE, connect=CONNECT),
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=8, keepalive_expiry=50),
            proxy=proxy_for(address),
            trust_env=False,  # its own look at the system's proxies knows nothing of Windows' exceptions
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(self, path: str, kind: type[T], **query: str | int | None) -> T:
        """Read something. Raises core.errors."""
        return await self._call("GET", path, kind, query=query)

    async def change(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        body: object = None,
        key: str | None = None,
        **query: str | int | None,
    ) -> T:
        """Change something; `key` makes that happen once, however often it is asked. Raises core.errors."""
        return await self._call(method, path, kind, query=query, body=body, key=key)

    async def put_bytes(self, path: str, content: AsyncIterator[bytes], kind: type[T], /, **query: str | int) -> T:
        """Send content as it comes. Raises core.errors, and whatever reading the content raises."""
        headers = {"Content-Type": "application/octet-stream"}
        return await self._whole("POST", path, kind, content=content, params=query, headers=headers)

    async def patch_bytes(
        self, path: str, content: AsyncIterator[bytes], kind: type[T], *, size: int, offset: int
    ) -> T:
        """Send `size` bytes of content from an offset on. Raises core.errors, and what reading the content raises."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return await self._whole("PATCH", path, kind, content=content, params={"offset": offset}, headers=headers)

    @asynccontextmanager
    async def stream(
        self, path: str, *, start: int = 0, tag: str | None = None, packed: str | None = None, **query: str | int
    ) -> AsyncIterator[httpx.Response]:
        """Read content as it comes, from byte `start` on. Raises core.errors, also while it is read inside.

        With a `tag` a part is wanted only of the content that has this ETag; of another one, all comes. `packed` is the
        content coding in which it may come (RFC 9110, 8.4.1): whoever reads it bounds what becomes of it.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        if packed is not None:
            headers["Accept-Encoding"] = packed
        if start and tag is not None:
            headers["If-Range"] = tag
        async with self._streamed("GET", path, packed=packed, params=query, headers=headers) as answer:
            yield answer

    @asynccontextmanager
    async def ask_for_bytes(self, path: str, body: object) -> AsyncIterator[httpx.Response]:
        """Read content as it comes that a body describes. Raises core.errors, also while it is read inside."""
        content = msgspec.json.encode(plain(body))
        headers = {"Content-Type": "application/json"}
        async with self._streamed("POST", path, content=content, headers=headers) as answer:
            yield answer

    @asynccontextmanager
    async def _streamed(
        self, method: str, path: str, *, packed: str | None = None, **options: Any
    ) -> AsyncIterator[httpx.Response]:
        with translate.told(self.address):
            async with self._client.stream(method, path, **options) as answer:
                if not answer.is_success:
                    raise self._refusal(answer.status_code, await _read(answer, most=LONGEST_REFUSAL))
                _require_plain(answer, packed=packed)
                yield answer

    async def _call(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: object = None,
        key: str | None = None,
    ) -> T:
        headers: dict[str, str] = {}
        content: bytes | None = None
        if body is not None:
            content = msgspec.json.encode(plain(body))
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        params = {name: value for name, value in (query or {}).items() if value is not None}
        return await self._whole(method, path, kind, params=params, content=content, headers=headers)

    async def _whole(self, method: str, path: str, kind: type[T], **options: Any) -> T:
        """Ask, and read the answer whole. Raises core.errors, and what reading the content raises that is sent."""
        with translate.told(self.address):
            async with self._client.stream(method, path, **options) as answer:
                content = await _read(answer, most=LONGEST_ANSWER if answer.is_success else LONGEST_REFUSAL)
                return self._decoded(answer.status_code, content, kind)

    def _decoded(self, status: int, content: bytes, kind: type[T]) -> T:
        if not 200 <= status < 300:
            raise self._refusal(status, content)
        if kind is type(None):
            if content:  # the server says nothing there: it is the page of something on the way
                raise translate.stranger(self.address)
            nothing: Any = None
            return nothing  # type: ignore[no-any-return] # it is None, of the kind that was asked for
        return msgspec.json.decode(content, type=kind)

    def _refusal(self, status: int, content: bytes) -> Told:
        error = translate.from_response(status, content)
        if isinstance(error, NotSignedIn):
            self._signed_out()
        return error


async def _read(answer: httpx.Response, *, most: int) -> bytes:
    """All of an answer. Raises BadAnswer when it is packed, or longer than that."""
    _require_plain(answer)
    content = bytearray()
    async for block in answer.aiter_bytes():
        if len(content) + len(block) > most:
            raise BadAnswer(
                f"The answer is longer than {most >> 20} MiB, and was not read.", advice="Tell an administrator."
            )
        content += block
    return bytes(content)


def _require_plain(answer: httpx.Response, *, packed: str | None = None) -> None:
    """Raises BadAnswer when the content is packed in another way than it was asked for."""
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "", packed):
        raise BadAnswer(
            "The answer came packed, which was not asked for. Something on the way to the server does that.",
            advice="Tell an administrator.",
        )
