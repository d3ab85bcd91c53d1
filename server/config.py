"""Every setting of the server, in one frozen object: from flags, else the environment (`PDM_…`), else a TOML file."""

import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from server.bucket import Bucket, bucket_at
from server.protocol.limits import PASSWORD_CHARACTERS, PASSWORD_LEAST
from server.protocol.versions import is_version, numbers_of
from server.version import OLDEST_CLIENT

ENVIRONMENT_PREFIX = "PDM_"
DATABASE = "vault.sqlite3"
"""The database's name in the data folder."""

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Port = Annotated[int, Field(ge=0, le=65_535)]
Bytes = Annotated[int, Field(ge=1)]
TOKEN_CHARACTERS = 20
"""The token of the figures has at least so many: it is all that stands between them and a network."""
SECRET = frozenset({"metrics_token"})
"""Settings whose values are shown nowhere."""


class BadConfig(ValueError):
    """A setting cannot be used. The text names the setting, what is wrong with it, and where it is set."""


class Config(BaseSettings):
    """All settings. Durations are seconds, sizes bytes. Build it with `load`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    data: Path = Field(
        Path("pdm-data"), validate_default=True, description="The folder of the server: database, contents, keys, logs."
    )
    blobs_url: str = Field(
        "", description="The bucket for the contents, as in s3://bucket/prefix; empty: the data folder has them."
    )
    redis_url: str = Field(
        "",
        repr=False,
        description="The Redis by which several nodes of one server hear each other, as in"
        " redis://:password@redis.example.com:6379/0; empty: the server is this one process.",
    )
    database_url: str = Field(
        "",
        repr=False,
        description="The PostgreSQL database of the server, as in postgresql://pdm:password@db.example.com/pdm; empty:"
        " a SQLite file in the data folder.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="The address to listen on.")
    port: Port = Field(8470, description="The port to listen on; 0 takes a free one.")
    name: str = Field("PDM server", min_length=1, max_length=64, description="What seats show as the server's name.")
    tls_cert: Path | None = Field(None, description="Certificate chain in PEM; with tls_key the server speaks HTTPS.")
    tls_key: Path | None = Field(None, description="Private key of tls_cert in PEM.")
    allow_plain_http: bool = Field(
        False, description="Allow HTTP without TLS beyond this computer: only behind a proxy that speaks HTTPS."
    )
    trusted_proxies: str = Field(
        "", description="Addresses of proxies whose X-Forwarded headers count, separated by commas; empty: none."
    )
    session_days: Annotated[int, Field(ge=1, le=365)] = Field(
        30, description="Days after which somebody must sign in again."
    )
    password_least: Annotated[int, Field(ge=PASSWORD_LEAST, le=PASSWORD_CHARACTERS)] = Field(
        PASSWORD_LEAST, description="Characters that a new password has at least."
    )
    code_hours: Annotated[int, Field(ge=1, le=168)] = Field(
        24, description="Hours for which an administrator's one-time code works."
    )
    gitlab_url: str = Field(
        "", description="The GitLab whose access tokens are taken for a first sign-in; empty: that way in is not shown."
    )
    gitlab_group: str = Field(
        "", description="The group whose members may come in so, by its full path or number; empty: no matter which."
    )
    gitlab_project: str = Field(
        "", description="The project whose members may come in so, by its full path or number; empty: no matter which."
    )
    gitlab_proxy: str = Field(
        "", description="The proxy by which GitLab is asked, as in http://proxy.example.com:3128; empty: directly."
    )
    gitlab_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        5, description="Seconds to wait for all that GitLab is asked for one sign-in."
    )
    gitlab_role: Literal["", "reader", "editor"] = Field(
        "", description="The role in every vault of today that a person gets who comes in so; empty: none."
    )
    gitlab_required: bool = Field(
        False, description="Each sign-in of a person whom GitLab knows takes the token beside the password."
    )
    upload_hours: Annotated[int, Field(ge=1, le=8_760)] = Field(
        24, description="Hours for which content that has arrived waits to be used by a file."
    )
    open_uploads: Annotated[int, Field(ge=1, le=10_000)] = Field(
        50, description="Uploads in parts that one person may have open at the same time."
    )
    open_upload_hours: Annotated[int, Field(ge=1, le=8_760)] = Field(
        72, description="Hours after its last byte until an upload in parts that is not finished is given up."
    )
    parked_days: Annotated[int, Field(ge=90, le=3_650)] = Field(
        90, description="Days for which content is kept whose check-in was refused, counted in hours at work."
    )
    purge_days: Annotated[int, Field(ge=1, le=3_650)] = Field(
        30, description="Days from the wish to purge a deleted file until it goes for good, counted in hours at work."
    )
    backup_folder: Path | None = Field(
        None, description="The folder for backups that the server makes itself, best on another disk; it must be there."
    )
    backup_hours: Annotated[int, Field(ge=0, le=744)] = Field(
        0, description="Hours from one backup to the next that the server begins by itself; 0: none."
    )
    backups_kept: Annotated[int, Field(ge=1, le=1_000)] = Field(
        7, description="So many backups stay in the folder; the newest that lacks nothing always does."
    )
    oldest_client: str = Field(
        OLDEST_CLIENT, description="The oldest seat that is served, as in 0.2.0; older ones have to be updated."
    )
    max_file_bytes: Bytes = Field(16 * 2**30, description="The largest file that a vault takes.")
    ping_interval: Seconds = Field(
        30, description="Seconds between two pings of a seat, and between two `head` messages."
    )
    pong_timeout: Seconds = Field(20, description="Seconds to wait for a WebSocket's answer to the server's own ping.")
    resume_wait: Seconds = Field(10, description="Seconds to wait for a seat's `resume` before it is sent live events.")
    presence_window: Annotated[float, Field(ge=0, le=60)] = Field(
        0.5, description="Seconds over which arrivals and departures are gathered into one message."
    )
    watch_interval: Annotated[float, Field(gt=0, le=2)] = Field(
        1, description="Seconds between two looks at ended sessions, changed access, missed events and new installers."
    )
    next_in_line: Seconds = Field(
        300, description="Seconds after which the next in line is told that a file is free, if it still is."
    )
    waiting_bytes: Bytes = Field(2**20, description="Bytes that may wait unread for one socket before it is closed.")
    send_buffer: Bytes = Field(2**16, description="Send buffer that the system keeps for each socket.")
    header_timeout: Seconds = Field(10, description="Seconds within which the head of a request must have arrived.")
    body_timeout: Seconds = Field(
        30, description="Seconds for the next 1,024 bytes of a body, and for a reader to take more of an answer."
    )
    idle_timeout: Seconds = Field(60, description="Seconds that a connection without a request is kept open.")
    drain: Annotated[float, Field(ge=0, le=300)] = Field(
        0, description="Seconds for which a stopping server only answers `/readyz` with 503, for a proxy to notice."
    )
    stop_timeout: Annotated[int, Field(ge=1, le=3_600)] = Field(
        30, description="Seconds that running requests have to finish when the server stops."
    )
    metrics_token: str = Field(
        "",
        repr=False,
        description="What Prometheus sends as its bearer token to read `/metrics` from elsewhere, or anywhere behind"
        " `trusted_proxies`; empty: this computer alone may read it, and nobody behind them.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    log_file: bool = Field(False, description="Write the log to `logs/server.log` in the data folder as well.")
    log_file_bytes: Bytes = Field(10 * 2**20, description="Size at which the log file is set aside for a new one.")
    log_files: Annotated[int, Field(ge=1, le=1_000)] = Field(5, description="How many older log files are kept.")

    @field_validator("data")
    @classmethod
    def _from_the_root(cls, data: Path) -> Path:
        """Whoever opens a database by its URI needs the whole path."""
        return data.absolute()

    @field_validator("gitlab_url")
    @classmethod
    def _without_a_slash(cls, url: str) -> str:
        """Paths are put behind it."""
        return url.strip().rstrip("/")

    @field_validator("gitlab_group", "gitlab_project")
    @classmethod
    def _without_slashes(cls, path: str) -> str:
        """As GitLab writes full paths."""
        return path.strip().strip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` has put together: it knows where each value came from."""
        return (init_settings,)

    @property
    def database(self) -> str:
        """URL of the database. A password may stand in it."""
        return self.database_url or f"sqlite:///{(self.data / DATABASE).as_posix()}"

    @property
    def bucket(self) -> Bucket | None:
        """Where the contents are, unless the data folder has them."""
        return bucket_at(self.blobs_url) if self.blobs_url else None

    @property
    def run_folder(self) -> Path:
        """What exists only while a server runs on this data folder."""
        return self.data / "run"

    @property
    def tls(self) -> bool:
        """The server speaks HTTPS itself."""
        return self.tls_cert is not None


def load(*, flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None) -> Config:
    """The settings. Raises BadConfig, also for what does not go together."""
    layers = {"file": _from_file(file), "environment": _from_environment(environment), "flags": dict(flags)}
    merged = {name: value for layer in layers.values() for name, value in layer.items()}
    try:
        config = Config(**merged)
    except ValidationError as error:
        raise BadConfig(_what_is_wrong(error, layers, file)) from error
    _check_together(config)
    return config


def is_loopback(host: str) -> bool:
    """Only this computer can reach the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadConfig(
            f"The settings file {file} cannot be read: {error.strerror}. Check the path after --config."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"The settings file {file} is no TOML: {error}. Correct that line.") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(Config, env_prefix=ENVIRONMENT_PREFIX)
    source.env_vars = {name.lower(): value for name, value in environment.items() if value}
    return source()


def _what_is_wrong(error: ValidationError, layers: Mapping[str, Mapping[str, Any]], file: Path | None) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"There is no setting “{name}” (in {file}). Remove it, or look its name up in docs/server.md."
    where = {
        "flags": f"given as --{name.replace('_', '-')}",
        "environment": f"from the environment, {ENVIRONMENT_PREFIX}{name.upper()}",
        "file": f"in {file}",
    }
    source = next(label for layer, label in where.items() if name in layers[layer])
    reason = first["msg"][:1].lower() + first["msg"][1:]
    if name in SECRET:
        return f"The setting “{name}” ({source}) cannot be used: {reason}."
    return f"The setting “{name}” ({source}) is {first['input']!r}: {reason}."


def _check_together(config: Config) -> None:
    _check_blobs(config)
    _check_database(config.database_url)
    _check_redis(config)
    _check_oldest(config.oldest_client)
    _check_gitlab(config)
    _check_metrics(config.metrics_token)
    if (config.tls_cert is None) != (config.tls_key is None):
        missing = "tls_key" if config.tls_key is None else "tls_cert"
        raise BadConfig(
            f"The setting “{missing}” is missing: HTTPS needs a certificate and its key. Give both, or none."
        )
    for name in ("tls_cert", "tls_key"):
        path: Path | None = getattr(config, name)
        if path is not None and not path.is_file():
            raise BadConfig(f"The setting “{name}” names {path}, which is no file. Check the path.")
    _check_backups(config)
    if not (config.tls or is_loopback(config.host) or config.allow_plain_http):
        raise BadConfig(
            f"The setting “host” is {config.host!r}, which other computers can reach, and HTTP without TLS would show"
            " them passwords. Give --tls-cert and --tls-key; or, behind a proxy that speaks HTTPS, --allow-plain-http."
        )


def _check_redis(config: Config) -> None:
    if not config.redis_url:
        return
    try:
        address = urlsplit(config.redis_url)
        is_one = address.scheme in ("redis", "rediss") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        is_one = False
    if not is_one or (not address.path.removeprefix("/").isdecimal() and address.path.strip("/")):
        raise BadConfig(  # without its value: a password may stand in it
            "The setting “redis_url” is no address of a Redis. Write it as in redis://:password@redis.example.com:6379/0,"
            " or with rediss:// for TLS; leave it out for a server of one process."
        )
    if not config.database.startswith("postgresql"):
        raise BadConfig(
            "The setting “redis_url” is for several nodes of one server, and those need “database_url”: one PostgreSQL"
            " database for all of them. Give it as well, or leave “redis_url” out."
        )


def _check_database(url: str) -> None:
    if not url:
        return
    try:
        address = urlsplit(url)
        is_one = address.scheme == "postgresql" and bool(address.path.strip("/")) and not address.fragment
    except ValueError:
        is_one = False
    if not is_one or any(each.isspace() for each in url):
        raise BadConfig(  # without its value: a password may stand in it
            "The setting “database_url” is no address of a PostgreSQL database. Write it as in"
            " postgresql://pdm:password@db.example.com/pdm, with %40 for an @ in the password; leave it out for a"
            " SQLite file in the data folder."
        )


def _check_backups(config: Config) -> None:
    folder = config.backup_folder
    if config.database_url and (folder is not None or config.backup_hours):
        raise BadConfig(
            "The setting “backup_folder” does not go with “database_url”: backups of a PostgreSQL database are made"
            " with PostgreSQL's own tools, as docs/server.md says. Leave “backup_folder” and “backup_hours” out."
        )
    if folder is None:
        if config.backup_hours:
            raise BadConfig(
                "The setting “backup_hours” needs “backup_folder”: say where backups go, or leave both out."
            )
        return
    if folder.absolute().is_relative_to(config.data):
        raise BadConfig(
            f"The setting “backup_folder” is {folder}, which lies in the data folder itself. Choose one elsewhere, best"
            " on another disk."
        )


def _check_blobs(config: Config) -> None:
    try:
        bucket = config.bucket
    except ValueError as error:  # without its value: somebody may have written a key into it
        raise BadConfig(
            f"The setting “blobs_url” names no bucket: {error}. Write it as in"
            " s3://bucket/prefix?endpoint=https://s3.example.com&region=eu-central-1."
        ) from None
    if bucket is not None and bucket.trust and not Path(bucket.trust).is_file():
        raise BadConfig(f"The setting “blobs_url” trusts {bucket.trust}, which is no file. Check the path.")


def _check_oldest(version: str) -> None:
    if not is_version(version):
        raise BadConfig(f"The setting “oldest_client” is {version!r}: a version has three numbers, as in 0.2.0.")
    if numbers_of(version) < numbers_of(OLDEST_CLIENT):
        raise BadConfig(
            f"The setting “oldest_client” is {version}, and this server serves no seat older than {OLDEST_CLIENT}."
            " Leave it out, or name a newer version."
        )


def _check_metrics(token: str) -> None:
    if token and (len(token) < TOKEN_CHARACTERS or not all("!" <= each <= "~" for each in token)):
        raise BadConfig(
            f"The setting “metrics_token” cannot be used: a token has {TOKEN_CHARACTERS} or more letters, digits and"
            " signs, and no blank. `openssl rand -hex 24` makes one."
        )


def _check_gitlab(config: Config) -> None:
    if not config.gitlab_url:
        for name in ("gitlab_group", "gitlab_project", "gitlab_proxy", "gitlab_role", "gitlab_required"):
            if getattr(config, name):
                raise BadConfig(f"The setting “{name}” needs “gitlab_url”: which GitLab is it? Give that one as well.")
        return
    flaw = _flaw_of_address(config.gitlab_url)
    if flaw is not None:
        raise BadConfig(
            f"The setting “gitlab_url” is {config.gitlab_url!r}: {flaw}. Write it as in https://gitlab.example.com."
        )
    if _is_everybodys(config.gitlab_url) and not (config.gitlab_group or config.gitlab_project):
        raise BadConfig(
            "The setting “gitlab_url” names gitlab.com, where everybody in the world can have an account, and all of"
            " them would come in. Give “gitlab_group” or “gitlab_project” as well: only its members come in then."
        )
    _check_proxy(config.gitlab_proxy)


def _check_proxy(url: str) -> None:
    if not url:
        return
    try:
        address = urlsplit(url)
        is_one = address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        is_one = False
    if not is_one or address.path.strip("/") or any(each.isspace() for each in url):
        raise BadConfig(  # without its value: a password may stand in it
            "The setting “gitlab_proxy” is no address of a proxy. Write it as in http://proxy.example.com:3128."
        )


def _is_everybodys(url: str) -> bool:
    """Whether whoever wants an account there gets one."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return host == "gitlab.com" or host.endswith(".gitlab.com")


def _flaw_of_address(url: str) -> str | None:
    """Why people's tokens cannot be sent there; None when they can."""
    try:
        address = urlsplit(url)
        host, _ = address.hostname or "", address.port
    except ValueError:
        return "it is no address"
    if address.scheme not in ("http", "https") or not host or any(each.isspace() for each in url):
        return "it is no address of a web server"
    if address.username is not None or address.query or address.fragment:
        return "an address of GitLab has no name, password, question mark or #"
    if address.scheme == "http" and not is_loopback(host):
        return "without HTTPS everybody on the way could read people's tokens"
    return None
