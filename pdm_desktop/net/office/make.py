"""How a change of the office is made."""

from collections.abc import Awaitable, Callable
from typing import Any

from pdm_desktop.net.http import Http

Make = Callable[[Http, Any, str], Awaitable[object]]
"""Makes one change once, by the key that is given; the answer is the server's. Raises core.errors."""
