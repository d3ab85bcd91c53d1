"""Bounds of values, as `annotated_types` names them: it is loaded when somebody asks what they say, as the server does.

A seat only sends what keeps to them, and does without the library at its start.
"""

from collections.abc import Callable, Iterator
from typing import Final

__all__ = ["Ge", "Le", "MaxLen", "MinLen", "Predicate"]


class _Bound:
    """Stands beside a type in `Annotated`; who asks for what is in it (`GroupedMetadata`) gets the library's own."""

    __slots__ = ("_name", "_value")
    __is_annotated_types_grouped_metadata__: Final = True

    def __init__(self, name: str, value: object) -> None:
        self._name, self._value = name, value

    def __iter__(self) -> Iterator[object]:
        import annotated_types  # not before: a start does not wait for it

        yield getattr(annotated_types, self._name)(self._value)

    def __repr__(self) -> str:
        return f"{self._name}({self._value!r})"


def Ge(least: float) -> _Bound:  # noqa: N802 - the library's name
    """At least so much."""
    return _Bound("Ge", least)


def Le(most: float) -> _Bound:  # noqa: N802 - the library's name
    """At most so much."""
    return _Bound("Le", most)


def MinLen(least: int) -> _Bound:  # noqa: N802 - the library's name
    """At least so long."""
    return _Bound("MinLen", least)


def MaxLen(most: int) -> _Bound:  # noqa: N802 - the library's name
    """At most so long."""
    return _Bound("MaxLen", most)


def Predicate(holds: Callable[[str], bool]) -> _Bound:  # noqa: N802 - the library's name
    """Such that this holds."""
    return _Bound("Predicate", holds)
