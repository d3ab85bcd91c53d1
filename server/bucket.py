"""Which bucket an address names: `s3://bucket/prefix?endpoint=https://s3.example.com&region=eu-central-1`."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

SCHEME = "s3"
_ENDPOINT, _REGION, _PATH_STYLE, _TRUST = "endpoint", "region", "path_style", "trust"
_WORDS = (_ENDPOINT, _REGION, _PATH_STYLE, _TRUST)
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A place for contents that speaks the protocol of S3."""

    name: str
    prefix: str
    """What the name of each object begins with, without a slash at either end; may be empty."""
    endpoint: str
    """The address of the service; empty: Amazon's own of that region."""
    region: str
    path_style: bool
    """The bucket's name stands in the path of each address, and not before the name of the host."""
    trust: str
    """Path of the certificates (PEM) that are trusted beside the system's; may be empty."""

    def __str__(self) -> str:
        """As a person is told which one it is."""
        where = f" at {self.endpoint}" if self.endpoint else ""
        return f"“{self.name}”{where}"


def bucket_at(url: str) -> Bucket:
    """The bucket that an address names. Raises ValueError: what is wrong with it, without the address itself."""
    try:
        address = urlsplit(url)
        words = dict(parse_qsl(address.query, keep_blank_values=True, strict_parsing=bool(address.query)))
    except ValueError:
        raise ValueError("it cannot be read") from None
    if address.scheme != SCHEME:
        raise ValueError("only s3:// is known")
    if "@" in address.netloc:
        raise ValueError("keys do not stand in it: give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
    if not address.netloc or ":" in address.netloc or address.fragment:
        raise ValueError("the name of a bucket, and nothing else, stands between s3:// and the next slash")
    if any(word not in _WORDS for word in words):  # without naming it: it may be a key
        raise ValueError(f"behind the question mark may stand {', '.join(_WORDS)}, and nothing else")
    endpoint = words.get(_ENDPOINT, "").rstrip("/")
    if endpoint:
        _require_address(endpoint)
    path_style = words.get(_PATH_STYLE, "true")
    if path_style not in _TRUTHS:
        raise ValueError(f"{_PATH_STYLE} is true or false")
    return Bucket(
        name=address.netloc,
        prefix=address.path.strip("/"),
        endpoint=endpoint,
        region=words.get(_REGION, ""),
        path_style=_TRUTHS[path_style],
        trust=words.get(_TRUST, ""),
    )


def _require_address(endpoint: str) -> None:
    try:
        address = urlsplit(endpoint)
        is_one = address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        is_one = False
    if not is_one or address.path or address.query or "@" in address.netloc:
        raise ValueError("the endpoint is no address of a web server, as in https://s3.example.com:9000")
