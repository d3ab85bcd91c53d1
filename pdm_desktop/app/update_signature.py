"""Who signed a file, as Windows knows it: WinVerifyTrust, and the roots that the computer trusts, not only a person."""

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes
    from pathlib import Path
    from typing import Any, Final
    from uuid import UUID

    _VERIFY_AUTHENTICODE: Final = UUID("00aac56b-cd44-11d0-8cc2-00c04fc295ee")
    _NO_UI, _CHOICE_FILE, _VERIFY, _CLOSE = 2, 1, 1, 2
    _REVOKE_NONE, _REVOKE_CHAIN = 0, 1
    _ONLY_CACHED: Final = 0x1000
    _UNREACHABLE: Final = frozenset({0x800B010E, 0x80092013, 0x80092012})
    """CERT_E_REVOCATION_FAILURE, CRYPT_E_REVOCATION_OFFLINE, CRYPT_E_NO_REVOCATION_CHECK."""
    _NAME_BY_ATTRIBUTE: Final = 3
    """CERT_NAME_ATTR_TYPE."""
    _COMMON_NAME: Final = b"2.5.4.3"
    """szOID_COMMON_NAME: what the build takes for the publisher too (`signing.py`)."""
    _LOCAL_MACHINE: Final = 1
    """HCCE_LOCAL_MACHINE: without the roots that a person trusts alone."""
    _NO_RETRIEVAL: Final = 0x4
    """CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL: what there is to fetch, WinVerifyTrust has fetched."""
    _NOT_NOW: Final = 0x1
    """CERT_TRUST_IS_NOT_TIME_VALID: WinVerifyTrust knows better, by the time stamp."""
    _UNTRUSTED_ROOT: Final = 0x800B0109
    """CERT_E_UNTRUSTEDROOT."""
    _NO_SIGNATURE: Final = 0x800B0100
    """TRUST_E_NOSIGNATURE."""

    class _FileInfo(ctypes.Structure):
        """WINTRUST_FILE_INFO."""

        _fields_ = [
            ("size", wintypes.DWORD),
            ("path", wintypes.LPCWSTR),
            ("file", wintypes.HANDLE),
            ("subject", ctypes.c_void_p),
        ]

    class _TrustData(ctypes.Structure):
        """WINTRUST_DATA."""

        _fields_ = [
            ("size", wintypes.DWORD),
            ("policy", ctypes.c_void_p),
            ("sip", ctypes.c_void_p),
            ("ui", wintypes.DWORD),
            ("revocation", wintypes.DWORD),
            ("choice", wintypes.DWORD),
            ("info", ctypes.POINTER(_FileInfo)),
            ("action", wintypes.DWORD),
            ("state", wintypes.HANDLE),
            ("url", wintypes.LPCWSTR),
            ("flags", wintypes.DWORD),
            ("context", wintypes.DWORD),
            ("signatures", ctypes.c_void_p),
        ]

    class _ProviderCertificate(ctypes.Structure):
        """The beginning of CRYPT_PROVIDER_CERT."""

        _fields_ = [("size", wintypes.DWORD), ("certificate", ctypes.c_void_p)]

    class _Signer(ctypes.Structure):
        """The beginning of CRYPT_PROVIDER_SGNR."""

        _fields_ = [
            ("size", wintypes.DWORD),
            ("when", wintypes.FILETIME),
            ("count", wintypes.DWORD),
            ("certificates", ctypes.POINTER(_ProviderCertificate)),
        ]

    class _Certificate(ctypes.Structure):
        """CERT_CONTEXT."""

        _fields_ = [
            ("encoding", wintypes.DWORD),
            ("content", ctypes.c_void_p),
            ("length", wintypes.DWORD),
            ("info", ctypes.c_void_p),
            ("store", ctypes.c_void_p),
        ]

    class _Usage(ctypes.Structure):
        """CTL_USAGE."""

        _fields_ = [("count", wintypes.DWORD), ("names", ctypes.c_void_p)]

    class _UsageMatch(ctypes.Structure):
        """CERT_USAGE_MATCH."""

        _fields_ = [("kind", wintypes.DWORD), ("usage", _Usage)]

    class _ChainWish(ctypes.Structure):
        """CERT_CHAIN_PARA: any usage; WinVerifyTrust has looked at that."""

        _fields_ = [("size", wintypes.DWORD), ("usage", _UsageMatch)]

    class _Chain(ctypes.Structure):
        """The beginning of CERT_CHAIN_CONTEXT."""

        _fields_ = [("size", wintypes.DWORD), ("errors", wintypes.DWORD), ("infos", wintypes.DWORD)]

    def publisher_of(file: Path) -> str | None:
        """Who signed it; None: nobody whom this computer trusts, or it was changed since.

        A revoked certificate is none; lists that cannot be reached do not count (shops without internet).
        """
        code, publisher = verify(file, revocation=_REVOKE_CHAIN)
        if code in _UNREACHABLE:
            code, publisher = verify(file, revocation=_REVOKE_NONE)
        return publisher if code == 0 else None

    def verify(file: Path, *, revocation: int) -> tuple[int, str | None]:
        """What Windows says of a file's signature (0: trusted), and who signed it, if anybody did."""
        trust = ctypes.WinDLL("wintrust")
        info = _FileInfo(ctypes.sizeof(_FileInfo), str(file), None, None)
        data = _TrustData(
            size=ctypes.sizeof(_TrustData), ui=_NO_UI, revocation=revocation, choice=_CHOICE_FILE,
            info=ctypes.pointer(info), action=_VERIFY, flags=0 if revocation else _ONLY_CACHED,
        )  # fmt: skip
        how = (ctypes.c_ubyte * 16).from_buffer_copy(_VERIFY_AUTHENTICODE.bytes_le)
        code = int(trust.WinVerifyTrust(None, ctypes.byref(how), ctypes.byref(data))) & 0xFFFFFFFF
        try:
            signer = _signer_in(trust, data.state)
            if signer is None:
                return code or _NO_SIGNATURE, None
            return code or _without_persons_own(signer), _name_of(signer)
        finally:
            data.action = _CLOSE
            trust.WinVerifyTrust(None, ctypes.byref(how), ctypes.byref(data))

    def _signer_in(trust: Any, state: int | None) -> _Signer | None:
        """Who made the first signature, as long as the state is open."""
        if not state:
            return None
        for name, arguments in (
            ("WTHelperProvDataFromStateData", [wintypes.HANDLE]),
            ("WTHelperGetProvSignerFromChain", [ctypes.c_void_p, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD]),
            ("WTHelperGetProvCertFromChain", [ctypes.c_void_p, wintypes.DWORD]),
        ):
            call = getattr(trust, name)
            call.restype, call.argtypes = ctypes.c_void_p, arguments
        provider = trust.WTHelperProvDataFromStateData(state)
        signer = provider and trust.WTHelperGetProvSignerFromChain(provider, 0, False, 0)
        found = signer and trust.WTHelperGetProvCertFromChain(signer, 0)
        if not found:
            return None
        return _Signer.from_address(signer)

    def _without_persons_own(signer: Any) -> int:
        """0 when the signer is trusted by roots of the computer, where only administrators put one.

        WinVerifyTrust also goes by those that the person trusts who runs it, and who gave the rights may be that one.
        """
        crypt = ctypes.WinDLL("crypt32")
        build = crypt.CertGetCertificateChain
        build.argtypes = [
            ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, wintypes.DWORD,
            ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        certificate = signer.certificates[0].certificate
        beside = _Certificate.from_address(certificate).store
        wish, chain = _ChainWish(ctypes.sizeof(_ChainWish)), ctypes.POINTER(_Chain)()
        when = ctypes.byref(signer, _Signer.when.offset)
        found = build(
            _LOCAL_MACHINE, certificate, when, beside, ctypes.byref(wish), _NO_RETRIEVAL, None, ctypes.byref(chain)
        )
        if not found:
            return _UNTRUSTED_ROOT
        try:
            return _UNTRUSTED_ROOT if chain.contents.errors & ~_NOT_NOW else 0
        finally:
            free = crypt.CertFreeCertificateChain
            free.argtypes, free.restype = [ctypes.c_void_p], None
            free(chain)

    def _name_of(signer: Any) -> str | None:
        """The common name in the certificate."""
        name_of = ctypes.WinDLL("crypt32").CertGetNameStringW
        name_of.argtypes = [
            ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.LPWSTR, wintypes.DWORD
        ]  # fmt: skip
        text = ctypes.create_unicode_buffer(512)
        name_of(signer.certificates[0].certificate, _NAME_BY_ATTRIBUTE, 0, _COMMON_NAME, text, len(text))
        return text.value or None
