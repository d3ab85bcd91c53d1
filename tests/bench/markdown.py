"""`python -m tests.bench.markdown FILE.json`: what benchmarks found, as the table of docs/performance.md."""

import argparse
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FEWER_DIGITS = 100
"""From here on a figure needs no digits behind its point."""


def markdown(rows: Sequence[Mapping[str, Any]], machine: str) -> str:
    """The figures of `figures.as_json` as a table of Markdown, below a line about the machine."""
    lines = [machine, "", "| figure | value | goal | | beside it, in the same run |", "|---|---|---|---|---|"]
    for row in rows:
        if "failed" in row:
            lines.append(f"| `{row['name']}` | failed: {row['failed']} |  |  |  |")
            continue
        met = {None: "", True: "met", False: "**missed**"}[row["met"]]
        goal = "" if row["goal"] is None else f"{number(row['goal'])}"
        peers = "; ".join(f"{name} {number(value)}" for name, value in row["peers"].items())
        value = f"{number(row['value'])} {row['unit']}".strip()
        lines.append(f"| `{row['name']}` | {value} | {goal} | {met} | {peers} |")
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """A figure with as many digits as it deserves."""
    if abs(value) >= FEWER_DIGITS or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def this_machine() -> str:
    """What the figures were taken on: processors, memory, system and Python."""
    names = {line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")}
    total = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal:")), 0)
    parts = [
        f"{os.cpu_count()} processors ({', '.join(sorted(names)) or platform.processor() or platform.machine()})",
        f"{total / 2**20:.0f} GiB of memory" if total else "",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
    ]
    return ", ".join(part for part in parts if part)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:  # not on Windows
        return []


def main() -> None:
    """Print the table of a file that `dev.py bench --json` wrote on this computer."""
    parser = argparse.ArgumentParser(prog="tests.bench.markdown", description=main.__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="what `--json` wrote")
    rows = [row for file in parser.parse_args().files for row in json.loads(file.read_text(encoding="utf-8"))]
    print(markdown(rows, this_machine()), end="")


if __name__ == "__main__":
    main()
