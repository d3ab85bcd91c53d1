"""Several files as one: all of them or none. One key and one intent until the server has answered, then one a file."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pdm_desktop.core import requests
from pdm_desktop.core.errors import NotArrived, NotYours, Told
from pdm_desktop.core.results import Outcome
from pdm_desktop.sync.commands.checkin import CheckIns
from pdm_desktop.sync.commands.checkout import CheckOuts
from pdm_desktop.sync.commands.did import Did, end_of
from pdm_desktop.sync.commands.gathering import Gathering, Read
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.names import Names
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.facts import Copy, Hold
from pdm_desktop.sync.intent import ANSWER, Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.workspace import Workspace
from server.protocol import calls
from server.protocol.calls import FileState, FileStates, Upload
from server.protocol.records import dataclass
from server.protocol.wire import plain

SetRequest = requests.CheckOut | requests.CheckIn | requests.UndoCheckOut | requests.Delete

Refuse = Callable[[str, Content], None]
"""Is shown a file and its content before it is sent, and may raise core.errors."""

_ALONE = {
    Kind.CHECK_OUT_SET: Kind.CHECK_OUT,
    Kind.CHECK_IN_SET: Kind.CHECK_IN,
    Kind.UNDO_SET: Kind.UNDO,
    Kind.DELETE_SET: Kind.DELETE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is left to do here for one file, when the server has done the set."""

    file: str
    path: str
    act: Callable[[], Awaitable[Did]]


class Sets:
    """Commands for several files of one vault. Whoever asks is alone with all of them. Methods raise core.errors.

    What they raise stands for the whole set; an error that is about one of the files has its `path`.
    """

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        sending: Sending,
        checkouts: CheckOuts,
        checkins: CheckIns,
        names: Names,
    ) -> None:
        self._vault = vault
        self._journal = journal
        self._intents = intents
        self._gathering = Gathering(workspace, sending)
        self._checkouts = checkouts
        self._checkins = checkins
        self._names = names

    async def begin(
        self, request: SetRequest, paths: Mapping[str, str], *, refuse: Refuse = lambda _file, _content: None
    ) -> list[Step]:
        """Have the server do it; the answer is what then is left to do here. `paths` are as the window knows them.

        `refuse` may raise when it sees what is about to be sent of a file.
        """
        match request:
            case requests.CheckOut():
                for file in request.files:
                    await self._checkouts.refuse_two_versions(file)
                return await self._change(Kind.CHECK_OUT_SET, request.files, paths, message=request.message)
            case requests.CheckIn():
                try:
                    return await self._check_in(request, paths, refuse)
                except NotArrived:  # given up while others were sent, as after a pause of days
                    return await self._check_in(request, paths, refuse)
            case requests.UndoCheckOut():
                holds = [await self._hold(file, paths) for file in request.files]
                tokens = [hold.token for hold in holds]
                return await self._change(Kind.UNDO_SET, request.files, paths, tokens=tokens)
            case requests.Delete():
                return await self._change(Kind.DELETE_SET, request.files, paths)

    async def asked_again(self, intent: Intent) -> list[Intent]:
        """Ask once more what was left unanswered. The answer is what takes its place in the journal."""
        return [each for each, _ in self._answered(intent, await self._call(intent))] + self._left(intent)

    async def _change(self, kind: Kind, files: Sequence[str], paths: Mapping[str, str], /, **fields: Any) -> list[Step]:
        intent = self._intents.begin(kind, files[0], paths.get(files[0], files[0]), files=list(files), **fields)
        answer = await self._ask(intent)
        return [self._step(each, state) for each, state in self._answered(intent, answer)]

    async def _ask(self, intent: Intent) -> FileStates:
        try:
            return await self._intents.ask(intent, lambda: self._call(intent))
        except NotYours:
            for file in intent.files:
                await self._intents.let_go_if_lost(file)
            raise

    async def _call(self, intent: Intent) -> FileStates:
        fields, files = intent.fields, list(intent.files)
        match intent.kind:
            case Kind.CHECK_OUT_SET:
                taken = calls.CheckOutFiles(files=files, message=fields["message"])
                return await self._vault.check_out_set(taken, intent.key)
            case Kind.CHECK_IN_SET:
                stored = calls.CheckInFiles(
                    files=[
                        calls.NextRevision(file=file, **each)
                        for file, each in zip(files, fields["revisions"], strict=True)
                    ],
                    comment=fields["comment"],
                    major=fields["major"],
                    keep=fields["keep"],
                )
                return await self._vault.check_in_set(stored, intent.key)
            case Kind.UNDO_SET:
                held = [
                    calls.HeldFile(file=file, token=token) for file, token in zip(files, fields["tokens"], strict=True)
                ]
                return await self._vault.undo_set(calls.UndoCheckOuts(files=held), intent.key)
            case _:
                return await self._vault.delete_set(calls.DeleteFiles(files=files), intent.key)

    def _answered(self, intent: Intent, answer: FileStates) -> list[tuple[Intent, FileState]]:
        """The server has done it: from now on each file is gone on with by itself, whatever happens to the others."""
        singles = [
            (_alone(intent, number, state), state)
            for number, state in enumerate(_state_of(answer, file, intent.kind) for file in answer.files)
        ]
        with self._journal.together():
            for single, _ in singles:
                self._journal.begin(single)
            for left in self._left(intent):
                self._journal.begin(left)
            if intent.kind is not Kind.CHECK_OUT_SET:
                self._part_waiting(intent)
            self._journal.end(intent.key)
        for single, state in singles:
            self._intents.hear(single, state)
            self._intents.learned(state)
        return singles

    def _part_waiting(self, intent: Intent) -> None:
        """Each is alone in the queue too. What was asked for since it was sent is of another set: it stays there."""
        files = intent.fields.get("asked", intent.files)
        ones = [one for one in self._journal.waiting() if one.file in files]
        self._journal.put_waiting(
            *(replace(one, of_set=None) for one in ones if not one.after or not intent.key.startswith(one.after))
        )

    def _left(self, intent: Intent) -> list[Intent]:
        """Files in which nothing had changed: their locks are given back once the others are checked in."""
        files = intent.fields.get("unchanged", [])
        if not files:
            return []
        fields = {"files": [each["file"] for each in files], "tokens": [each["token"] for each in files]}
        return [
            Intent(
                key=f"{intent.key}.unchanged", kind=Kind.UNDO_SET, file=files[0]["file"], path=intent.path,
                fields=fields, again=intent.again,
            )
        ]  # fmt: skip

    def _step(self, intent: Intent, state: FileState, content: Content | None = None) -> Step:
        async def act() -> Did:
            match intent.kind:
                case Kind.CHECK_OUT:
                    return await self._checkouts.take(intent, await self._intents.current(intent, state))
                case Kind.CHECK_IN if content is not None:
                    return await self._checkins.stored(intent, state, content)
                case Kind.UNDO:
                    return await self._checkouts.given_back(intent, await self._intents.current(intent, state))
                case Kind.DELETE:
                    return await end_of(intent, self._names.deleted(intent, await self._intents.current(intent, state)))
            raise TypeError(intent)

        return Step(file=state.file.id, path=state.file.path, act=act)

    # Check in

    async def _check_in(self, request: requests.CheckIn, paths: Mapping[str, str], refuse: Refuse) -> list[Step]:
        """Every file is read before the first is sent, and still as it was read when all of them have arrived.

        That is so of those in which nothing has changed as well: their locks are given back.
        """
        looks = [(await self._hold(file, paths), self._copy(file, paths)) for file in request.files]
        read = await self._gathering.read(looks)
        for each in read:
            _let_refuse(refuse, each)
        changed = [each for each in read if each.is_changed or request.major]
        same = [each for each in read if each not in changed]
        if not changed:
            return await self._nothing_to_store(same, paths, keep=request.keep)
        sent, same = await self._gathering.send(changed, same, refuse=partial(_let_refuse, refuse))
        unchanged = [] if request.keep else [{"file": each.hold.file, "token": each.hold.token} for each in same]
        intent = self._intents.begin(
            Kind.CHECK_IN_SET,
            changed[0].hold.file,
            changed[0].copy.path,
            files=[each.hold.file for each, _ in sent],
            revisions=[_revision(each, upload) for each, upload in sent],
            comment=request.comment,
            major=request.major,
            keep=request.keep,
            unchanged=unchanged,
            asked=list(request.files),
        )
        answer = await self._ask(intent)
        contents = {each.hold.file: each.content for each, _ in sent}
        stored = [self._step(each, state, contents[each.file]) for each, state in self._answered(intent, answer)]
        return stored + await self._same(same, self._left(intent), keep=request.keep)

    async def _nothing_to_store(self, files: Sequence[Read], paths: Mapping[str, str], *, keep: bool) -> list[Step]:
        if keep:
            return await self._same(files, [], keep=True)
        fields = {"files": [each.hold.file for each in files], "tokens": [each.hold.token for each in files]}
        first = files[0].hold.file
        intent = self._intents.begin(Kind.UNDO_SET, first, paths.get(first, first), **fields)
        return await self._same(files, [intent], keep=False)

    async def _same(self, files: Sequence[Read], undo: Sequence[Intent], *, keep: bool) -> list[Step]:
        """The files in which nothing has changed: kept, or given back by an intent that is in the journal."""
        said = {each.hold.file: f"Nothing has changed since Rev {each.copy.number}" for each in files}
        if keep:
            self._journal.drop_waiting(*said)
            return [_kept(each, f"{said[each.hold.file]}; you keep it.") for each in files]
        if not undo:
            return []
        with self._intents.instead(*said):
            try:
                answer = await self._ask(undo[0])
            except Told as error:
                return [_failed(each, error) for each in files]
            steps = [self._step(each, state) for each, state in self._answered(undo[0], answer)]
        return [_saying(step, f"{said[step.file]}, so that stays the newest; the lock is released.") for step in steps]

    async def _hold(self, file: str, paths: Mapping[str, str]) -> Hold:
        try:
            return await self._intents.hold_of(file, paths.get(file, file))
        except Told as error:
            error.path = paths.get(file)
            raise

    def _copy(self, file: str, paths: Mapping[str, str]) -> Copy:
        try:
            return self._intents.copy_of(file, paths.get(file, file))
        except Told as error:
            error.path = paths.get(file)
            raise


def _alone(intent: Intent, number: int, state: FileState) -> Intent:
    """What is left to do for one file of a set that was answered. Its key is only the journal's."""
    match intent.kind:
        case Kind.CHECK_OUT_SET:
            fields = {"message": intent.fields["message"]}
        case Kind.CHECK_IN_SET:
            common = {name: intent.fields[name] for name in ("comment", "major", "keep")}
            fields = intent.fields["revisions"][number] | common
        case Kind.UNDO_SET:
            fields = {"token": intent.fields["tokens"][number]}
        case _:
            fields = {}
    return Intent(
        key=f"{intent.key}.{number}",
        kind=_ALONE[intent.kind],
        file=state.file.id,
        path=state.file.path,
        fields=fields | {ANSWER: plain(state)},
        again=intent.again,
    )


def _state_of(answer: FileStates, file: Any, kind: Kind) -> FileState:
    return FileState(epoch=answer.epoch, vault=answer.vault, seq=answer.seq, file=file, deleted=kind is Kind.DELETE_SET)


def _let_refuse(refuse: Refuse, read: Read) -> None:
    try:
        refuse(read.hold.file, read.content)
    except Told as error:
        error.path = read.copy.path
        raise


def _revision(read: Read, sent: Upload) -> dict[str, Any]:
    return {
        "upload": sent.id,
        "base": read.copy.number,
        "token": read.hold.token,
        "size": read.content.size,
        "hash": read.content.hash,
    }


def _kept(read: Read, text: str) -> Step:
    async def act() -> Did:
        return Did(text=text, outcome=Outcome.UNCHANGED)

    return Step(file=read.hold.file, path=read.copy.path, act=act)


def _failed(read: Read, error: Told) -> Step:
    async def act() -> Did:
        raise error

    return Step(file=read.hold.file, path=read.copy.path, act=act)


def _saying(step: Step, text: str) -> Step:
    async def act() -> Did:
        return Did(text=text, outcome=Outcome.UNCHANGED, kept=(await step.act()).kept)

    return Step(file=step.file, path=step.path, act=act)
