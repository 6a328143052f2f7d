"""Whatever stands in a document, it is read or refused by name: nothing else is raised."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import (
    CapSource,
    DefinitionError,
    ExpressionError,
    RuleSource,
    StackingSource,
    compile_rule,
    compile_stacking,
)
from contexts.calculation.engine.tablerules import compile_table
from contexts.calculation.engine.tables import TableSource
from contexts.calculation.engine.templates import Instance, TemplateSource, check_template
from tests.unit.contexts.calculation.engine import offers, shop, test_tables
from tests.unit.contexts.calculation.engine.test_templates import TIERS, made

RULE = offers.offer("a", "10% of initial", lane="x", cap="5%", budget="b", group="g").source
HOW = offers.with_shipping(
    lanes=("a",), caps={"t": CapSource(percent="4")}, budgets={"b": "cart.goods"}
)


def a_rule(document):
    compile_rule(RuleSource.from_json(document), offers.SCHEMA, offers.EFFECTS)


def a_stacking(document):
    compile_stacking(StackingSource.from_json(document), offers.SCHEMA, offers.EFFECTS)


def a_table(document):
    source = TableSource.from_json(document)
    compile_table(source, shop.SCHEMA, shop.EFFECTS)
    assert source.content_hash


def a_template(document):
    check_template(TemplateSource.from_json(document), shop.SCHEMA, shop.EFFECTS)


DOCUMENTS = {
    "rule": (RULE.to_json(), a_rule),
    "stacking": (HOW.source.to_json(), a_stacking),
    "table": (
        {
            **test_tables.TestRows.SOURCE.to_json(),
            "outputs": [{"effect": "discount", "param": "percent", "values": ["20", "10"]}],
        },
        a_table,
    ),
    "template": (TIERS.to_json(), a_template),
    "instance": (made(percent=5, from_amount=1).to_json(), Instance.from_json),
}
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    scalars | st.sampled_from(["first", "int", "list(int)", "[1..", "-", "1 +", "cart", "a?b"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(document, path=()):
    """Every place in a document, as keys that lead to it."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=125, deadline=None)
@given(st.data())
def test_a_spoilt_document_is_read_or_refused(name, data):
    document, read = DOCUMENTS[name]
    spoilt = copy.deepcopy(document)
    read(spoilt)
    for _ in range(data.draw(st.integers(1, 2))):
        *way, last = data.draw(st.sampled_from(sorted(places(spoilt), key=repr)))
        within = spoilt
        for key in way:
            within = within[key]
        within[last] = data.draw(anything)
    try:
        read(spoilt)
    except (DefinitionError, ExpressionError) as refusal:
        told = str(refusal)
        assert told
