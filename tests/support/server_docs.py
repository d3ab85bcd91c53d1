"""What docs/server.md says in its tables."""

from pathlib import Path
from typing import Final

TEXT: Final = (Path(__file__).resolve().parents[2] / "docs" / "server.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The table under that first column: its rows by what stands in their first cell."""
    table = TEXT.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {first.strip("`"): rest for first, *rest in cells}
