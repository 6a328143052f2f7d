"""Rules that are looked up decide exactly as rules that are all asked, whatever the facts and however they changed."""

from decimal import Decimal
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import check_expression, compile_set, index, rulesets
from contexts.calculation.engine.intervals import Entry, Intervals
from contexts.calculation.engine.keys import accesses
from contexts.calculation.engine.members import Members
from tests.unit.contexts.calculation.engine.expressions import expressions, facts
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, SCHEMA, rule

KEYED = [
    'customer.tier == "gold"',
    '"gold" == customer.tier && cart.subtotal >= 50 && cart.subtotal < 90',
    'customer.tier in ["gold", "silver"] && cart.currency == "EUR"',
    'customer.country == "DE" || customer.country == "AT"',
    "customer.vip && customer.age == 18",
    "!customer.vip",
    '"vip" in customer.tags',
    'lines.exists(l, l.sku == "s1" && l.quantity >= 2)',
    'lines.exists(l, l.category in ["shoes", "red"]) && customer.tier == "gold"',
    'customer.attributes.team == "red"',
    "cart.subtotal >= 80 && cart.subtotal <= 90.00",
    "cart.subtotal == 82",
    "size(lines) == 2 && customer.age == 3",
]
UNKEYED = ["true", "cart.subtotal > 3", "has(note)", 'lines.all(l, l.sku == "s1")', 'note != "x"']
WRONG = [
    {},
    {**GOLD, "customer": "nobody"},
    {**GOLD, "lines": 3},
    {**GOLD, "lines": [{"sku": ["s1"]}]},
    {**GOLD, "cart": {"subtotal": "many", "currency": 3}},
    {**GOLD, "customer": {"tier": {}, "tags": None, "attributes": {}}},
    {**GOLD, "customer": {"tier": "gold", "tags": "a vip", "attributes": {}}},
]


@pytest.fixture(autouse=True)
def _always_looked_up(monkeypatch):
    """Small sets are looked up too."""
    monkeypatch.setattr(rulesets, "SMALL", 0)


def in_blocks(rules):
    return rulesets.RuleSet(
        Members().replaced(rules),
        "collect",
        blocks=tuple(
            rulesets.Block(it, rulesets.compile_block(rulesets._numbered(it)))
            for it in rulesets._blocks(rules)
        ),
        index=None,
        loose=(),
        named=compile_set(rules).named,
    )


@pytest.mark.parametrize("source", KEYED)
def test_a_condition_with_an_equality_has_a_key(source):
    assert accesses(check_expression(source, SCHEMA).tree)


@pytest.mark.parametrize("source", UNKEYED)
def test_a_condition_without_one_has_none(source):
    assert accesses(check_expression(source, SCHEMA).tree) is None


@pytest.mark.parametrize("given_facts", [GOLD, GUEST, *WRONG])
def test_what_is_looked_up_is_what_is_true(given_facts):
    rules = [rule(f"r{n}", source) for n, source in enumerate(KEYED + UNKEYED)]
    assert compile_set(rules).decide(given_facts) == in_blocks(rules).decide(given_facts)


conditions = st.one_of(
    expressions(),
    st.builds(" && ".join, st.lists(st.sampled_from(KEYED), min_size=1, max_size=3)),
    st.builds(lambda one, other: f"({one}) && ({other})", st.sampled_from(KEYED), expressions()),
    st.builds(lambda one, other: f"({one}) || ({other})", st.sampled_from(KEYED), expressions()),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=12), st.one_of(facts, st.sampled_from(WRONG)))
def test_looked_up_and_asked_agree_on_any_rules_and_facts(sources, given_facts):
    rules = [rule(f"r{n}", source) for n, source in enumerate(sources)]
    assert compile_set(rules).decide(given_facts) == in_blocks(rules).decide(given_facts)


changes = st.lists(st.tuples(st.integers(0, 7), st.one_of(st.none(), conditions)), max_size=30)


@settings(max_examples=75, deadline=None)
@given(changes, facts)
def test_a_set_that_changed_step_by_step_is_the_set_compiled_at_once(steps, given_facts):
    now, kept = compile_set([]), {}
    for version, (number, source) in enumerate(steps, 1):
        name = f"r{number}"
        if source is None:
            kept.pop(name, None)
            now = now.replace(removed=[name])
        else:
            kept[name] = rule(name, source, version=version)
            now = now.replace(kept[name])
    fresh = compile_set(kept.values())
    assert now.fingerprint == fresh.fingerprint
    assert now.decide(given_facts) == fresh.decide(given_facts)


def test_a_set_that_shares_its_index_knows_its_own_rules_only():
    first = compile_set([rule("a", 'customer.tier == "gold"'), rule("b", 'cart.currency == "EUR"')])
    second = first.replace(rule("a", 'customer.tier == "silver"', version=2))
    third = first.replace(rule("a", 'customer.country == "DE"', version=3), removed=["b"])
    found = [[it.rule_id for it in one.decide(GOLD).matches] for one in (first, second, third)]
    assert found == [["a", "b"], ["b"], ["a"]]
    assert first.index is second.index is third.index


def test_a_set_decides_undisturbed_while_others_are_made_from_it():
    first = compile_set([rule(f"r{n}", f'customer.tier == "gold" && cart.subtotal > {n} && cart.subtotal < 1000') for n in range(80)])  # fmt: skip
    expected, wrong = first.decide(GOLD), []

    def look() -> None:
        wrong.extend(it for it in (first.decide(GOLD) for _ in range(300)) if it != expected)

    threads = [Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    now = first
    for n in range(60):
        now = now.replace(rule(f"n{n}", f"cart.subtotal >= {n} && cart.subtotal < {n + 5}"))
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(now) == 140


bounds = st.one_of(st.none(), st.integers(-20, 20))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(bounds, bounds), max_size=120), st.integers(-25, 25), st.booleans())
def test_intervals_find_what_holds_the_value(pairs, value, settled):
    intervals = Intervals()
    for number, (low, high) in enumerate(pairs):
        intervals.add(Entry(low, high, number))
        if settled and number == len(pairs) // 2:
            intervals.settle()
    found = []
    intervals.find(Decimal(value), found)
    expected = [
        number
        for number, (low, high) in enumerate(pairs)
        if (low is None or low <= value) and (high is None or value <= high)
    ]
    assert sorted(found) == expected


def test_a_rule_of_a_new_shape_is_found_though_somebody_was_looking_up_when_it_came(monkeypatch):
    """The reader that was late writes an old lookup: the next one notices."""
    base = compile_set(rule(f"r{n}", f'customer.tier == "t{n}"') for n in range(300))
    made, compiled = [], index.compile_lookup

    def late(tables):
        found = compiled(tables)
        if not made:
            made.append(base.replace(rule("new", 'customer.country == "DE"')))
        return found

    monkeypatch.setattr(index, "compile_lookup", late)
    base.decide(GOLD)
    assert [it.rule_id for it in made[0].decide(GOLD).matches] == ["new"]


def test_a_rule_that_is_changed_and_removed_at_once_is_gone():
    base = compile_set([rule("a"), rule("b")])
    left = base.replace(rule("a", percent="20"), removed=["a"])
    assert [it.id for it in left.rules] == ["b"]
    assert left.fingerprint == compile_set([rule("b")]).fingerprint
