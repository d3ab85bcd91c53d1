"""What can be wrong with a call: one code for each, with its HTTP status (RFC 9457 problem details)."""

from enum import Enum

from server.protocol.records import dataclass
from server.protocol.vault import Lock, Revision


class Code(Enum):
    """The `code` of a problem, and the status it travels with."""

    BAD_REQUEST = ("bad_request", 400)
    FORBIDDEN_NAME = ("forbidden_name", 400)
    NOT_SIGNED_IN = ("not_signed_in", 401)
    WRONG_PASSWORD = ("wrong_password", 401)
    WRONG_CODE = ("wrong_code", 401)
    TOKEN_NEEDED = ("token_needed", 401)
    """This sign-in takes the person's GitLab token beside the password."""
    TOKEN_REFUSED = ("token_refused", 401)
    """GitLab does not know the token, or not any more."""
    FORBIDDEN = ("forbidden", 403)
    GITLAB_FORBIDS = ("gitlab_forbids", 403)
    """GitLab knows the token, and it is not enough: its scope, its account, a membership."""
    FOREIGN_ORIGIN = ("foreign_origin", 403)
    FOREIGN_SEAT = ("foreign_seat", 403)
    NOT_FOUND = ("not_found", 404)
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405)
    NAME_TAKEN = ("name_taken", 409)
    SEAT_TAKEN = ("seat_taken", 409)
    LAST_ADMINISTRATOR = ("last_administrator", 409)
    """Without this person nobody could administer the server."""
    PASSWORD_EXISTS = ("password_exists", 409)
    """A GitLab token is for a first sign-in, and this person has a password."""
    NOT_YOURS = ("not_yours", 409)
    """The lock is not yours, or its token is an older one."""
    OLD_BASE = ("old_base", 409)
    OTHERWISE = ("otherwise", 409)
    """What the call goes by is not so, or no longer: the file is free, another check-out has it, a request is over."""
    WRONG_OFFSET = ("wrong_offset", 409)
    """The upload goes on elsewhere; `offset` says where."""
    ALREADY_RUNS = ("already_runs", 409)
    """Somebody began that already, and it is not finished."""
    NOT_SET_UP = ("not_set_up", 409)
    """The server has no setting for that, or it leads nowhere."""
    CODE_EXPIRED = ("code_expired", 410)
    GONE = ("gone", 410)
    """The file is deleted, or the upload has ended."""
    NOT_ARRIVED = ("not_arrived", 410)
    """The content of a new file or revision is not here, or no longer: send it again."""
    TOO_FAR_BEHIND = ("too_far_behind", 410)
    """Events from that number on are no longer kept: take a snapshot."""
    TOO_LARGE = ("too_large", 413)
    UNSUPPORTED = ("unsupported", 415)
    BAD_RANGE = ("bad_range", 416)
    INVALID = ("invalid", 422)
    AGAINST_RULE = ("against_rule", 422)
    """A rule of the vault does not allow it."""
    WRONG_HASH = ("wrong_hash", 422)
    KEY_REUSED = ("key_reused", 422)
    LOCKED = ("locked", 423)
    """Somebody holds the file; `lock` says who."""
    TOO_MANY = ("too_many", 429)
    TOO_MANY_UPLOADS = ("too_many_uploads", 429)
    """Finish an open upload, or give one up."""
    GITLAB_BUSY = ("gitlab_busy", 429)
    INTERNAL = ("internal", 500)
    GITLAB_TROUBLE = ("gitlab_trouble", 502)
    """What GitLab answered is of no use: an error of its own, another host, no GitLab at all."""
    NOT_READY = ("not_ready", 503)
    GITLAB_AWAY = ("gitlab_away", 503)
    GITLAB_SLOW = ("gitlab_slow", 504)
    FULL = ("full", 507)

    def __init__(self, word: str, status: int) -> None:
        self.word = word
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The body of an answer that is not a success, media type `application/problem+json`."""

    type: str = "about:blank"
    status: int
    code: str
    """The word of a Code; programs decide by it."""
    title: str
    detail: str
    """What is wrong and what to do, for a person."""
    path: str | None = None
    """The file that it is about."""
    lock: Lock | None = None
    """Who holds that file, with `locked` and `not_yours`."""
    head: Revision | None = None
    """The newest revision, with `old_base`."""
    offset: int | None = None
    """Where the upload goes on, with `wrong_offset`."""
    parked: str | None = None
    """The parked version that keeps what was sent, with `not_yours`, `old_base` and `gone` of a check-in."""
    missing: list[str] | None = None
    """What the server cannot reach now, with `not_ready` of `/readyz`: `database`, `contents`, `bus`."""
    retry_after: float | None = None
    """Seconds to wait, with 429 and 503; also in the header Retry-After."""
