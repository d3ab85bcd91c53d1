"""The newest news of a file win, whatever order they come in."""

from dataclasses import replace

from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.sightings import Sighting, Sightings
from pdm_desktop.core.trees import Tombstone
from server.protocol.calls import FileState
from server.protocol.events import FileDeleted, FolderMoved
from tests.support.facts import file

MOVE = FolderMoved(from_="Jobs", to="Old", by="Ben")


def sightings() -> Sightings:
    made = Sightings()
    for id_, path in (("f1", "Jobs/plate.nc"), ("f2", "Fixtures/vise.nc")):
        made.learn(id_, Sighting(vault="v", seq=13, file=file(id_, path)))
    return made


def test_a_move_from_here_is_foreseen_and_what_happened_before_it_still_counts() -> None:
    made = sightings()
    assert made.foresee(MOVE, seq=15, concerned=["f1", "f2", "f3"]) == ["f1"]
    assert made.of("f1") == Sighting(vault="v", seq=13, file=file("f1", "Old/plate.nc"))
    assert made.of("f2") == Sighting(vault="v", seq=13, file=file("f2", "Fixtures/vise.nc"))
    deleted = Numbered(vault="v", seq=14, event=FileDeleted(file=file("f2", "Fixtures/vise.nc"), by="Ben"))
    assert made.apply(deleted, {"f2"}) == ["f2"]
    assert made.apply(Numbered(vault="v", seq=15, event=MOVE), {"f1", "f2"}) == []
    assert made.of("f1") == Sighting(vault="v", seq=15, file=replace(file("f1"), path="Old/plate.nc"))
    found = made.of("f2")
    assert found is not None
    assert isinstance(found.file, Tombstone)


def test_an_answer_that_is_slower_than_the_event_and_the_next_move_foresees_nothing() -> None:
    made = sightings()
    back = FolderMoved(from_="Old", to="Jobs", by="Anna")
    for seq, move in ((14, MOVE), (15, back)):
        assert made.apply(Numbered(vault="v", seq=seq, event=move), ["f1"]) == ["f1"]
    assert made.foresee(MOVE, seq=14, concerned=["f1"]) == []
    assert made.of("f1") == Sighting(vault="v", seq=15, file=file("f1", "Jobs/plate.nc"))


def test_a_move_from_here_is_foreseen_as_if_it_came_after_what_happened_before_it() -> None:
    made = sightings()
    from_here = FolderMoved(from_="Jobs", to="Fixtures", by="Anna")
    before = FolderMoved(from_="Fixtures", to="Old", by="Ben")
    assert made.foresee(from_here, seq=15, concerned=["f1", "f2"]) == ["f1"]
    assert made.apply(Numbered(vault="v", seq=14, event=before), ["f1", "f2"]) == ["f2"]
    assert made.of("f1") == Sighting(vault="v", seq=14, file=file("f1", "Fixtures/plate.nc"))
    assert made.apply(Numbered(vault="v", seq=15, event=from_here), ["f1", "f2"]) == []
    assert made.of("f1") == Sighting(vault="v", seq=15, file=file("f1", "Fixtures/plate.nc"))
    assert made.of("f2") == Sighting(vault="v", seq=15, file=file("f2", "Old/vise.nc"))


def test_an_answer_of_before_a_restore_that_is_told_again_says_nothing() -> None:
    entered: list[str] = []
    made = Sightings("e1", entered=entered.append)
    made.enter("e2")
    old = FileState(epoch="e1", vault="v", seq=90, deleted=False, file=file("f1", "Jobs/plate.nc"))
    made.learn_answer(old)
    assert made.of("f1") is None
    assert entered == ["e2"]
    made.learn_answer(replace(old, epoch="e2", seq=3))
    assert made.of("f1") == Sighting(vault="v", seq=3, file=file("f1", "Jobs/plate.nc"))


def test_a_server_that_greets_with_an_epoch_of_before_is_heard_again() -> None:
    entered: list[str] = []
    made = Sightings("e1", entered=entered.append)
    made.hear("of a copy")
    answer = FileState(epoch="e1", vault="v", seq=90, deleted=False, file=file("f1", "Jobs/plate.nc"))
    made.learn_answer(answer)
    assert made.of("f1") is None
    made.hear("e1")
    made.hear("e1")
    made.learn_answer(replace(answer, epoch="of a copy", seq=95))
    assert (made.of("f1"), entered) == (None, ["of a copy", "e1"])
    made.learn_answer(answer)
    assert made.of("f1") == Sighting(vault="v", seq=90, file=file("f1", "Jobs/plate.nc"))
