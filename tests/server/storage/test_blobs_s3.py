"""Contents in a bucket when S3 is away, slow, or answers with errors: nothing is taken for lost, and no key is told."""

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from blake3 import blake3

from server.bucket import bucket_at
from server.domain.errors import ContentsAway, Full
from server.storage.blobs import Content
from server.storage.blobs_disk import DiskBlobs
from server.storage.contents import OtherContents, contents_in, open_contents
from server.storage.small_contents import AHEAD
from tests.support.s3 import KEYS, S3, Faults, faults

if sys.platform == "win32":
    pytest.skip("a server on Windows has its contents on its disk", allow_module_level=True)

from obstore.exceptions import BaseError

from server.storage import objects
from server.storage.blobs_s3 import MARKER, S3Blobs, place_of

ROOT = Path(__file__).resolve().parents[3]
CONTENT = os.urandom(2**20 * 9 + 77)
HASH = blake3(CONTENT).hexdigest()
WHOLE = Content(size=len(CONTENT), hash=HASH)
LITTLE = b"G1 X10\n"
LITTLE_ONE = Content(size=len(LITTLE), hash=blake3(LITTLE).hexdigest())
HALF = 2**22 + 2**21


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trying again takes no seconds."""
    monkeypatch.setattr(objects, "_FIRST_WAIT", timedelta(milliseconds=1))
    monkeypatch.setattr(objects, "_LONGEST_WAIT", timedelta(milliseconds=2))


@pytest.fixture
def far(s3: S3, line: Faults, keys: None) -> str:
    """A fresh bucket at the other end of the line."""
    return s3.bucket(endpoint=line.address)


@pytest.fixture
def blobs(far: str) -> S3Blobs:
    made = S3Blobs(bucket_at(far))
    made.prepare()
    return made


def store(blobs: S3Blobs, content: bytes) -> Content:
    incoming = blobs.begin()
    for start in range(0, len(content), 2**20):
        incoming.write(content[start : start + 2**20])
    kept = incoming.finish()
    incoming.assemble()
    incoming.keep()
    incoming.discard()
    return kept


def write(blobs: S3Blobs, piece: bytes, *, at: int, name: str = "one") -> int:
    growing = blobs.growing(name)
    growing.open(at)
    for start in range(0, len(piece), 2**20):
        growing.write(piece[start : start + 2**20])
    kept = growing.sync()
    growing.close()
    return kept


def test_little_content_is_one_request_each_way(blobs: S3Blobs, line: Faults) -> None:
    line.asked.clear()
    store(blobs, LITTLE)
    assert [method for method, _ in line.asked] == ["PUT"]
    line.asked.clear()
    with blobs.open(LITTLE_ONE.hash) as stored:
        assert stored.read(100) == LITTLE
        assert stored.read(100) == b""
    assert [method for method, _ in line.asked] == ["GET"]


def test_a_piece_of_much_content_brings_little_with_it(blobs: S3Blobs, line: Faults) -> None:
    store(blobs, CONTENT)
    line.asked.clear()
    line.moved = 0
    with blobs.open(HASH, at=2**20) as stored:
        assert stored.read(10) == CONTENT[2**20 : 2**20 + 10]
        stored.seek(2**22)
        assert stored.read(10) == CONTENT[2**22 : 2**22 + 10]
    assert line.count("GET") == 2
    assert line.moved < 2**20


def test_small_contents_are_waited_for_together(blobs: S3Blobs, line: Faults) -> None:
    """As many as are read ahead are asked for before the first of them is answered."""
    wanted = [store(blobs, b"%d" % number) for number in range(AHEAD + 3)]
    line.gathering = threading.Barrier(AHEAD)
    small = blobs.small(wanted)
    assert next(small) == b"0"
    line.gathering = None
    assert [next(small) for _ in wanted[1:]] == [b"%d" % number for number in range(1, AHEAD + 3)]


def test_content_of_one_segment_does_not_move_again(blobs: S3Blobs, line: Faults) -> None:
    write(blobs, LITTLE, at=0)
    line.asked.clear()
    blobs.growing("one").keep(LITTLE_ONE)
    assert line.count("GET", "growing/one/") == 0
    assert line.count("PUT") == 1
    assert blobs.is_whole(LITTLE_ONE)


def test_a_slow_line_leaves_few_segments(blobs: S3Blobs, s3: S3, far: str) -> None:
    """A second brings some kilobytes, and each is to be durable: the last segment is put once more, and longer."""
    growing = blobs.growing("one")
    growing.open(0)
    for start in range(0, 2**21, 2**17):
        growing.write(CONTENT[start : start + 2**17])
        assert growing.sync() == start + 2**17
        assert len([name for name in s3.objects(far) if name.startswith("growing/")]) <= 3
    growing.close()


def test_a_node_that_was_thought_to_be_dead_spoils_nothing(blobs: S3Blobs, far: str) -> None:
    """Its last segment, of other bytes, is put when another node has gone on behind what was kept before."""
    dead, alive = blobs.growing("one"), S3Blobs(bucket_at(far)).growing("one")
    dead.open(0)
    dead.write(CONTENT[:HALF])
    assert dead.sync() == HALF
    dead.write(bytes(2**20 * 2))
    alive.open(HALF)
    alive.write(CONTENT[HALF:])
    assert alive.sync() == len(CONTENT)
    dead.sync()
    dead.close()
    alive.close()
    third = S3Blobs(bucket_at(far)).growing("one")
    third.open(len(CONTENT))
    third.sync()
    assert third.content() == WHOLE
    third.close()


def test_what_another_node_has_changed_meanwhile_is_read_again(blobs: S3Blobs, far: str) -> None:
    """What this node remembers of the hash belongs to segments that are no longer there."""
    first = blobs.growing("one")
    first.open(0)
    first.write(CONTENT[:5])
    first.sync()
    first.write(b"other")
    assert first.sync() == 10
    first.close()
    assert write(S3Blobs(bucket_at(far)), CONTENT[5:], at=5) == len(CONTENT)
    first.open(10)
    assert first.content() == Content(size=10, hash=blake3(CONTENT[:10]).hexdigest())
    first.close()


def test_what_lies_under_a_hash_is_that_content_whatever_has_happened_to_its_segments(
    blobs: S3Blobs, s3: S3, far: str
) -> None:
    write(blobs, CONTENT, at=0)
    name, segment = next((name, each) for name, each in s3.objects(far).items() if name.startswith("growing/"))
    s3.put(far, name, segment[:-1] + bytes([segment[-1] ^ 1]))
    growing = blobs.growing("one")
    with pytest.raises(ValueError, match="has other bytes than it was given"):
        growing.assemble(WHOLE)
    assert not blobs.has(WHOLE)
    assert s3.begun(far) == 0
    growing.open(len(CONTENT))
    assert growing.content() != WHOLE, "now it is read again, and found"
    growing.close()


Step = Callable[[S3Blobs], object]
STEPS: dict[str, Step] = {
    "has": lambda blobs: blobs.has(LITTLE_ONE),
    "is_settled": lambda blobs: blobs.is_settled(LITTLE_ONE),
    "is_whole": lambda blobs: blobs.is_whole(LITTLE_ONE),
    "open": lambda blobs: blobs.open(LITTLE_ONE.hash),
    "remove": lambda blobs: blobs.remove(LITTLE_ONE.hash),
    "reach": lambda blobs: blobs.reach(),
    "prepare": lambda blobs: blobs.prepare(),
    "on_disk": lambda blobs: blobs.growing("one").on_disk(),
    "go on": lambda blobs: blobs.growing("one").open(0),
    "list": lambda blobs: list(blobs.older_than(datetime.now(UTC))),
    "store": lambda blobs: store(blobs, LITTLE),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_a_bucket_that_is_away_is_not_a_bucket_without_the_content(blobs: S3Blobs, line: Faults, step: Step) -> None:
    store(blobs, LITTLE)
    line.is_refusing = True
    with pytest.raises(ContentsAway) as away:
        step(blobs)
    assert away.value.problem().status == 503
    assert away.value.retry_after
    line.is_refusing = False
    assert blobs.is_whole(LITTLE_ONE)


@pytest.mark.parametrize("status", [500, 503])
def test_a_short_trouble_of_s3_is_nobodys(blobs: S3Blobs, line: Faults, status: int) -> None:
    line.answers = [("PUT", "", status), ("GET", "", status), ("GET", "", status), ("HEAD", "", status)]
    store(blobs, LITTLE)
    assert blobs.is_whole(LITTLE_ONE)
    assert line.answers == []


def test_an_answer_that_is_cut_in_the_middle_is_no_content(blobs: S3Blobs, line: Faults) -> None:
    store(blobs, LITTLE)
    line.cuts = [("GET", place_of(LITTLE_ONE.hash), 3)]
    assert blobs.is_whole(LITTLE_ONE)
    assert line.cuts == []


def test_a_put_whose_answer_is_lost_is_stored_once(blobs: S3Blobs, line: Faults, s3: S3, far: str) -> None:
    line.lost = [("PUT", place_of(LITTLE_ONE.hash))]
    store(blobs, LITTLE)
    assert line.lost == []
    assert s3.objects(far).keys() == {MARKER, place_of(LITTLE_ONE.hash)}


def test_what_could_not_be_sent_on_does_not_count_and_what_was_kept_does(blobs: S3Blobs, line: Faults) -> None:
    growing = blobs.growing("one")
    growing.open(0)
    growing.write(CONTENT[:HALF])
    assert growing.sync() == HALF
    growing.write(CONTENT[HALF : HALF + 5])
    line.is_refusing = True
    with pytest.raises(ContentsAway):
        growing.sync()
    line.is_refusing = False
    with pytest.raises(ContentsAway):
        growing.sync()
    with pytest.raises(ContentsAway):
        growing.write(b"more")
    growing.close()
    assert growing.content() == Content(size=HALF, hash=blake3(CONTENT[:HALF]).hexdigest())
    assert growing.on_disk() == HALF
    assert write(blobs, CONTENT[HALF:], at=HALF) == len(CONTENT)
    growing.keep(WHOLE)
    assert blobs.is_whole(WHOLE)


def test_what_breaks_off_while_it_is_put_together_is_nothing_and_is_done_again(
    blobs: S3Blobs, line: Faults, s3: S3, far: str
) -> None:
    write(blobs, CONTENT, at=0)
    growing = blobs.growing("one")
    line.answers = [("GET", "growing/one/", 403)]
    with pytest.raises(ContentsAway):
        growing.assemble(WHOLE)
    assert not blobs.has(WHOLE)
    growing.assemble(WHOLE)
    growing.keep(WHOLE)
    assert blobs.is_whole(WHOLE)
    assert s3.begun(far) == 0
    assert s3.objects(far).keys() == {MARKER, place_of(HASH)}


def test_what_cannot_be_removed_when_it_is_kept_spoils_nothing(blobs: S3Blobs, line: Faults) -> None:
    write(blobs, CONTENT, at=0)
    line.answers = [("DELETE", "growing/one/", 403)]
    blobs.growing("one").keep(WHOLE)
    assert blobs.is_whole(WHOLE)
    assert line.answers == []


def test_an_emptied_bucket_is_not_reached(blobs: S3Blobs, s3: S3, far: str) -> None:
    blobs.reach()
    s3.remove(far, MARKER)
    with pytest.raises(ContentsAway, match="reach its store") as away:
        blobs.reach()
    assert MARKER in away.value.why


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "does not let this server in, or not write"), (500, "answered 500"), (400, "answered 400")],
)
def test_what_is_wrong_with_a_bucket_is_said(blobs: S3Blobs, line: Faults, status: int, words: str) -> None:
    line.answers = [("PUT", MARKER, status)] * objects.TRIES
    with pytest.raises(ContentsAway) as away:
        blobs.prepare()
    assert words in away.value.why
    assert "“test-" in away.value.why


def test_nothing_there_is_said_as_that(blobs: S3Blobs, line: Faults, s3: S3, keys: None) -> None:
    with pytest.raises(ContentsAway) as away:
        S3Blobs(bucket_at(s3.url("nobody-made-it"))).prepare()
    assert "there is no such bucket" in away.value.why
    with pytest.raises(ContentsAway) as away:
        S3Blobs(bucket_at("s3://shop?endpoint=http://127.0.0.1:1")).prepare()
    assert "nothing can be reached" in away.value.why


def test_a_certificate_of_the_shops_own_is_trusted_when_it_is_named(s3: S3, keys: None, tmp_path: Path) -> None:
    own, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("127.0.0.1").configure_cert(tls)
    own.cert_pem.write_to_path(tmp_path / "shop.pem")
    with faults(s3.address, tls=tls) as line:
        url = s3.bucket(endpoint=line.address)
        with pytest.raises(ContentsAway) as away:
            S3Blobs(bucket_at(url)).prepare()
        assert "certificate is not trusted" in away.value.why
        trusting = S3Blobs(bucket_at(f"{url}&trust={tmp_path / 'shop.pem'}"))
        store(trusting, LITTLE)
        assert trusting.is_whole(LITTLE_ONE)


def test_a_full_service_is_a_full_disk(blobs: S3Blobs, line: Faults) -> None:
    line.answers = [("PUT", "", 507)] * objects.TRIES
    with pytest.raises(Full):
        store(blobs, LITTLE)


def test_no_error_has_a_key_or_the_text_of_the_answer_in_it() -> None:
    text = (
        "Error performing PUT https://s3.shop.example/b/x in 5ms - Server returned non-2xx status code: 403 Forbidden:"
        f" <Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{KEYS['AWS_ACCESS_KEY_ID']}</AWSAccessKeyId>"
        "<StringToSign>AWS4-HMAC-SHA256</StringToSign></Error>"
    )
    assert objects.why(BaseError(text)) == "the secret key is another one (SignatureDoesNotMatch)"
    metadata = "Error performing PUT http://169.254.169.254/latest/api/token - kind: Connect"
    assert "AWS_ACCESS_KEY_ID" in objects.why(BaseError(metadata))
    assert objects.why(BaseError("kind: Timeout")) == "it does not answer in time"
    assert objects.why(BaseError("unheard of")) == "the connection broke off"


def test_a_bucket_without_what_the_database_names_is_taken_for_a_wrong_one(s3: S3, keys: None, tmp_path: Path) -> None:
    """Until something of it is there, or somebody says by hand that it is to be so."""
    bucket = bucket_at(url := s3.bucket())
    with pytest.raises(OtherContents, match="“blobs_url”"):
        open_contents(tmp_path, bucket, owner="a", named=[WHOLE, LITTLE_ONE])
    assert s3.objects(url) == {}
    store(S3Blobs(bucket), LITTLE)
    open_contents(tmp_path, bucket, owner="a", named=[WHOLE, LITTLE_ONE])
    open_contents(tmp_path, bucket_at(s3.bucket()), owner="a", named=[])
    lost = s3.bucket()
    s3.put(lost, MARKER, b"yes, it is empty")
    open_contents(tmp_path, bucket_at(lost), owner="a", named=[WHOLE])
    with pytest.raises(ContentsAway) as away:
        open_contents(tmp_path, bucket_at(s3.url("nobody-made-it")), owner="a", named=[WHOLE])
    assert "there is no such bucket" in away.value.why


def test_two_servers_never_have_their_contents_at_the_same_place(s3: S3, keys: None, tmp_path: Path) -> None:
    """The collection of each would remove what only the other knows of."""
    url = s3.bucket(prefix="one")
    for _ in range(2):
        open_contents(tmp_path, bucket_at(url), owner="one", named=[])
    with pytest.raises(OtherContents, match="a prefix of its own"):
        open_contents(tmp_path, bucket_at(url), owner="two", named=[])
    open_contents(tmp_path, bucket_at(url.replace("/one?", "/two?")), owner="two", named=[])
    s3.remove(url, MARKER)
    open_contents(tmp_path, bucket_at(url), owner="two", named=[])


def test_the_engine_is_loaded_only_where_a_bucket_is_chosen(tmp_path: Path) -> None:
    assert isinstance(contents_in(tmp_path, None), DiskBlobs)
    lines = (
        "import sys, server.app, server.cli.serve, server.storage.contents as contents",
        "from pathlib import Path",
        "contents.contents_in(Path('x'), None)",
        "print([name for name in sys.modules if name.startswith('obstore')])",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
