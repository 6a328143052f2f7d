"""A table in a sentence: what it looks at and how many of its rows apply; and each of its rows in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from contexts.calculation.engine.canonical import canonical
from contexts.calculation.engine.nodes import Node
from contexts.calculation.policies.words.clauses import condition_in_words
from contexts.calculation.policies.words.naming import Scope, named
from contexts.calculation.policies.words.sentences import Params, said
from shared_kernel.decisions import RuleText, TableText

APPLIES = {
    "first": "the first that matches applies",
    "unique": "at most one matches",
    "any": "one that matches applies, and those that match agree",
    "collect": "all that match apply",
}


def table_said(
    text: RuleText, table: TableText, reads: Sequence[Node], shared: Node, scope: Scope
) -> str:
    """What a table looks at, when, and which of its rows apply."""
    by = _listed([named(it, scope) or canonical(it) for it in reads])
    many = len(table.rows)
    rows = f"A table of {many} rows" if many > 1 else "A table of one row"
    which = f", of which {APPLIES.get(table.hit_policy, table.hit_policy)}" if many > 1 else ""
    asked = text.condition.strip() != "true"
    only = f", asked only if {condition_in_words(shared, scope)}" if asked else ""
    group = f"; of the group “{text.group}” only one rule applies" if text.group else ""
    stop = "; no rule after it is asked" if text.stop else ""
    return f"{rows}{f' by {by}' if by else ''}{which}{only}{group}{stop}."


def row_said(text: RuleText, tree: Node, params: list[Params], scope: Scope) -> str:
    """A row as a rule; one that gives nothing as what it is."""
    if text.effects:
        return said(text, tree, params, scope)
    if text.condition == "true":
        return "Nothing in all other cases."
    return f"Nothing if {condition_in_words(tree, scope)}."


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
