"""Whose session goes on at this start: what the last one left, if the command line does not say otherwise."""

from pdm_desktop.app.kept import read_config
from pdm_desktop.app.options import Options
from pdm_desktop.core.errors import AddressRefused
from pdm_desktop.net.address import server_address
from pdm_desktop.state.account import Account


def remembered(options: Options) -> Account | None:
    """The person whose sign-in is kept in the keyring, as far as that is known without asking; None: nobody's is.

    Raises Local while the settings cannot be read.
    """
    known = read_config(options.data)
    person = known.last
    if not known.kept or person is None or options.name not in ("", known.name):
        return None
    # What stands in the settings is looked at as if it were typed: the file may have been changed by hand.
    if not _is_address_of(options.server or person.address, person.address):
        return None
    return Account(
        person=person.name,
        administrator=False,
        server=person.server,
        address=person.address,
        server_name=person.address.partition("://")[2],
        seat=person.seat,
        computer=options.computer,
        workspace=person.workspace,
    )


def _is_address_of(typed: str, known: str) -> bool:
    try:
        return server_address(typed) == known
    except AddressRefused:
        return False
