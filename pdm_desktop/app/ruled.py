"""What an administrator has said of this computer, joined with what this start's command line says."""

from collections.abc import Collection
from dataclasses import replace

from pdm_desktop import log
from pdm_desktop.app.options import Options
from pdm_desktop.core.errors import AddressRefused
from pdm_desktop.core.results import Trouble
from pdm_desktop.machine import Machine, Policy
from pdm_desktop.net.address import server_address
from pdm_desktop.state.fixed import Fixed
from pdm_desktop.state.store import Store


def ruled(options: Options, said: Machine) -> tuple[Options, tuple[str, ...]]:
    """The options that are in force, and a sentence for each value of the administrator's that counts as not set.

    What is fixed wins over the command line; what the installer was told only says where a seat begins.
    """
    wrong = list(said.wrong)
    policy = replace(said.policy, server=_address(said.policy.server, wrong))
    made = replace(
        options,
        policy=policy,
        first_server=_address(said.server, wrong),
        first_workspace=said.workspace,
        server=policy.server or options.server,
        workspace=policy.workspace or options.workspace,
    )
    if (options.server, options.workspace) != (made.server, made.workspace):
        log.note("fixed by a policy", server=made.server, workspace=made.workspace)
    return made, tuple(wrong)


def fixed_by(policy: Policy) -> Fixed:
    """What a person cannot change then."""
    return Fixed(
        server=bool(policy.server),
        workspace=policy.workspace is not None,
        notices=policy.notices is not None,
        limit_up=policy.limit_up is not None,
        limit_down=policy.limit_down is not None,
    )


def tell_wrong(store: Store, wrong: Collection[str]) -> None:
    """Say which values of the administrator's count as not set, if there are any."""
    for each in wrong:
        log.trouble("wrong value of the administrator's", why=each)
    if wrong:
        store.raise_trouble(
            Trouble(
                title="Some of your administrator's settings cannot be used",
                text=" ".join(wrong),
                advice="The others hold. Tell your administrator.",
            )
        )


def _address(written: str, wrong: list[str]) -> str:
    """Where to dial; empty for nothing, and for what is no address."""
    if not written:
        return ""
    try:
        return server_address(written)
    except AddressRefused as refused:
        wrong.append(f"ServerUrl is “{written}”. {refused.text}")
        return ""
