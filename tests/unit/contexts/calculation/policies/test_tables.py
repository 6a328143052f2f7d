"""A rule that is a table: its rows decide as rules by hand would, every faulty cell is named, and other rules stay as they were."""

from hashlib import sha256

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation import policies
from contexts.calculation.policies.standing import with_rules
from contexts.calculation.policies.tables import MOST_CELLS, rule_of
from contexts.promotions.decisions import LINE_DISCOUNTS, SHIPPING_DISCOUNTS
from shared_kernel.decisions import (
    EffectText,
    RuleText,
    TableInput,
    TableOutput,
    TableRow,
    TableText,
)

POINT = LINE_DISCOUNTS.name
TIER, QUANTITY = TableInput("customer.tier", "string"), TableInput("line.quantity", "int")
PERCENT = TableOutput("percent_off_line", "percent")


def row(*cells: str, gives: str = "10", reason: str = "") -> TableRow:
    return TableRow(cells, (gives,), reason)


def table(*rows: TableRow, hit_policy: str = "first", inputs=(TIER, QUANTITY)) -> TableText:
    return TableText(tuple(inputs), (PERCENT,), rows, hit_policy)


def written(its: TableText, rule_id: str = "t", condition: str = "true", **more) -> RuleText:
    return RuleText(rule_id, 1, "Volume", "Volume discount", condition, (), table=its, **more)


def plain(rule_id: str, condition: str, percent: str = "10", **more) -> RuleText:
    effects = (EffectText("percent_off_line", {"percent": percent}),)
    return RuleText(rule_id, 1, "Ten", "Ten off", condition, effects, **more)


def faults(text: RuleText, point: str = POINT) -> dict[str, str]:
    return {it.pointer: it.message for it in policies.checked(point, text).faults}


SOUND = table(row('"gold"', ">= 10", gives="12"), row("-", ">= 10", gives="5"))


class TestWhatWasThereBefore:
    def test_rules_without_a_table_are_the_same_bytes_and_hashes_as_before_there_were_tables(self):
        """Approvals, recorded sets and signatures are of these; the figures were taken before tables came."""
        texts = [
            plain("a", "true"),
            plain("b", 'customer.tier == "gold"', "12.50", group="g", priority=3, order=2, stop=True),
        ]  # fmt: skip
        assert [sha256(msgspec.json.encode(it)).hexdigest()[:16] for it in texts] == [
            "a65fc860beb13d6b",
            "91b6ccaa663657e9",
        ]
        assert [policies.checked(POINT, it).content_hash[:16] for it in texts] == [
            "8197f27da0d8c7ac",
            "2fc4be32ec18bece",
        ]
        assert policies.standing_of(POINT, texts).fingerprint.startswith("086aee9134f45c0b")


CELLS = st.sampled_from(['"gold"', '"silver", "gold"', 'not("gold")', "-", "", "null"])
COUNTS = st.sampled_from(["-", "3", ">= 3", "[2..5]", "(2..5)", "< 4, > 8", "where line.quantity > 6"])  # fmt: skip
ROWS = st.lists(
    st.builds(lambda a, b, g: row(a, b, gives=str(g)), CELLS, COUNTS, st.integers(1, 40)),
    min_size=1,
    max_size=6,
)
BY_HAND = {
    '"gold"': 'customer.tier == "gold"', '"silver", "gold"': 'customer.tier in ["silver", "gold"]',
    'not("gold")': 'customer.tier != "gold"', "null": "!has(customer.tier)", "3": "line.quantity == 3",
    ">= 3": "line.quantity >= 3", "[2..5]": "line.quantity >= 2 && line.quantity <= 5",
    "(2..5)": "line.quantity > 2 && line.quantity < 5", "< 4, > 8": "(line.quantity < 4 || line.quantity > 8)",
    "where line.quantity > 6": "line.quantity > 6",
}  # fmt: skip


def facts(tier: str | None, quantity: int) -> dict:
    customer = {"tier": tier} if tier else {}
    return {"line": {"quantity": quantity}, "customer": customer, "cart": {"channel": "web"}}


class TestDeciding:
    @settings(max_examples=60, deadline=None)
    @given(
        ROWS, st.sampled_from(["first", "collect"]), st.sampled_from(["true", "line.quantity < 7"])
    )
    def test_a_table_decides_as_the_rules_that_somebody_would_write_instead(
        self, rows, hit_policy, shared
    ):
        """Among other rules, before and behind it: the table is no world of its own."""
        around = [plain("a", "line.quantity > 2", "1"), plain("z", "line.quantity > 1", "2")]
        by_hand = [
            plain(
                f"t-{number:02}",
                " && ".join([shared, *(BY_HAND[it] for it in one.cells if it in BY_HAND)]),
                one.gives[0],
                group="one" if hit_policy == "first" else None,
            )
            for number, one in enumerate(rows)
        ]
        of_table = policies.standing_of(
            POINT, [*around, written(table(*rows, hit_policy=hit_policy), condition=shared)]
        )
        of_rules = policies.standing_of(POINT, [*around, *by_hand])
        for tier in ("gold", "silver", "bronze", None):
            for quantity in (1, 2, 3, 5, 6, 8, 9):
                one, other = (
                    [it.effects for it in stands.rules.decide(facts(tier, quantity)).matches]
                    for stands in (of_table, of_rules)
                )
                assert one == other

    def test_a_table_is_one_rule_outwards(self):
        """Receipts, releases and recorded sets know rules by their ids; rows are told by name."""
        stands = policies.standing_of(POINT, [written(SOUND), plain("a", "true")])
        assert stands.members == {"t": 1, "a": 1}
        assert stands.rows == {"t": 2}
        matched = stands.rules.decide(facts("gold", 12)).matches
        assert [(rule_of(it.rule_id), it.name) for it in matched] == [
            ("a", "Ten"),
            ("t", "Volume, row 1"),
        ]

    def test_a_set_made_of_the_one_before_is_the_set_made_anew(self):
        """Rows come and go with versions, and a rule becomes a table and a rule again."""
        stands = policies.standing_of(POINT, [plain("t", "true"), plain("a", "true")])
        longer = table(*SOUND.rows, row("-", "-", gives="1"))
        for text in (written(SOUND), written(longer), written(SOUND), plain("t", "true")):
            stands = with_rules(stands, [text])
            anew = policies.standing_of(POINT, [plain("a", "true"), text])
            assert (stands.fingerprint, stands.members, stands.rows) == (
                anew.fingerprint, anew.members, anew.rows,
            )  # fmt: skip
        with_table = with_rules(stands, [written(longer)])
        assert with_rules(with_table, [], ["t"]).members == {"a": 1}


class TestHash:
    def test_spelling_does_not_count_and_every_cell_does(self):
        """An approval is for what the table says."""
        hashes = [
            policies.checked(POINT, written(it)).content_hash
            for it in (
                SOUND,
                table(row(" 'gold' ", ">=10", gives=" 12 "), row("", ">= 10", gives="5")),
                table(row('"gold"', ">= 10", gives="13"), row("-", ">= 10", gives="5")),
                table(row('"gold"', ">= 11", gives="12"), row("-", ">= 10", gives="5")),
                table(*SOUND.rows, hit_policy="unique"),
                table(row('"gold"', ">= 10", gives="12", reason="So"), SOUND.rows[1]),
                table(*reversed(SOUND.rows)),
            )
        ]
        assert hashes[0] == hashes[1]
        assert len(set(hashes)) == len(hashes) - 1
        scoped = policies.checked(POINT, written(SOUND, condition="line.quantity > 1"))
        assert scoped.content_hash not in hashes


class TestFaults:
    def test_every_faulty_cell_is_named_by_its_place(self):
        """Whoever pastes two hundred rows wants to see all that is wrong, where it is wrong."""
        broken = table(
            row("gold", ">= 10"), row('"gold"', "> > 3", gives="lots"), row('"a"', "3.5.1")
        )
        found = faults(written(broken))
        assert set(found) == {
            "/table/rows/0/cells/0",
            "/table/rows/1/cells/1",
            "/table/rows/1/gives/0",
            "/table/rows/2/cells/1",
        }
        assert found["/table/rows/0/cells/0"] == 'a text stands in quotes: did you mean "gold"?'

    @pytest.mark.parametrize(
        ("its", "pointer"),
        [
            (table(), "/table/rows"),
            (TableText((TIER,), (), (TableRow(('"a"',), ()),)), "/table/outputs"),
            (table(TableRow(("-",), ("1",))), "/table/rows/0"),
            (table(row("-", "1"), inputs=(TableInput("customer.teir", "string"), QUANTITY)),
             "/table/inputs/0/expression"),
            (table(row("-", "1"), inputs=(TableInput("customer.tier", "strin"), QUANTITY)),
             "/table/inputs/0/type"),
            (TableText((TIER,), (TableOutput("percent_off", "percent"),), (row("-"),)),
             "/table/outputs/0/effect"),
            (TableText((TIER,), (TableOutput("percent_off_line", "per"),), (row("-"),)),
             "/table/outputs/0/param"),
            (TableText((TIER,), (PERCENT, PERCENT), (TableRow(("-",), ("1", "2")),)),
             "/table/outputs/1/param"),
            (table(row("-", "1"), hit_policy="priority"), "/table/hit_policy"),
            (table(row("-", "1", gives="-"), hit_policy="collect"), "/table/rows/0"),
            (table(*[row("-", "1")] * (MOST_CELLS // 3 + 1)), "/table/rows"),
        ],
    )  # fmt: skip
    def test_a_table_that_is_none_is_refused_at_its_place(self, its, pointer):
        """Shape, columns and hit policy; nothing of it may reach a decision."""
        assert pointer in faults(written(its))

    def test_what_the_point_or_the_rule_cannot_keep_is_refused(self):
        """All rows cannot apply where one rule does: not at such a point, in a group, or before a stop."""
        every = table(row("-", "1"), hit_policy="collect")
        assert set(faults(written(every, group="g"))) == {"/group"}
        assert set(faults(written(every, stop=True))) == {"/stop"}
        shipping = TableText(
            (TIER,), (TableOutput("percent_off_shipping", "percent"),), (row("-"),), "collect"
        )
        assert set(faults(written(shipping), SHIPPING_DISCOUNTS.name)) == {"/table/hit_policy"}
        first = msgspec.structs.replace(shipping, hit_policy="first")
        assert not faults(written(first), SHIPPING_DISCOUNTS.name)

    def test_the_type_of_a_fact_need_not_be_written(self):
        """Whoever picks a fact has said its type."""
        bare = table(*SOUND.rows, inputs=(TableInput("customer.tier"), TableInput("line.quantity")))
        assert not faults(written(bare))


class TestWords:
    def test_a_table_says_itself_and_each_of_its_rows(self):
        """Approvers read sentences, not cells."""
        its = table(
            row('"gold"', ">= 10", gives="12"), row("-", "[2..5]", gives="5"), row("-", "-", gives="-")
        )  # fmt: skip
        said = policies.said_rule(POINT, written(its, condition='cart.channel == "web"'))
        assert said.sentence == (
            "A table of 3 rows by the customer's tier and the line's quantity, of which the first that "
            "matches applies, asked only if the cart's channel is web."
        )
        assert [line for _, line in said.outline] == [
            "Gold customers get 12 % off each line whose quantity is at least 10.",
            "Everyone gets 5 % off each line whose quantity is at least 2 and whose quantity is at most 5.",
            "Nothing in all other cases.",
        ]


class TestMap:
    def test_a_table_speaks_about_the_facts_of_its_columns(self):
        """Whoever asks which rules know gold customers must find them in cells too."""
        spoken = policies.spoken_of(POINT, written(SOUND, condition='cart.channel == "web"'))
        assert {(it.fact, it.value) for it in spoken} == {
            ("cart.channel", "web"),
            ("customer.tier", "gold"),
            ("line.quantity", ""),
        }
