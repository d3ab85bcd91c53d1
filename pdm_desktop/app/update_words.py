"""How the seat asks for an update with an administrator's rights: `PDMDesktop.exe --install-update FILE --sha256 HEX`.

Nothing is imported here: the program looks for the first word before it loads anything else.
"""

from typing import Final

FLAG: Final = "--install-update"
"""The launcher knows it too (`launcher.c`): with it, nothing of the person's environment reaches the program."""
HASH_FLAG: Final = "--sha256"
