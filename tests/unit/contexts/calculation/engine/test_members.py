"""Rules by their ids: a changed copy says what changed, and leaves the one that it came from as it was."""

from hypothesis import given
from hypothesis import strategies as st

from contexts.calculation.engine.members import Members
from tests.unit.contexts.calculation.engine.shop import rule

RULES = [rule(f"r{number}", "true") for number in range(600)]
NEWER = [rule(f"r{number}", "false") for number in range(600)]
some = st.sets(st.integers(0, 599), max_size=40)


@given(first=some, changed=some, removed=some)
def test_members_are_what_a_dict_would_hold(first, changed, removed):
    before = Members().replaced(RULES[it] for it in first)
    after = before.replaced([NEWER[it] for it in changed], [f"r{it}" for it in removed])

    plain = {f"r{it}": RULES[it] for it in first}
    wanted = plain | {f"r{it}": NEWER[it] for it in changed}
    for it in removed:
        wanted.pop(f"r{it}", None)
    assert {it.id: it for it in after} == wanted
    assert len(after) == len(wanted)
    assert {it.id: it for it in before} == plain


def test_a_copy_shares_what_did_not_change():
    """Of many rules a changed one costs its own part only."""
    before = Members().replaced(RULES)
    after = before.replaced([NEWER[7]])
    shared = [one is other for one, other in zip(before._parts, after._parts, strict=True)]
    assert shared.count(False) == 1
    assert "r7" in after
    assert "r600" not in after
