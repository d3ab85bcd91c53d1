"""A missing copy and a stranger that looks like it."""

from pdm_desktop.core.renames import Candidate, Missing, likely


def missing(path: str, *, size: int = 3, mtime_ns: int = 7, vault: str = "p") -> Missing:
    return Missing(file=f"id of {path}", vault=vault, path=path, size=size, mtime_ns=mtime_ns, hash="h")


def stranger(path: str, *, size: int = 3, mtime_ns: int = 7, vault: str = "p") -> Candidate:
    return Candidate(place=f"{vault}/{path}", vault=vault, path=path, size=size, mtime_ns=mtime_ns)


def pairs(gone: list[Missing], found: list[Candidate]) -> list[tuple[str, str]]:
    return [(one.path, each.path) for one, each in likely(gone, found)]


def test_one_of_the_same_size_and_time_is_it() -> None:
    assert pairs([missing("Jobs/a.nc")], [stranger("Jobs/b.nc")]) == [("Jobs/a.nc", "Jobs/b.nc")]


def test_another_size_time_or_vault_is_another_file() -> None:
    others = [stranger("b.nc", size=4), stranger("c.nc", mtime_ns=8), stranger("d.nc", vault="t")]
    assert pairs([missing("a.nc")], others) == []


def test_what_is_empty_is_like_everything_and_therefore_like_nothing() -> None:
    assert pairs([missing("a.nc", size=0)], [stranger("b.nc", size=0)]) == []


def test_among_several_the_name_counts_first_and_the_folder_next() -> None:
    assert pairs([missing("Jobs/a.nc")], [stranger("Jobs/z.nc"), stranger("Old/a.nc")]) == [("Jobs/a.nc", "Old/a.nc")]
    assert pairs([missing("Jobs/a.nc")], [stranger("Old/b.nc"), stranger("Jobs/z.nc")]) == [("Jobs/a.nc", "Jobs/z.nc")]


def test_each_is_one_file_only() -> None:
    gone = [missing("a.nc"), missing("b.nc")]
    assert pairs(gone, [stranger("c.nc")]) == [("a.nc", "c.nc")]
    assert pairs(gone, [stranger("b2.nc"), stranger("c.nc")]) == [("a.nc", "b2.nc"), ("b.nc", "c.nc")]
