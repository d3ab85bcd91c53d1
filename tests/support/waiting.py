"""Wait for a condition of the outside world, which nobody announces."""

import time
from collections.abc import Callable

LONGEST = 60.0
"""Seconds after which a test gives up."""


def wait_for(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds. Raises AssertionError when it does not come to hold."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not come"
        time.sleep(0.005)
