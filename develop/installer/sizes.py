"""How large the seat is on a disk, and how large its installer: beside what is aimed at."""

MEGABYTE = 1_000_000
INSTALLED_MB = 80
PACKED_MB = 35


def report(*, installed: int, packed: int) -> str:
    """Return a line about both sizes, which are in bytes."""
    return (
        f"Installed {installed / MEGABYTE:.1f} MB (aim: {INSTALLED_MB}), "
        f"installer {packed / MEGABYTE:.1f} MB (aim: {PACKED_MB})."
    )
