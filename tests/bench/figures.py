"""A measured figure beside its goal, a benchmark that failed, and the table and JSON that benchmarks end in."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: the median of its runs unless said otherwise. `goal` is what it may be at most, or at least."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    """The goal is a lower bound."""
    runs: Sequence[float] = ()
    """What each run gave, in the unit."""
    peers: Mapping[str, float] = field(default_factory=dict)
    """The same figure of something to compare with, from the same run."""

    @property
    def met(self) -> bool | None:
        """The goal is reached; None where there is no goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A benchmark that gave no figures."""

    name: str
    reason: str
    """In one line."""


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which that share of the values lies (inclusive method). Needs two values at least."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def table(rows: Sequence[Figure | Failed]) -> str:
    """The figures as people read them, one line each; a benchmark that failed has one with its reason."""
    lines = [f"{'figure':32}{'value':>12}  {'unit':8}{'goal':>12}  {'met':4}  beside it"]
    for each in rows:
        if isinstance(each, Failed):
            lines.append(f"{each.name:32}{'FAILED':>12}  {each.reason}")
            continue
        goal = "" if each.goal is None else f"{'>=' if each.at_least else '<='} {each.goal:g}"
        met = {None: "", True: "yes", False: "NO"}[each.met]
        peers = ", ".join(f"{name} {value:.2f}" for name, value in each.peers.items())
        lines.append(f"{each.name:32}{each.value:12.2f}  {each.unit:8}{goal:>12}  {met:4}  {peers}".rstrip())
    return "\n".join(lines)


def as_json(rows: Sequence[Figure | Failed]) -> str:
    """The figures for programs: a list of name, value, unit, goal, met, peers, runs; of what failed name and failed."""
    return json.dumps(list(map(_plain, rows)), indent=2) + "\n"


def _plain(row: Figure | Failed) -> dict[str, Any]:
    if isinstance(row, Failed):
        return {"name": row.name, "failed": row.reason}
    plain = {**asdict(row), "met": row.met, "runs": list(row.runs)}
    del plain["at_least"]
    return plain
