"""`python3 dev.py bench [--only NAME] [--json FILE]`: run the benchmarks and print each figure beside its goal."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

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
from tests.bench.figures import Figure, as_json, table

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


def main() -> None:
    """Run all, or the one that `--only` names."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure, and print each figure beside its goal.")
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="run this one alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    arguments = parser.parse_args()
    chosen = [arguments.only] if arguments.only else list(BENCHMARKS)
    figures = [figure for name in chosen for figure in BENCHMARKS[name]()]
    print(table(figures))
    if arguments.json:
        arguments.json.write_text(as_json(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
