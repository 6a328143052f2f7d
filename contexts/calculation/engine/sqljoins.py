"""
Rules with keys to joins: SQL in which rows find their rules, and nobody asks the others.

What this cannot do: choose what is joined and what the conditions are; `sqlsets.py` does. Names and constants
are written by sqlglot, so that no text of a rule becomes SQL.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import sqlglot.expressions as exp

from .keys import Access, Items, Shape, terms_of
from .nodes import ListOf, Macro, Node, walk
from .paths import Path
from .sql import truth
from .sqlscope import PARAMETERS, NotInSql, Scope, written
from .sqlskeletons import Skeleton, column_of
from .sqlterms import DIALECT, ITEM, Term, fields_of, having_sql

_FEW: Final = 4  # rules alike, below which each is a condition of its own
_NUMBERS: Final = "DECIMAL(20, 6)"
_Alike = tuple[Items, Skeleton]


class Asked(NamedTuple):
    """A rule at its place, as SQL asks for it: by terms over items, by keys, or of every row."""

    place: int
    tree: Node
    terms: tuple[Term, ...]
    ways: tuple[Access, ...]
    rest: Skeleton | None  # what rows found by terms or keys must be
    constants: tuple[Any, ...]


def refusal(tree: Node) -> NotInSql | None:
    """Return why a condition cannot be said in SQL, None if it can."""
    try:
        _condition(tree)
    except NotInSql as reason:
        return reason
    return None


def _condition(tree: Node) -> str:
    return _text(truth(Scope(DIALECT), tree))


def matching_sql(asked: Sequence[Asked], table: str) -> str:
    """Return the rows and places of rules that match; the table is named as SQL writes it."""
    alike: dict[Any, list[Asked]] = defaultdict(list)
    for it in asked:
        if it.terms or it.ways or (it.rest is not None and _is_scalar(it.rest.tree)):
            alike[tuple((one.items, one.skeleton) for one in it.terms), it.rest].append(it)
    groups = [members for members in alike.values() if len(members) >= _FEW]
    joined = [it for members in groups for it in members]
    found = {it.place for it in joined}
    alone = [it for it in asked if it.place not in found]
    parts = [_of_every_row(alone, table)] if alone else []
    heads, tables = _terms(joined, table)
    heads += _candidates([it for it in joined if it.ways], table)
    for number, members in enumerate(groups):
        constants = name(f"#constants{number}")
        heads.append(_constants(constants, members[0].rest, members))
        parts.append(_of_found(constants, members[0], tables, table))
    nothing = f'SELECT "#row", 0 AS "#place" FROM {table} WHERE FALSE'
    head = f"WITH {', '.join(heads)} " if heads else ""
    return head + (" UNION ALL ".join(parts) or nothing)


def _is_scalar(tree: Node) -> bool:
    """Say whether a condition goes over no list, so that rows and rules are cheaply compared pair by pair."""
    return not any(
        isinstance(it, Macro) or (it.typed.name in {"list", "map"} and not isinstance(it, ListOf))
        for it in walk(tree)
    )


def _of_found(constants: str, asked: Asked, tables: dict[_Alike, str], table: str) -> str:
    """Return the rows and rules that are alike, among those that terms or keys have found."""
    held, source = f'{name(PARAMETERS)}."#at"', f"{constants} {name(PARAMETERS)}"
    if asked.rest is not None and not asked.terms and not asked.ways:
        every = f'SELECT "#f"."#row", {held} AS "#place" FROM {source}, {table} "#f"'
        return f"{every} WHERE {_condition(asked.rest.tree)}"
    if not asked.terms:
        source += f' JOIN "#candidates" "#a0" ON "#a0"."#place" = {held}'
    for at, term in enumerate(asked.terms):
        same = f' AND "#a{at}"."#row" = "#a0"."#row"' if at else ""
        source += (
            f' JOIN (SELECT "#row", "#at" FROM {tables[term.items, term.skeleton]}'
            f' WHERE "#term" = {at}) "#a{at}" ON "#a{at}"."#at" = {held}{same}'
        )
    if asked.rest is None:
        return f'SELECT "#a0"."#row", {held} AS "#place" FROM {source}'
    return (
        f'SELECT "#f"."#row", {held} AS "#place" FROM {source}'
        f' JOIN {table} "#f" ON "#f"."#row" = "#a0"."#row" WHERE {_condition(asked.rest.tree)}'
    )


def _terms(asked: Iterable[Asked], table: str) -> tuple[list[str], dict[_Alike, str]]:
    """Return tables of the rows that satisfy each term of each rule, and their names."""
    sought: dict[_Alike, list[tuple[int, int, Term]]] = defaultdict(list)
    fields: dict[Path, set[str]] = defaultdict(set)
    for it in asked:
        for at, term in enumerate(it.terms):
            sought[term.items, term.skeleton].append((it.place, at, term))
            fields[term.items.of] |= fields_of(term)
    sources = {of: name(f"#of{number}") for number, of in enumerate(fields)}
    heads = [_items(called, of, fields[of], table) for of, called in sources.items()]
    names: dict[_Alike, str] = {}
    for number, ((items, skeleton), members) in enumerate(sought.items()):
        constants, names[items, skeleton] = name(f"#sought{number}"), name(f"#term{number}")
        rows = [(place, at, key, *it.constants) for place, at, it in members for key in it.keys]
        types = ("BIGINT", "BIGINT", _type_of(key for _, _, key, *_ in rows), *skeleton.columns)
        heads.append(values_sql(constants, ("#at", "#term", "#k", *skeleton.names), types, rows))
        heads.append(_term(names[items, skeleton], items, skeleton, constants, sources[items.of]))
    return heads, names


def _items(called: str, of: Path, fields: set[str], table: str) -> str:
    columns = ", ".join(f"h.{name(it)} AS {name(it)}" for it in sorted(fields)) or f"h AS {ITEM}"
    unnested = f'SELECT "#row", unnest({_column(of)}) AS h FROM {table}'
    return f'{called} AS MATERIALIZED (SELECT "#row", {columns} FROM ({unnested}))'


def _term(called: str, items: Items, skeleton: Skeleton, constants: str, source: str) -> str:
    item, group = having_sql(skeleton)
    key = ".".join((ITEM, *map(name, items.inner)))
    having = f" HAVING {group}" if group else ""
    return (
        f'{called} AS MATERIALIZED (SELECT "#row", "#at", "#term" FROM {source} {ITEM}'
        f' JOIN {constants} {name(PARAMETERS)} ON {key} = {name(PARAMETERS)}."#k"'
        f' WHERE {item} GROUP BY "#row", "#at", "#term"{having})'
    )


def _of_every_row(asked: Iterable[Asked], table: str) -> str:
    found = ", ".join(
        f"{{'place': {it.place}, 'rows': list(\"#row\") FILTER (WHERE {_cheap_first(it.tree)})}}"
        for it in asked
    )
    return (
        'SELECT unnest("#found".rows) AS "#row", "#found".place AS "#place" FROM'
        f' (SELECT unnest([{found}]) AS "#found" FROM {table})'
    )


def _cheap_first(tree: Node) -> str:
    """Return a condition that goes over lists in those rows only whose other terms are true."""
    cheap = [term for term in terms_of(tree) if _is_scalar(term)]
    costly = [term for term in terms_of(tree) if not _is_scalar(term)]
    if not cheap or not costly:
        return _condition(tree)
    first, then = (" AND ".join(f"({_condition(it)})" for it in part) for part in (cheap, costly))
    return f"CASE WHEN {first} THEN {then} END"


def _constants(called: str, rest: Skeleton | None, members: Iterable[Asked]) -> str:
    rows = ((it.place, *it.constants) for it in members)
    names, columns = (rest.names, rest.columns) if rest else ((), ())
    return values_sql(called, ("#at", *names), ("BIGINT", *columns), rows)


def values_sql(
    called: str, names: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> str:
    """Return a table of constants for a WITH clause."""
    columns = ", ".join(
        f"CAST(v{number} AS {kind}) AS {name(column)}"
        for number, (column, kind) in enumerate(zip(names, types, strict=True))
    )
    listed = ", ".join(f"({', '.join(_text(written(value)) for value in row)})" for row in rows)
    held = ", ".join(f"v{number}" for number in range(len(names)))
    return f"{called} AS (SELECT {columns} FROM (VALUES {listed}) AS v({held}))"


def is_joinable(way: Access) -> bool:
    """Say whether a way has a key that a column can hold, so that rows are found by joining."""
    has_key = way.shape.items is not None or bool(way.shape.paths)
    return has_key and all(column_of(it) is not None for key in way.keys for it in key)


def _candidates(asked: Iterable[Asked], table: str) -> list[str]:
    """Return the tables of keys, and of the pairs of a row and a rule that share one."""
    keys: dict[Shape, dict[tuple[int, tuple[Any, ...]], None]] = defaultdict(dict)
    for it in asked:
        for way in it.ways:
            keys[way.shape].update(((it.place, key), None) for key in way.keys)
    if not keys:
        return []
    heads, found = [], []
    for number, (shape, pairs) in enumerate(keys.items()):
        keyed = name(f"#keys{number}")
        wide = list(zip(*(key for _, key in pairs), strict=True))
        names = [f"k{at}" for at in range(len(wide))]
        types = [_type_of(values) for values in wide]
        rows = ((place, *key) for place, key in pairs)
        heads.append(values_sql(keyed, ("#at", *names), ("BIGINT", *types), rows))
        found.append(_found_by(shape, keyed, table))
    pairs_of = " UNION ALL ".join(found)
    heads.append(
        f'"#candidates" AS MATERIALIZED (SELECT DISTINCT "#row", "#place" FROM ({pairs_of}))'
    )
    return heads


def _type_of(values: Iterable[Any]) -> str:
    types = {column_of(value) or "" for value in values}
    return types.pop() if len(types) == 1 else _NUMBERS


def _found_by(shape: Shape, keys: str, table: str) -> str:
    """Return the pairs of a row and a rule whose key is among the row's facts."""
    columns = [f"{_column(path)} AS h{number}" for number, path in enumerate(shape.paths)]
    if shape.items is not None:
        columns = [f"unnest({_column(shape.items.of)}) AS h", *columns]
    source = f"SELECT {', '.join([name('#row'), *columns])} FROM {table}"
    first = [] if shape.items is None else [_of_item(shape.items)]
    held = [*first, *(f"h{number}" for number in range(len(shape.paths)))]
    equal = " AND ".join(f'"#h".{it} = "#k".k{number}' for number, it in enumerate(held))
    return f'SELECT "#row", "#k"."#at" AS "#place" FROM ({source}) "#h" JOIN {keys} "#k" ON {equal}'


def _of_item(items: Items) -> str:
    return ".".join(("h", *map(name, items.inner)))


def _column(path: Path) -> str:
    return ".".join(map(name, path))


def name(text: str) -> str:
    """Return a name as SQL writes it."""
    return exp.to_identifier(text, quoted=True).sql(DIALECT)


def _text(part: exp.Expr) -> str:
    return part.sql(DIALECT)
