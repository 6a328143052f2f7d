"""The engine's README is followed to the letter."""

import re
from decimal import Decimal
from pathlib import Path

from contexts.calculation import engine

README = Path(engine.__file__).with_name("README.md")


def test_every_block_of_the_readme_runs_and_gives_what_it_says(capsys):
    blocks = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    said: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), said)  # noqa: S102 - our own text
    assert len(blocks) == 8
    assert said["decision"].matches[0].effects == (("percent_off", {"percent": Decimal(10)}),)
    assert said["said"].outcome == "not matched"
    assert "99.99" in said["said"].sentence
    assert "cart.subtotal" in capsys.readouterr().out
    facts = {"cart": {"subtotal": Decimal(120), "country": "DE"}}
    assert said["rules"].decide(facts).matches[0].version == 1
    assert said["newer"].decide(facts).matches[0].version == 2
