"""Hypothesis strategies: typed random expressions as text, and facts that may miss what is optional."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

INTS = ["0", "1", "2", "-3", "7", "9223372036854775807", "customer.age", "size(lines)"]
DECIMALS = ["0.0", "0.1", "12.50", "-3.25", "1e20", "cart.subtotal"]
STRINGS = ['""', '"gold"', "'silver'", "r'a\\b'", "customer.tier", "customer.country", "note"]
LINE = {"int": ["quantity"], "decimal": ["unit_price"], "string": ["sku", "category"], "bool": []}
BOOLS = ["true", "false", "customer.vip", "has(customer.tier)", "has(note)", "has(customer)"]
ATTRIBUTES = ["customer.attributes.team", "customer.attributes.level", 'customer.attributes["x y"]']
ROOTS = {"int": INTS, "decimal": DECIMALS, "string": STRINGS, "bool": BOOLS}


@st.composite
def expressions(draw, kind="bool", depth=None, loops=()):
    """Return the text of an expression of that type; without a depth, of any depth up to four."""
    depth = draw(st.integers(0, 4)) if depth is None else depth

    def sub(other, *, scope=loops, less=1):
        return draw(expressions(other, depth - less, scope))

    fields = [f"{loop}.{field}" for loop in loops for field in LINE[kind]]
    if depth <= 0:
        return draw(st.sampled_from(ROOTS[kind] + fields * 3))
    form = draw(st.sampled_from(FORMS[kind]))
    loop = f"l{len(loops)}"
    inner = (*loops, loop)
    if "LOOP" in form and len(loops) >= 2:
        return draw(st.sampled_from(ROOTS[kind] + fields))
    text = form.replace("LOOP", loop)
    text = text.replace("LEAF", draw(st.sampled_from(ROOTS[kind] + fields * 2)))
    text = text.replace("ATTRIBUTE", draw(st.sampled_from(ATTRIBUTES)))
    for mark, other in MARKS.items():
        while f"<{mark}>" in text:
            text = text.replace(f"<{mark}>", f"({sub(other)})", 1)
        while f"[{mark}]" in text:
            text = text.replace(f"[{mark}]", sub(other, scope=inner, less=2), 1)
    for operator, choices in OPERATORS.items():
        if operator in text:
            text = text.replace(operator, draw(st.sampled_from(choices)))
    return text


MARKS = {"I": "int", "D": "decimal", "S": "string", "B": "bool"}
OPERATORS = {
    "ORDER": ["<", "<=", ">", ">="],
    "EQUAL": ["==", "!="],
    "WHOLE": ["+", "-", "*", "/", "%"],
    "EXACT": ["+", "-", "*", "/"],
}
FORMS = {
    "int": [
        "LEAF",
        "<I> WHOLE <I>",
        "<B> ? <I> : <I>",
        "-<I>",
        "abs(<I>)",
        "min(<I>, <I>)",
        "lines.filter(LOOP, [B]).size()",
        "sum(lines.map(LOOP, [I]))",
        "sum(lines.map(LOOP, [B], [I]))",
    ],
    "decimal": [
        "LEAF",
        "<D> EXACT <D>",
        "<D> EXACT <I>",
        "<I> EXACT <D>",
        "<B> ? <D> : <I>",
        "max(<D>, <I>)",
        "round(<D>, 2)",
        "decimal(<I>) / <I>",
        "sum(lines.map(LOOP, [D]))",
        "max(lines.map(LOOP, [D]))",
    ],
    "string": ["LEAF", "<S> + <S>", "<B> ? <S> : <S>", "[<S>, <S>][<I>]", '{"a": <S>}["a"]'],
    "bool": [
        "LEAF",
        "<B> && <B>",
        "<B> || <B>",
        "<B> && <B> && !<B>",
        "!<B>",
        "!(cart.subtotal ORDER <D>)",
        "!(customer.age ORDER <I>)",
        "customer.tier EQUAL note",
        "!(customer.tier EQUAL note)",
        "!<B> || !<B>",
        "<B> ? <B> : <B>",
        "<B> EQUAL <B>",
        "<I> ORDER <D>",
        "<D> ORDER <D>",
        "<D> EQUAL <I>",
        "<S> EQUAL <S>",
        "<S> ORDER <S>",
        "<S> in [<S>, 'gold']",
        "<S> in customer.tags",
        "<S> in customer.scores",
        "<I> in [1, 2.0, <I>]",
        "customer.tier EQUAL 'gold'",
        "!(customer.tier in ['gold', 'silver'])",
        "ATTRIBUTE EQUAL <S>",
        "ATTRIBUTE EQUAL 'red'",
        "ATTRIBUTE ORDER <I>",
        "ATTRIBUTE in [1, <S>]",
        "has(customer.attributes.team)",
        "[<I>, <I>] EQUAL [<I>, <D>]",
        "<S>.startsWith(<S>)",
        "<S>.contains(<S>)",
        "lines.exists(LOOP, [B])",
        "lines.all(LOOP, [B])",
        "lines.exists_one(LOOP, [B])",
        "!lines.exists(LOOP, [B])",
    ],
}

texts = st.sampled_from(["gold", "silver", "red", "", "a\\b", "é"])
amounts = st.sampled_from([Decimal("82.00"), Decimal("0.1"), Decimal(0), Decimal("-7.125"), 3])
values = st.one_of(texts, amounts, st.booleans(), st.none(), st.integers(-3, 3))
customers = st.fixed_dictionaries(
    {
        "country": texts,
        "tags": st.lists(texts, max_size=3),
        "attributes": st.dictionaries(st.sampled_from(["team", "level", "x y"]), values),
        "scores": st.dictionaries(texts, st.integers(0, 3), max_size=3),
    },
    optional={
        "tier": st.one_of(texts, st.none()),
        "age": st.one_of(st.integers(-3, 90), st.none()),
        "vip": st.one_of(st.booleans(), st.none()),
    },
)
lines = st.fixed_dictionaries(
    {"sku": texts, "quantity": st.integers(0, 3), "unit_price": amounts},
    optional={"category": st.one_of(texts, st.none())},
)
facts = st.fixed_dictionaries(
    {
        "lines": st.lists(lines, max_size=3),
        "cart": st.fixed_dictionaries({"subtotal": amounts, "currency": texts}),
        "at": st.just(datetime(2025, 1, 2, tzinfo=UTC)),
    },
    optional={"customer": st.one_of(st.none(), customers), "note": st.one_of(st.none(), texts)},
)
