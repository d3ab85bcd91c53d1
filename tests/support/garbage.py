"""Cycles of garbage are taken apart between tests of the window, in the thread that runs them.

What such a test leaves are windows and timers, and many of these tests have an engine with a thread of its own: a
search by itself, in that thread, ends the whole run (`pdm_desktop/ui/garbage.py` says why, and does it for the seat).
"""

import gc


def prepare(*, of_window: bool) -> None:
    """Before a test: nothing is searched by itself in one of the window, and what it leaves is not left for others."""
    if of_window is gc.isenabled():
        gc.collect()
        (gc.disable if of_window else gc.enable)()


def tidy() -> int | None:
    """After a test of the window: search what is due, which is nothing after most; tells which generation that was."""
    from pdm_desktop.ui.garbage import due  # needs Qt

    turn = due(gc.get_count(), gc.get_threshold(), grown=True)
    if turn is not None:
        gc.collect(turn)
    return turn
