"""No two files with one name on Windows, no file where a folder is, and one spelling for each folder."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, true

from server.domain.errors import ForbiddenPath, NameTaken
from server.protocol.names import ForbiddenName, checked_path, same_key
from server.services.stored import FOLDER_END
from server.storage.tables import file

_KEYS_AT_ONCE = 500

Staying = ColumnElement[bool]
"""Which files of the vault keep their places in the change; all of them unless something moves."""


def allowed_path(path: str) -> str:
    """The path as the vault keeps it. Raises ForbiddenPath."""
    try:
        return checked_path(path)
    except ForbiddenName as name:
        raise ForbiddenPath(name) from name


def require_free(
    connection: Connection, vault_id: str, paths: Sequence[str], *, staying: Staying | None = None
) -> None:
    """Raises NameTaken unless all these files can be in the vault together, beside those that stay."""
    folders = _folders_of(paths)
    _require_free_of_each_other(paths, folders)
    beside = true() if staying is None else staying
    _require_no_such_file(connection, vault_id, paths, folders, beside)
    below = _any_below(beside)
    for path in paths:
        inside = _probe(connection, below, vault_id, path)
        if inside is not None:
            raise NameTaken(f"There is a folder “{_top(inside, like=path)}” already. Choose another name.", path=path)
    for folder in folders.values():
        inside = _probe(connection, below, vault_id, folder)
        if inside is not None and _top(inside, like=folder) != folder:
            raise NameTaken(
                f"The folder “{folder}” is already there as “{_top(inside, like=folder)}”. Use that spelling.",
                path=folder,
            )


def any_file_below(connection: Connection, vault_id: str, folder: str, *, staying: Staying | None = None) -> str | None:
    """The path of one file that lies below the folder, however it is spelled; None when there is no such folder."""
    return _probe(connection, _any_below(true() if staying is None else staying), vault_id, folder)


def is_below(folder_key: str) -> ColumnElement[bool]:
    """The condition for a file that is not deleted and lies below the folder of that key."""
    return (
        file.c.deleted.is_(None)
        & (file.c.path_key > f"{folder_key}/")
        & (file.c.path_key < f"{folder_key}{FOLDER_END}")
    )


def _any_below(staying: Staying) -> Select[tuple[str]]:
    """Asks for one file below a folder. Built once for many folders: building it takes longer than running it."""
    return (
        select(file.c.path)
        .where(
            file.c.vault == bindparam("in_vault"),
            file.c.deleted.is_(None),
            file.c.path_key > bindparam("above"),
            file.c.path_key < bindparam("under"),
            staying,
        )
        .limit(1)
    )


def _probe(connection: Connection, query: Select[tuple[str]], vault_id: str, folder: str) -> str | None:
    key = same_key(folder)
    place = {"in_vault": vault_id, "above": f"{key}/", "under": f"{key}{FOLDER_END}"}
    return connection.execute(query, place).scalar_one_or_none()


def _require_free_of_each_other(paths: Sequence[str], folders: dict[str, str]) -> None:
    seen: dict[str, str] = {}
    for path in paths:
        key = same_key(path)
        if key in seen:
            raise NameTaken(f"“{path}” and “{seen[key]}” of this call are one name on Windows. Rename one.", path=path)
        if key in folders:
            raise NameTaken(f"“{path}” of this call would be a file and a folder. Rename one.", path=path)
        seen[key] = path


def _require_no_such_file(
    connection: Connection, vault_id: str, paths: Sequence[str], folders: dict[str, str], staying: Staying
) -> None:
    wanted = {same_key(path): path for path in paths}
    for keys in _in_portions([*wanted, *folders]):
        row = connection.execute(
            select(file.c.path, file.c.path_key)
            .where(file.c.vault == vault_id, file.c.deleted.is_(None), file.c.path_key.in_(keys), staying)
            .limit(1)
        ).one_or_none()
        if row is None:
            continue
        if row.path_key in wanted:
            raise NameTaken(
                f"There is a file “{row.path}” already. Choose another name, or check that file out to change it.",
                path=wanted[row.path_key],
            )
        raise NameTaken(f"“{row.path}” is a file, so nothing can be below it. Choose another folder.", path=row.path)


def _folders_of(paths: Iterable[str]) -> dict[str, str]:
    """Every folder that these files need, by its key. Raises NameTaken when one would be spelled in two ways."""
    folders: dict[str, str] = {}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folders.setdefault(same_key(folder), folder) == folder:
            folder = folder.rpartition("/")[0]
        if folder:
            other = folders[same_key(folder)]
            raise NameTaken(f"The folders “{folder}” and “{other}” of this call are one on Windows.", path=path)
    return folders


def _top(path: str, *, like: str) -> str:
    """As many parts of the path as `like` has."""
    return "/".join(path.split("/")[: like.count("/") + 1])


def _in_portions(keys: list[str]) -> Iterable[list[str]]:
    return (keys[start : start + _KEYS_AT_ONCE] for start in range(0, len(keys), _KEYS_AT_ONCE))
