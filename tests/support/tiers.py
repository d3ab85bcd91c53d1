"""The test program of the promises (never lost): its tiers, its batches, and the record of long runs. A pytest plugin.

    @pytest.mark.never_lost("T2", quick=2_000, full=50_000, batch=250, always=(17, 4711))
    def test_everything_at_once(seeds: Seeds) -> None:
        for seed in seeds:
            simulate(seed, a_day)

The marker's word is what `--only` selects by. A test with an argument `seeds` gets the seeds 0 to `quick`, with
`--full` 0 to `full`, in batches, so that all cores share them; a batch should take less than a minute. `always` are
seeds at which a fault was found once: they are run in every tier. A test without seeds has the word alone.

    --only T2            only this part of the program; may be given several times
    --seeds 100:200      just these seeds, in either tier; may be given several times

A failing test prints its seed and the command that repeats it. With `--full` each batch, or test without seeds, that
has ended is a line of `.never_lost/record.jsonl` in the checkout: what was run, of which commit, how it ended, when,
how long. What has passed there is not run again by the same code (`code` is a digest of the program and of this test
program), so that a long run can be stopped and goes on where it was. `--seeds` runs whatever it names, in the record
or not.
`NEVER_LOST_AT_MOST` in the environment is the most seeds of any test (`dev.py faults` sets it).
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import overload

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path(".never_lost", "record.jsonl")
"""Below the root of the checkout."""
PROPERTY = "never_lost"
AT_MOST = "NEVER_LOST_AT_MOST"
CODE = ("pdm_desktop", "server", "tests/support", "tests/never_lost")
"""What has to be the same for a run to go on from another."""


class Seeds(Sequence[int]):
    """Seeds of one batch. It knows which one a loop over it has come to."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._seeds = seeds
        self.current: int | None = None

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> "Seeds": ...

    def __getitem__(self, index: int | slice) -> "int | Seeds":
        return Seeds(self._seeds[index]) if isinstance(index, slice) else self._seeds[index]

    def __len__(self) -> int:
        return len(self._seeds)

    def __iter__(self) -> Iterator[int]:
        for seed in self._seeds:
            self.current = seed
            yield seed

    def __str__(self) -> str:
        return f"{self._seeds[0]}:{self._seeds[-1] + 1}"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("never_lost", "the test program of the promises")
    group.addoption("--only", action="append", metavar="T2", help="only this part of the program")
    group.addoption("--seeds", action="append", metavar="A:B", help="just the seeds from A to before B")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "never_lost(word, quick, full, batch, always): a part of the test program")
    chosen = config.getoption("--seeds")
    config.stash[_chosen] = None if chosen is None else [seeds_of(each) for each in chosen]
    if config.getoption("--full") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config.rootpath / RECORD), "never_lost_record")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("never_lost")
    if marker is None or "seeds" not in metafunc.fixturenames:
        return
    options = metafunc.config
    batches = batches_of(
        marker.kwargs["full" if options.getoption("--full") else "quick"],
        marker.kwargs["batch"],
        always=marker.kwargs.get("always", ()),
        chosen=options.stash[_chosen],
        at_most=int(most) if (most := os.environ.get(AT_MOST)) else None,
    )
    metafunc.parametrize("seeds", batches, ids=str)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--only")
    if wanted:
        others = [each for each in items if _word(each) not in wanted]
        items[:] = [each for each in items if _word(each) in wanted]
        config.hook.pytest_deselected(items=others)
    goes_on = config.getoption("--full") and config.stash[_chosen] is None
    done = passed_by(code(), config.rootpath / RECORD) if goes_on else set()
    for item in items:
        if _word(item) is None:
            continue
        part = _part(item)
        item.user_properties.append((PROPERTY, {"only": _word(item), "test": part[0], "seeds": part[1]}))
        if part in done:
            item.add_marker(pytest.mark.skip(reason=f"this code has passed it: {RECORD.as_posix()}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    seeds = _seeds(item)
    if report.failed and seeds is not None:
        report.sections.append(("to repeat it", repeating(_word(item), seeds)))
    return report


def repeating(word: str | None, seeds: Seeds) -> str:
    """The command that runs again the seed to which a batch has come, or all of a batch that is one run."""
    again = str(seeds) if seeds.current is None else f"{seeds.current}:{seeds.current + 1}"
    return f"seed {again.partition(':')[0]}: python3 dev.py test --only {word} --seeds {again}"


def seeds_of(text: str) -> range:
    """Read `A:B`. Raises pytest.UsageError for anything else."""
    first, colon, end = text.partition(":")
    if not (colon and first.isdecimal() and end.isdecimal() and int(first) < int(end)):
        raise pytest.UsageError(f"--seeds takes two numbers such as 0:500, the second the larger one, not {text!r}")
    return range(int(first), int(end))


def batches_of(
    number: int,
    batch: int,
    *,
    always: Sequence[int] = (),
    chosen: Sequence[range] | None = None,
    at_most: int | None = None,
) -> list[Seeds]:
    """Divide the seeds from 0 to `number`, or the chosen ones, into batches; first come those that are always run."""
    batches: list[Seeds] = []
    for seeds in [range(number)] if chosen is None else chosen:
        left = len(seeds) if at_most is None else at_most - sum(map(len, batches))
        some = seeds[: max(left, 0)]
        batches += [Seeds(some[first : first + batch]) for first in range(0, len(some), batch)]
    return [*(Seeds((seed,)) for seed in always if chosen is None), *batches]


@cache
def code() -> str:
    """A digest of everything that a run depends on."""
    digest = hashlib.blake2b(digest_size=16)
    files = [each for folder in CODE for each in (ROOT / folder).rglob("*.py")]
    for path in sorted([*files, ROOT / "pyproject.toml"]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def passed_by(of: str, record: Path) -> set[tuple[str, str | None]]:
    """Test and seeds of each part that some code has passed. A last line that was cut off counts as not written."""
    if not record.exists():
        return set()
    passed: set[tuple[str, str | None]] = set()
    for line in record.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("}\n"):
            entry = json.loads(line)
            if entry["code"] == of and entry["outcome"] == "passed":
                passed.add((entry["test"], entry["seeds"]))
    return passed


class Recorder:
    """Appends each batch that has ended to the record."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._code = code()
        self._commit = _commit()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        batch = dict(report.user_properties).get(PROPERTY)
        if not isinstance(batch, dict) or report.skipped or not (report.when == "call" or report.failed):
            return
        entry = {
            **batch,
            "outcome": report.outcome,
            "seconds": round(report.duration, 1),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": self._commit,
            "code": self._code,
        }
        self._record.parent.mkdir(exist_ok=True)
        with self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


_chosen = pytest.StashKey[list[range] | None]()


def _word(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("never_lost")
    return None if marker is None else marker.args[0]


def _seeds(item: pytest.Item) -> Seeds | None:
    call = getattr(item, "callspec", None)
    found = None if call is None else call.params.get("seeds")
    return found if isinstance(found, Seeds) else None


def _part(item: pytest.Item) -> tuple[str, str | None]:
    """Test and seeds; what has no seeds is known by its name alone."""
    seeds = _seeds(item)
    return (item.nodeid, None) if seeds is None else (item.nodeid.partition("[")[0], str(seeds))


def _commit() -> str | None:
    """The commit of the checkout; None where it is none."""
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return found.stdout.strip() or None
