"""The bounds of the contract are those of `annotated_types`, for who asks."""

from typing import Annotated

import annotated_types
import pydantic
import pytest

from server.protocol import bounds

ALL = [
    (bounds.Ge(1), annotated_types.Ge(1)),
    (bounds.Le(9), annotated_types.Le(9)),
    (bounds.MinLen(1), annotated_types.MinLen(1)),
    (bounds.MaxLen(9), annotated_types.MaxLen(9)),
    (bounds.Predicate(str.islower), annotated_types.Predicate(str.islower)),
]


@pytest.mark.parametrize(("ours", "theirs"), ALL, ids=[repr(ours) for ours, _ in ALL[:4]] + ["Predicate"])
def test_each_says_what_the_library_says(ours: object, theirs: object) -> None:
    assert isinstance(ours, annotated_types.GroupedMetadata)
    assert [*ours] == [theirs]


@pytest.mark.parametrize("wrong", ["", "a" * 4, "A"])
def test_the_server_reads_by_them(wrong: str) -> None:
    reader = pydantic.TypeAdapter(Annotated[str, bounds.MinLen(1), bounds.MaxLen(3), bounds.Predicate(str.islower)])
    assert reader.validate_python("abc") == "abc"
    with pytest.raises(pydantic.ValidationError):
        reader.validate_python(wrong)
