"""Classes of data that cost a start nothing until they are used.

`dataclasses` writes the methods of each class as text and compiles them, a third of a millisecond at every start of a
program. The contract and the seat have some four hundred such classes; the first window needs a tenth of them.
"""

import dataclasses
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass  # for who checks types it is just that
else:

    def dataclass(*, slots: bool, **how: bool) -> Callable[[type[T]], type[T]]:
        """`dataclasses.dataclass` with slots; the methods are made when the class is used first.

        That is when it is called, or when somebody asks for its fields. What is wrong with it is told then.
        """
        if not slots:
            raise TypeError("such a class has slots")

        def begin(cls: type[T]) -> type[T]:
            return _Unmade(cls, how).made if _can_wait(cls) else dataclasses.dataclass(slots=True, **how)(cls)

        return begin


_MADE: Final = (
    "__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getstate__", "__setstate__",
    "__lt__", "__le__", "__gt__", "__ge__", "__match_args__", "__replace__", "__dataclass_params__",
    "__dataclass_fields__",
)  # fmt: skip
"""What `dataclasses` puts into a class. The fields come last: who sees them sees all of it."""
_making = threading.RLock()


class _Unmade:
    """A class with its slots, and what is needed to make its methods."""

    def __init__(self, cls: type, how: dict[str, bool]) -> None:
        self._how = how
        self._kind, self._name, self._full_name, self._bases = type(cls), cls.__name__, cls.__qualname__, cls.__bases__
        self._content = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
        if self._content.get("__doc__") is None:
            self._content["__doc__"] = cls.__name__  # no signature: to make one costs more than all the rest
        self.made = self._class(self._without_methods(cls))
        self._is_made = False

    def make(self) -> None:
        """Give the class all that `dataclasses` makes. Any thread may do so, and again."""
        with _making:
            if self._is_made:
                return
            model = dataclasses.dataclass(slots=True, **self._how)(self._class(self._content))
            for name in _MADE:
                if name in vars(model):
                    setattr(self.made, name, vars(model)[name])
                elif name in vars(self.made):
                    delattr(self.made, name)
            self._is_made = True

    def _without_methods(self, cls: type) -> dict[str, Any]:
        """What stands in the class until then. Defaults would be in the way of the slots, as they always are."""
        kinds = vars(cls).get("__annotations__", {})
        names = [name for name, kind in kinds.items() if ClassVar not in (kind, getattr(kind, "__origin__", None))]
        above = {name for base in cls.__mro__[1:-1] for name in _slots(base)}
        content = {name: value for name, value in self._content.items() if name not in names}
        content["__slots__"] = tuple(name for name in names if name not in above)
        content.setdefault("__init__", self._first_call())
        for name in ("__dataclass_fields__", "__dataclass_params__", "__match_args__", "__setstate__"):
            content.setdefault(name, _Wanted(self, name))
        return content

    def _class(self, content: dict[str, Any]) -> Any:
        made = self._kind(self._name, self._bases, content)
        made.__qualname__ = self._full_name
        return made

    def _first_call(self) -> Callable[..., None]:
        def __init__(new: Any, /, *values: Any, **named: Any) -> None:  # noqa: N807 - stands in the place of that one
            self.make()
            self.made.__init__(new, *values, **named)

        return __init__


class _Wanted:
    """An attribute of a class that is there as soon as somebody asks for it."""

    def __init__(self, unmade: _Unmade, name: str) -> None:
        self._unmade, self._name = unmade, name

    def __get__(self, instance: object, owner: type) -> Any:
        self._unmade.make()
        return getattr(owner if instance is None else instance, self._name)


def _can_wait(cls: type) -> bool:
    """Python 3.14 keeps annotations in another way; and the fields of a base without slots would need slots here."""
    above = [base for base in cls.__mro__[1:] if "__dataclass_fields__" in vars(base)]
    return not hasattr(type, "__annotate__") and all("__slots__" in vars(base) for base in above)


def _slots(cls: type) -> tuple[str, ...]:
    names = vars(cls).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(names)
