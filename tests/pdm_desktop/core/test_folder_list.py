"""The list of folders: read from the whole down it is a tree with the right numbers, whatever the names are."""

from hypothesis import given
from hypothesis import strategies as st

from pdm_desktop.core.folder_list import Below, FolderList

# What stands before and behind "/" in the order of characters, letters of two and four bytes among them.
NAMES = st.text(alphabet=" -./0aäz\U0001f527".replace("/", ""), min_size=1, max_size=3)
PATHS = st.lists(NAMES, min_size=0, max_size=4).map("/".join)


def walked(listed: FolderList, part: Below, path: str = "") -> dict[str, tuple[int, int]]:
    """Each folder below, by path, with its own files and all of them."""
    found: dict[str, tuple[int, int]] = {}
    for name, here, files, inside in listed.below(part):
        full = f"{path}/{name}" if path else name
        assert full not in found, "it is listed twice"
        found[full] = (here, files)
        found |= walked(listed, inside, full)
    return found


@given(counts=st.dictionaries(PATHS, st.integers(1, 9)))
def test_it_is_the_tree_of_its_paths(counts: dict[str, int]) -> None:
    listed = FolderList.of(counts.items())
    assert dict(listed) == counts
    here, files, part = listed.whole()
    assert (here, files) == (counts.get("", 0), sum(counts.values()))
    parts = [path.split("/") for path in counts if path]
    wanted = {"/".join(each[: depth + 1]) for each in parts for depth in range(len(each))}
    assert walked(listed, part) == {
        path: (
            counts.get(path, 0),
            sum(files for each, files in counts.items() if each == path or each.startswith(f"{path}/")),
        )
        for path in wanted
    }


def test_numbers_of_one_path_count_together() -> None:
    listed = FolderList.of([("a", 1), ("b/c", 2), ("a", 3)])
    assert list(listed) == [("a", 4), ("b/c", 2)]
    assert listed == FolderList.of([("b/c", 2), ("a", 4)]) != FolderList.of([("b/c", 2), ("a", 3)])


def test_what_only_begins_alike_is_beside_it() -> None:
    listed = FolderList.of([("a", 1), ("a/x", 2), ("a b", 4), ("ab/x", 8), ("a-b", 16)])
    assert walked(listed, listed.whole()[2]) == {
        "a": (1, 3), "a/x": (2, 2), "a b": (4, 4), "a-b": (16, 16), "ab": (0, 8), "ab/x": (8, 8),
    }  # fmt: skip
