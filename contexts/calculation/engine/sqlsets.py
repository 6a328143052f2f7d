"""
A rule set to one SQL statement that tells for each row of facts which rules match, and which apply.

A rule about items of a list is joined with them by their keys: nobody goes over the others. Other rules with keys are joined with the rows. What is found is asked by skeleton: a
hundred rules that differ in a product only are one condition beside a table of constants. The rest are
conditions of their own over all rows. For DuckDB; the condition of one rule is in `sql.py` for the
warehouses too. What this cannot do: effects and prices; whoever back-tests folds those over what applies.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .keys import accesses, terms_of
from .nodes import Logical, Node
from .resolver import SINGLE
from .rules import RuleSource
from .rulesets import RuleSet
from .sqljoins import Asked, is_joinable, matching_sql, name, refusal, values_sql
from .sqlscope import NotInSql
from .sqlskeletons import Skeleton, skeleton_of
from .sqlterms import Term, term_of


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
    refused: dict[Skeleton, NotInSql | None] = {}
    for place, rule in enumerate(rule_set.rules):
        tree = rule.condition.tree
        whole, constants = skeleton_of(tree)
        if whole not in refused:
            refused[whole] = refusal(whole.tree)
        if (reason := refused[whole]) is not None:
            left_out.append((rule.id, str(reason)))
            continue
        asked.append(_with_terms(place, tree) or _with_keys(place, tree, whole, constants))
    rules = tuple(rule.id for rule in rule_set.rules)
    return SetInSql(rules, matching_sql(asked, name(table)), tuple(left_out))


def _with_terms(place: int, tree: Node) -> Asked | None:
    """A rule with terms over items: what else it demands is asked of the rows that these find."""
    terms: list[Term] = []
    rest: list[Node] = []
    for part in terms_of(tree):
        term = term_of(part)
        if term is None:
            rest.append(part)
        else:
            terms.append(term)
    if not terms:
        return None
    if not rest:
        return Asked(place, tree, tuple(terms), (), None, ())
    left = Logical("&&", tuple(rest), type=tree.type) if len(rest) > 1 else rest[0]
    return Asked(place, tree, tuple(terms), (), *skeleton_of(left))


def _with_keys(place: int, tree: Node, whole: Skeleton, constants: tuple[Any, ...]) -> Asked:
    ways = accesses(tree) or ()
    return Asked(place, tree, (), ways if all(map(is_joinable, ways)) else (), whole, constants)


def applying_sql(rule_set: RuleSet, matching: str) -> str:
    """
    Return the `#row` and `#place` of those matching rules that may stay, as `resolver.py` decides it.

    Raises:
        NotInSql: the set resolves in a way that is decided online only.

    """
    if not rule_set.plain:
        raise NotInSql("rules that stack, or a hit policy that compares them")
    computed = [rule.source.name for rule in rule_set.rules if rule.fixed is None]
    if computed:  # what cannot be computed takes no place from others
        raise NotInSql(f"effects that depend on facts, such as those of {computed[0]!r:.60}")
    if rule_set.hit_policy in SINGLE:
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
