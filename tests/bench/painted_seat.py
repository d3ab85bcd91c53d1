"""The seat as its start menu starts it: it tells when its first window was painted, and ends."""

import sys
import time
from typing import Any

from pdm_desktop.__main__ import main


def _began(program: Any) -> None:
    def painted() -> None:
        print("painted", time.monotonic(), time.process_time(), len(sys.modules), flush=True)
        program.quit()

    program.face.painted.connect(painted)


if __name__ == "__main__":
    sys.exit(main(began=_began))
