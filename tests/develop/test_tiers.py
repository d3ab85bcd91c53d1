"""The tiers are tested themselves: a small program of two tests, run by pytest with the plugin and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tiers import AT_MOST, RECORD, ROOT, Seeds, batches_of, passed_by, seeds_of

CONFTEST = """\
pytest_plugins = ["tests.support.tiers"]


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true")
"""
PROGRAM = """\
import pathlib
import pytest


@pytest.mark.never_lost("T1", quick=4, full=10, batch=3, always=(711,))
def test_numbers(seeds):
    for seed in seeds:
        with pathlib.Path("seen").open("a") as file:
            file.write(f"{seed}\\n")
        assert seed != 8 or pathlib.Path("repaired").exists()


@pytest.mark.never_lost("T2")
def test_other():
    pathlib.Path("other").touch()


def test_without_a_word():
    pathlib.Path("without a word").touch()
"""


class Program:
    """The small program in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "test_small.py").write_text(PROGRAM)

    def run(self, *options: str, most: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run it with these options."""
        (self.folder / "seen").unlink(missing_ok=True)
        words = ["-q", "-ra", "-p", "no:cacheprovider", "--rootdir", ".", *options]
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", AT_MOST))}
        variables |= {"PYTHONPATH": str(ROOT)} | ({} if most is None else {AT_MOST: str(most)})
        command = [sys.executable, "-P", "-m", "pytest", *words]
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)

    @property
    def seen(self) -> list[int]:
        """The seeds that the last run came to, sorted."""
        path = self.folder / "seen"
        return sorted(map(int, path.read_text().split())) if path.exists() else []


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_the_quick_tier_runs_its_number_and_the_seeds_of_old_faults(program: Program) -> None:
    assert program.run().returncode == 0
    assert program.seen == [0, 1, 2, 3, 711]
    assert (program.folder / "other").exists()
    assert not (program.folder / RECORD).exists()


def test_a_part_is_chosen_by_its_word(program: Program) -> None:
    assert program.run("--only", "T1", "--seeds", "2:6").returncode == 0
    assert program.seen == [2, 3, 4, 5]
    assert not (program.folder / "other").exists()
    assert not (program.folder / "without a word").exists()
    assert program.run("--only", "T9").returncode == 5, "nothing of that word is not a success"


def test_several_ranges_of_seeds_and_several_words_are_all_run(program: Program) -> None:
    run = program.run("--only", "T1", "--only", "T2", "--seeds", "1:3", "--seeds", "20:24")
    assert run.returncode == 0
    assert program.seen == [1, 2, 20, 21, 22, 23]
    assert (program.folder / "other").exists()
    assert program.run("--seeds", "1:3", "--seeds", "3:1").returncode == 4, "each of them has to be right"


def test_a_failing_seed_is_said_with_the_command_that_repeats_it(program: Program) -> None:
    run = program.run("--seeds", "5:20")
    assert run.returncode == 1
    assert "seed 8: python3 dev.py test --only T1 --seeds 8:9" in run.stdout
    assert program.run("--only", "T1", "--seeds", "8:9").returncode == 1
    assert program.seen == [8]


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_long_run_goes_on_from_what_has_passed(program: Program, options: tuple[str, ...]) -> None:
    assert program.run("--full", *options).returncode == 1
    assert program.seen == [*range(10), 711]
    lines = [json.loads(line) for line in (program.folder / RECORD).read_text().splitlines()]
    assert {each["seeds"]: each["outcome"] for each in lines} == {
        "711:712": "passed", "0:3": "passed", "3:6": "passed", "6:9": "failed", "9:10": "passed", None: "passed",
    }  # fmt: skip
    assert {(each["only"], each["test"].partition("::")[2]) for each in lines} == {
        ("T1", "test_numbers"), ("T2", "test_other"),
    }  # fmt: skip
    assert all({"commit", "code", "at", "seconds"} <= set(each) for each in lines)
    (program.folder / "repaired").touch()
    (program.folder / "other").unlink()
    run = program.run("--full", *options)
    assert run.returncode == 0
    assert program.seen == [6, 7, 8]
    assert not (program.folder / "other").exists()
    assert "this code has passed it: .never_lost/record.jsonl" in run.stdout
    assert program.run("--full", "--seeds", "0:2").returncode == 0
    assert program.seen == [0, 1]


def test_other_code_begins_anew_and_a_line_that_was_cut_off_counts_as_none(program: Program) -> None:
    assert program.run("--full", "--only", "T1", "--seeds", "0:3").returncode == 0
    record = program.folder / RECORD
    (line,) = record.read_text().splitlines(keepends=True)
    of = json.loads(line)["code"]
    assert passed_by(of, record) == {("test_small.py::test_numbers", "0:3")}
    assert passed_by("other code", record) == set()
    record.write_text(line.replace("0:3", "3:6") + line[:-1])
    assert passed_by(of, record) == {("test_small.py::test_numbers", "3:6")}
    assert passed_by(of, program.folder / "none") == set()


def test_no_test_has_more_seeds_than_the_environment_allows(program: Program) -> None:
    assert program.run(most=2).returncode == 0
    assert program.seen == [0, 1, 711]


@pytest.mark.parametrize("text", ["", "5", "a:b", "5:5", "7:3", "-1:4", "1:2:3"])
def test_seeds_are_two_numbers(text: str) -> None:
    with pytest.raises(pytest.UsageError, match="two numbers such as 0:500"):
        seeds_of(text)


def test_batches_hold_every_seed_once() -> None:
    batches = batches_of(1_000, 300, always=(17,))
    assert [str(each) for each in batches] == ["17:18", "0:300", "300:600", "600:900", "900:1000"]
    assert [seed for each in batches[1:] for seed in each] == list(range(1_000))
    assert [str(each) for each in batches_of(1_000, 300, always=(17,), chosen=[range(40, 50)])] == ["40:50"]
    several = [range(40, 45), range(7, 8)]
    assert [str(each) for each in batches_of(1_000, 3, chosen=several)] == ["40:43", "43:45", "7:8"]
    assert [str(each) for each in batches_of(1_000, 3, chosen=several, at_most=4)] == ["40:43", "43:44"]


def test_seeds_know_where_a_loop_is() -> None:
    seeds = Seeds(range(5, 9))
    for seed in seeds:
        assert seeds.current == seed
        if seed == 7:
            break
    assert seeds.current == 7
    assert list(seeds[1:3]) == [6, 7]
