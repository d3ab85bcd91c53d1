"""Two commands never make one environment at once."""

import threading
from pathlib import Path

from develop.file_lock import one_at_a_time


def test_the_second_waits_for_the_first(tmp_path: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with one_at_a_time(tmp_path / "lock"):
            entered.set()

    waiting = threading.Thread(target=second)
    with one_at_a_time(tmp_path / "lock"):
        waiting.start()
        assert not entered.wait(0.3)
    assert entered.wait(30)
    waiting.join()
