"""`python3 dev.py bench [--only NAME] [--json FILE]`: run the benchmarks and print each figure beside its goal.

One that fails has a line with its reason, the others are run all the same, and the exit code is 1.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import tests.bench.arrivals as arrivals
import tests.bench.blobs_s3 as blobs_s3
import tests.bench.burst as burst
import tests.bench.check_outs as check_outs
import tests.bench.chunks as chunks
import tests.bench.connections as connections
import tests.bench.fan_out as fan_out
import tests.bench.idle as idle
import tests.bench.lock_to_badge as lock_to_badge
import tests.bench.nodes as nodes
import tests.bench.scan as scan
import tests.bench.seat_million as seat_million
import tests.bench.second_node as second_node
import tests.bench.stalled as stalled
import tests.bench.start as start
import tests.bench.transfers as transfers
import tests.bench.tree_call as tree_call
from tests.bench.figures import Failed, Figure, as_json, table

BENCHMARKS: dict[str, Callable[[], Sequence[Figure]]] = {
    "blobs_s3": blobs_s3.run,
    "check_outs": check_outs.run,
    "burst": burst.run,
    "chunks": chunks.run,
    "idle": idle.run,
    "fan_out": fan_out.run,
    "arrivals": arrivals.run,
    "stalled": stalled.run,
    "connections": connections.run,
    "lock_to_badge": lock_to_badge.run,
    "nodes": nodes.run,
    "scan": scan.run,
    "second_node": second_node.run,
    "seat_million": seat_million.run,
    "start": start.run,
    "transfers": transfers.run,
    "small_files": transfers.run_small,
    "tree_call": tree_call.run,
}


FAILURES = (Exception, pytest.fail.Exception)
"""What one benchmark ends with, and no other; the second is what the tests' servers say where one is not installed."""


def measured(chosen: Mapping[str, Callable[[], Sequence[Figure]]]) -> Iterator[list[Figure | Failed]]:
    """What each benchmark gave, in order, or why it gave nothing; how that came about goes to standard error."""
    for number, (name, run) in enumerate(chosen.items(), start=1):
        print(f"{number} of {len(chosen)}: {name} ...", file=sys.stderr, flush=True)
        try:
            yield list(run())
        except FAILURES as error:
            traceback.print_exc()
            yield [Failed(name=name, reason=reason_of(error))]


def reason_of(error: BaseException) -> str:
    """What an error says in its first line, of several that came together the first one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__


def main() -> int:
    """Run all, or the one that `--only` names. Return the exit code: 1 when one failed."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure, and print each figure beside its goal.")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="run this one alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    arguments = parser.parse_args()
    rows: list[Figure | Failed] = []
    for each in measured({name: run for name, run in BENCHMARKS.items() if arguments.only in (None, name)}):
        rows += each
        if arguments.json:  # as it goes: all of them take a quarter of an hour
            arguments.json.write_text(as_json(rows), encoding="utf-8")
    print(table(rows))
    return int(any(isinstance(each, Failed) for each in rows))


if __name__ == "__main__":
    sys.exit(main())
