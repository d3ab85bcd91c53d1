"""Many texts as one parameter of a statement: neither its text nor the count of its parameters grows with them."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Listed(FunctionElement[str]):
    """A table of one column, `value`."""

    inherit_cache = True


@compiles(_Listed)
def _in_sqlite(element: _Listed, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **how)})"


@compiles(_Listed, "postgresql")
def _in_postgres(element: _Listed, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **how)} AS JSON))"


def listed(name: str) -> ColumnElement[str]:
    """A column that has each text of the parameter of that name, which is to be given by `as_list`."""
    parameter: BindParameter[str] = bindparam(name, type_=Text)
    column: ColumnElement[str] = _Listed(parameter).table_valued("value").c.value
    return column


def as_list(texts: Collection[str]) -> str:
    """The value of such a parameter."""
    return json.dumps(list(texts))
