"""Hypothesis strategies: conditions about discounts on a line as somebody builds them, part by part."""

from hypothesis import strategies as st

from contexts.calculation.engine.canonical import quoted
from contexts.promotions.decisions import LINE_DISCOUNTS

POINT = LINE_DISCOUNTS.name
TEXTS = ["gold", "Garden/Tools", "Summer sale", "and", "3", "", 'say "hi"', "“x”", "a, b", "it's", "true"]  # fmt: skip
STRINGS = ["customer.tier", "customer.country", "line.sku", "cart.channel", "customer.attributes.team"]  # fmt: skip
NUMBERS = ["line.quantity", "line.unit_price", "cart.subtotal", "cart.quantity"]
LISTS = ["customer.segments", "cart.coupons"]
OF_LINES = {"string": ["l.sku", "l.category", "l.attributes.colour"], "number": ["l.quantity", "l.total"]}  # fmt: skip
MOMENTS = ["2026-01-01T00:00:00Z", "2026-06-30T21:59:59+02:00"]

texts = st.sampled_from(TEXTS).map(quoted)
numbers = st.sampled_from(["0", "3", "3.5", "-1", "100.00", "12.05"])
relations = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
loops = st.sampled_from(["exists", "all", "exists_one"])


def leaves(strings, figures):
    """One row of a builder: a fact, what is asked of it, and a value."""
    string, number = st.sampled_from(strings), st.sampled_from(figures)
    several = st.lists(texts, min_size=1, max_size=3).map(lambda it: f"[{', '.join(it)}]")
    negated = st.sampled_from(["", "!"])
    methods = st.sampled_from(["startsWith", "endsWith", "contains"])
    equal = st.sampled_from(["==", "!="])
    return st.one_of(
        st.builds("{} {} {}".format, string, equal, texts),
        st.builds("{} {} {}".format, number, relations, st.one_of(numbers, number)),
        st.builds("{}{}.{}({})".format, negated, string, methods, texts),
        st.builds(lambda no, fact, it: f"!({fact} in {it})" if no else f"{fact} in {it}", negated, string, several),
        st.builds("{}has({})".format, negated, string),
    )  # fmt: skip


@st.composite
def nested(draw, parts, depth):
    """A part, or parts that must all hold, of which one must, or of which none may; each shape is drawn alike often."""
    shape = draw(st.sampled_from(["part", "group", "group", "none", "not"])) if depth else "part"
    if shape == "part":
        return draw(parts)
    if shape == "not":
        return f"!({draw(nested(parts, depth - 1))})"
    word = draw(st.sampled_from([" && ", " || "]))
    inner = [f"({draw(nested(parts, depth - 1))})" for _ in range(draw(st.integers(2, 3)))]
    joined = word.join(inner)
    return f"!({joined})" if shape == "none" else joined


_bodies = nested(leaves(OF_LINES["string"], OF_LINES["number"]), 1)
rows = st.one_of(
    leaves(STRINGS, NUMBERS),
    st.builds(
        lambda no, it, fact: f"!({it} in {fact})" if no else f"{it} in {fact}",
        st.booleans(),
        texts,
        st.sampled_from(LISTS),
    ),
    st.builds(
        'at {} timestamp("{}")'.format,
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from(MOMENTS),
    ),
    st.builds("{}lines.{}(l, {})".format, st.sampled_from(["", "!"]), loops, _bodies),
    st.builds("lines.filter(l, {}).size() {} {}".format, _bodies, relations, numbers),
    st.builds(
        "sum(lines.filter(l, {}).map(l, {})) {} {}".format,
        _bodies,
        st.sampled_from(OF_LINES["number"]),
        relations,
        numbers,
    ),
)
conditions = nested(rows, 2)
