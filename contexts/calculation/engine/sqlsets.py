"""
A rule set to one SQL statement that tells for each row of facts which rules match, and which apply.

A rule about items of a list is joined with them by their keys, and the items found stand for the list: nobody
goes over the others. Other rules with keys are joined with the rows. What is found is asked by skeleton: a
hundred rules that differ in a product only are one condition beside a table of constants. The rest are
conditions of their own over all rows. For DuckDB; the condition of one rule is in `sql.py` for the
warehouses too. What this cannot do: effects and prices; whoever back-tests folds those over what applies.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from .keys import Chosen, accesses, chosen_among, terms_of
from .nodes import Binary, Call, Logical, Macro, Name, Node
from .rules import RuleSource
from .rulesets import RuleSet
from .sqljoins import Asked, Sought, is_joinable, matching_sql, name, said, values_sql
from .sqlskeletons import Skeleton, column_of, skeleton_of
from .sqlvalues import NotInSql, is_sure


class SetInSql(NamedTuple):
    """
    A rule set as a statement over a table of facts, which has a column `#row` beside the facts.

    `matching` gives `#row` and `#place`, a rule's place in `rules`. `left_out` names the rules that SQL
    cannot say, and why: decide these online, and add what matches before `applying_sql`.
    """

    rules: tuple[str, ...]
    matching: str
    left_out: tuple[tuple[str, str], ...]


def set_to_sql(rule_set: RuleSet, table: str = "facts") -> SetInSql:
    """Translate a rule set; the table's columns are facts as `sql.py` describes them, and `#row`."""
    asked: list[Asked] = []
    left_out: list[tuple[str, str]] = []
    conditions: dict[Skeleton, str | NotInSql] = {}
    for place, rule in enumerate(rule_set.rules):
        tree, items = _narrowed(rule.condition.tree)
        skeleton, constants = skeleton_of(tree)
        if skeleton not in conditions:
            conditions[skeleton] = said(skeleton.tree)
        condition = conditions[skeleton]
        if isinstance(condition, NotInSql):
            left_out.append((rule.id, str(condition)))
            continue
        ways = () if items else accesses(rule.condition.tree) or ()
        ways = ways if all(map(is_joinable, ways)) else ()
        asked.append(Asked(place, rule.condition.tree, condition, skeleton, constants, items, ways))
    rules = tuple(rule.id for rule in rule_set.rules)
    return SetInSql(rules, matching_sql(asked, name(table)), tuple(left_out))


def _narrowed(tree: Node) -> tuple[Node, tuple[Sought, ...]]:
    """A condition whose terms go over the items that have a key, and those keys; else as it was."""
    items: list[Sought] = []
    terms: list[Node] = []
    for term in terms_of(tree):
        chosen = chosen_among(term)
        if chosen is None or not _may_forget(chosen) or None in map(column_of, chosen.keys):
            terms.append(term)
            continue
        found = Name(f"#items{len(items)}", type=chosen.macro.target.type)
        terms.append(_with(term, chosen.macro, replace(chosen.macro, target=found)))
        items.append((chosen.items, chosen.keys))
    if not items:
        return tree, ()
    return Logical("&&", tuple(terms), type=tree.type) if len(terms) > 1 else terms[0], tuple(items)


def _may_forget(chosen: Chosen) -> bool:
    """Say whether items without the key do not count: a filter is an error if it is one for any item."""
    return chosen.macro.macro == "exists" or is_sure(chosen.by)


def _with(node: Node, old: Node, new: Node) -> Node:
    """A term with a macro on its way down changed."""
    match node:
        case _ if node is old:
            return new
        case Binary(left=left, right=right):
            return replace(node, left=_with(left, old, new), right=_with(right, old, new))
        case Call(target=None, arguments=(of,)):
            return replace(node, arguments=(_with(of, old, new),))
        case Call(target=Node() as of, arguments=()):
            return replace(node, target=_with(of, old, new))
        case Macro(target=target):
            return replace(node, target=_with(target, old, new))
    return node


def applying_sql(rule_set: RuleSet, matching: str) -> str:
    """
    Return the `#row` and `#place` of those matching rules that may stay, as `resolver.py` decides it.

    Raises:
        NotInSql: the set resolves in a way that is decided online only.

    """
    if rule_set.hit_policy not in {"first", "priority", "collect"}:
        raise NotInSql(f"the hit policy {rule_set.hit_policy}")
    single = rule_set.hit_policy != "collect"
    if single:
        return f'SELECT "#row", min("#place") AS "#place" FROM ({matching}) GROUP BY "#row"'
    sources = [rule.source for rule in rule_set.rules]
    return _before_stop(sources, _first_of_groups(sources, matching))


def _first_of_groups(sources: Sequence[RuleSource], matching: str) -> str:
    groups = [(at, it.group) for at, it in enumerate(sources) if it.group is not None]
    if not groups:
        return matching
    table = values_sql('"#groups"', ("#at", "#group"), ("BIGINT", "VARCHAR"), groups)
    return (
        f'WITH {table} SELECT "#row", "#place" FROM ({matching})'
        ' LEFT JOIN "#groups" ON "#at" = "#place" QUALIFY "#group" IS NULL'
        ' OR row_number() OVER (PARTITION BY "#row", "#group" ORDER BY "#place") = 1'
    )


def _before_stop(sources: Sequence[RuleSource], kept: str) -> str:
    stops = ", ".join(str(at) for at, it in enumerate(sources) if it.stop)
    if not stops:
        return kept
    return (
        f'SELECT "#row", "#place" FROM ({kept}) QUALIFY "#place" <= coalesce(min(CASE WHEN'
        f' "#place" IN ({stops}) THEN "#place" END) OVER (PARTITION BY "#row"), "#place")'
    )
