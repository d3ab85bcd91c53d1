"""A class whose methods wait is, once it is used, what `dataclasses` makes of it."""

import copy
import dataclasses
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import pytest

from server.protocol import records

M = TypeVar("M")
Decorator = Callable[..., Callable[[type], Any]]
waiting: Decorator = records.dataclass
usual: Decorator = dataclasses.dataclass


def family(dataclass: Decorator) -> list[Any]:
    """The shapes that the program has."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Base:
        """A base."""

        topic: ClassVar[str] = "base"
        name: str
        size: int = 3

        @property
        def twice(self) -> int:
            return 2 * self.size

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Below(Base):
        topic: ClassVar[str] = "below"
        parts: list[str] = field(default_factory=list, compare=False, repr=False)
        size: int = 5

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("less than nothing")

    @dataclass(slots=True)
    class Plain:
        left: int
        right: int = 0

    @dataclass(slots=True, eq=False)
    class Alone:
        left: int

        def __repr__(self) -> str:
            return "alone"

    @dataclass(frozen=True, slots=True)
    class Holder(Generic[M]):
        held: M

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    @dataclass(frozen=True, slots=True)
    class ByName:
        name: str
        note: str = ""

        def __eq__(self, other: object) -> bool:
            return isinstance(other, ByName) and other.name == self.name

        def __hash__(self) -> int:
            return hash(self.name)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class AnyName:
        new: str
        self: str
        cls: str = ""

    return [Base, Below, Plain, Alone, Holder, Empty, ByName, AnyName]


VALUES: list[dict[str, Any]] = [
    {"name": "a"}, {"name": "a", "parts": ["x"]}, {"left": 1}, {"left": 1}, {"held": 1}, {}, {"name": "a"},
    {"new": "a", "self": "b"},
]  # fmt: skip
PAIRS = list(zip(family(waiting), family(usual), VALUES, strict=True))
NAMES = [kind.__name__ for kind, *_ in PAIRS]


@pytest.mark.parametrize(("ours", "theirs", "values"), PAIRS, ids=NAMES)
def test_it_is_the_same_class(ours: Any, theirs: Any, values: dict[str, Any]) -> None:
    one, other = ours(**values), theirs(**values)
    assert repr(one) == repr(other)
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert ours.__slots__ == theirs.__slots__
    assert not hasattr(one, "__dict__")
    assert ours.__match_args__ == theirs.__match_args__
    assert repr(ours.__dataclass_params__) == repr(theirs.__dataclass_params__)
    assert [(each.name, each.type, each.default) for each in fields(ours)] == [
        (each.name, each.type, each.default) for each in fields(theirs)
    ]
    assert ours.__init__.__qualname__ == theirs.__init__.__qualname__
    shared = {"__doc__", "__orig_bases__", "__parameters__", "__hash__", *records._MADE}
    assert {*vars(ours)} | shared == {*vars(theirs)} | shared
    assert (one == ours(**values)) == (other == theirs(**values))
    assert asdict(one) == asdict(other)
    if other.__hash__ is not None and theirs.__name__ not in ("Alone", "Below"):
        assert hash(one) == hash(other)
    assert copy.copy(one) == one or theirs.__name__ == "Alone"


@pytest.mark.parametrize(
    "first", [fields, is_dataclass, lambda kind: kind.__match_args__], ids=["fields", "question", "match"]
)
def test_who_asks_for_the_fields_finds_all(first: Callable[[Any], object]) -> None:
    for kind, twin in zip(family(waiting), family(usual), strict=True):
        first(kind)
        assert [each.name for each in fields(kind)] == [each.name for each in fields(twin)]
        assert is_dataclass(kind)


def test_a_wrong_call_is_told_as_ever() -> None:
    base = family(waiting)[0]
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'name'"):
        base()
    with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
        base(name="a", other=1)


def test_a_rule_of_the_class_holds_from_the_first_call_on() -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        family(waiting)[1](name="a", size=-1)


def test_it_is_frozen_from_the_first_one_on() -> None:
    one = family(waiting)[1](name="a")
    with pytest.raises(FrozenInstanceError):
        one.size = 4
    assert replace(one, size=4).twice == 8


def test_a_class_of_the_usual_kind_below_it_takes_its_fields() -> None:
    base = family(waiting)[0]

    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Below(base):  # type: ignore[misc, valid-type]  # made while the test runs
        more: int = 1

    assert repr(Below(name="a")).endswith("Below(name='a', size=3, more=1)")


def test_below_a_class_without_slots_it_does_not_wait() -> None:
    @dataclasses.dataclass(frozen=True)
    class Loose:
        name: str

    @records.dataclass(frozen=True, slots=True)
    class Below(Loose):
        more: int = 1

    assert "__init__" in vars(Below)
    assert Below("a", 2) == Below("a", 2)


def test_json_makes_the_first_one() -> None:
    base = family(waiting)[0]
    made = msgspec.json.decode(b'{"name": "a"}', type=base)
    assert made == base(name="a")
    assert msgspec.json.encode(made) == b'{"name":"a","size":3}'


def test_one_that_comes_without_a_call_is_whole() -> None:
    base = family(waiting)[0]
    made = base.__new__(base)  # as copying and unpickling do it
    made.__setstate__(["a", 4])
    assert made == base(name="a", size=4)


def test_threads_that_come_first_together_get_the_same_class() -> None:
    for _ in range(20):
        kind = family(waiting)[1]
        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda number, kind=kind: kind(name="a", size=number), range(32)))
        assert [each.size for each in made] == list(range(32))


def test_nothing_is_made_before_it_is_used() -> None:
    kinds = family(waiting)
    assert all(isinstance(vars(kind)["__dataclass_fields__"], records._Wanted) for kind in kinds)
