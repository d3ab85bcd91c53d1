"""Qt without a screen, as variables of a program's environment."""

import os
import sys
from pathlib import Path

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
if sys.platform == "win32":
    # Without a screen Qt does not ask Windows for fonts: until it is told where they are, every letter is a box.
    OFFSCREEN["QT_QPA_FONTDIR"] = str(Path(os.environ["SYSTEMROOT"]) / "Fonts")
