"""A works' own authority is trusted as soon as the computer trusts it: no file of ours, and no question."""

import asyncio
import ssl
import sys
from pathlib import Path

import pytest
import trustme

from tests.support.windows_programs import IN_WINE

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    ENCODED = 0x1
    REPLACE = 3

    def trust_on_this_computer(authority: trustme.CA, _folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the authority into Windows' store, as an administrator's policy does."""
        library = ctypes.WinDLL("crypt32", use_last_error=True)
        library.CertOpenSystemStoreW.restype = wintypes.HANDLE
        library.CertAddEncodedCertificateToStore.argtypes = (
            wintypes.HANDLE, wintypes.DWORD, ctypes.c_char_p, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID,
        )  # fmt: skip
        content = ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())
        store = library.CertOpenSystemStoreW(None, "ROOT")
        done = library.CertAddEncodedCertificateToStore(store, ENCODED, content, len(content), REPLACE, None)
        assert done, ctypes.WinError(ctypes.get_last_error())
        library.CertCloseStore(wintypes.HANDLE(store), 0)

else:

    def trust_on_this_computer(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let OpenSSL find the authority where it finds those of the system."""
        authority.cert_pem.write_to_path(str(folder / "authorities.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "authorities.pem"))


CONNECT = """
import asyncio, ssl, sys
from pdm_desktop.net.http import trust

async def main():
    _, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]), ssl=trust(), server_hostname="localhost")
    writer.close()

try:
    asyncio.run(main())
except ssl.SSLCertVerificationError:
    sys.exit(3)
"""


async def connects(certificate: ssl.SSLContext) -> bool:
    """Whether a new program at this computer trusts a server that shows this certificate."""
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=certificate) as server:
        port = str(server.sockets[0].getsockname()[1])
        program = await asyncio.create_subprocess_exec(sys.executable, "-c", CONNECT, port)
        ended = await program.wait()
    assert ended in (0, 3)
    return ended == 0


@pytest.mark.skipif(sys.platform == "win32" and not IN_WINE, reason="a person's own store is nothing for a test")
async def test_what_the_computer_trusts_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    shown = authority.issue_cert("localhost")  # by its name: Wine 8 knows no addresses in certificates
    parts = (shown.private_key_pem, *shown.cert_chain_pems, authority.cert_pem)  # the last: Wine 8 takes half a chain
    (tmp_path / "server.pem").write_bytes(b"".join(each.bytes() for each in parts))
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.load_cert_chain(tmp_path / "server.pem")
    assert not await connects(certificate)
    trust_on_this_computer(authority, tmp_path, monkeypatch)
    assert await connects(certificate)
