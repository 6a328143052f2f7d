"""The guides to tables and stacking are followed to the letter."""

import re
from decimal import Decimal
from pathlib import Path

from contexts.calculation import engine

GUIDES = Path(engine.__file__).parents[3] / "docs" / "guides"
FENCE = re.compile(r"^```(python|)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def followed(name):
    """Run a guide's code; return what it made, and the blocks that are not code."""
    made, shown = {}, []
    for language, block in FENCE.findall((GUIDES / name).read_text()):
        if language:
            exec(compile(block, name, "exec"), made)  # noqa: S102 - our own text
        else:
            shown.append(block)
    return made, shown


def test_the_guide_to_decision_tables_gives_what_it_says():
    made, (text,) = followed("decision-tables.md")
    (match,) = made["decision"].matches
    assert match.effects == (("percent_off", {"percent": Decimal(10)}),)
    assert match.rule_id == "tiers/2"
    assert made["table"].rules[1].source.condition == (
        'customer.tier == "gold" && cart.subtotal >= 50 && cart.subtotal <= 100'
    )
    overlap, gap = made["findings"]
    assert (overlap.rows, gap.kind) == ((1, 2), "gap")
    assert overlap.facts["cart"]["subtotal"] == 100
    assert made["instance"].arguments == {"percent": "7.5", "least": "100"}
    assert made["text"] == text
    assert made["again"] == made["instance"].rule


def test_the_guide_to_stacking_prints_what_it_says(capsys):
    made, (printed,) = followed("stacking.md")
    assert capsys.readouterr().out == printed
    assert made["applied"].taken == Decimal("39.96")
