"""A rule that is a table, on its way from a file to a receipt and back into one."""

from __future__ import annotations

import io
import json

import msgspec
import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test import Client
from openpyxl import Workbook

from contexts.calculation.messages import AnalyseRules, CompareDecisions, Decide
from contexts.identity import services as identity
from contexts.rules import queries, services
from contexts.rules.errors import RuleUnsound, SheetUnreadable
from contexts.rules.management import files
from contexts.rules.models import RuleVersion
from contexts.rules.policies.bundles import laid_out
from contexts.rules.queries.bundles import exported
from shared_kernel import bus
from shared_kernel.decisions import TableInput, TableOutput, TableRow, TableText
from tests.integration.contexts.conftest import text

POINT = "promotions.line-discounts"
TABLE = TableText(
    (TableInput("customer.tier"), TableInput("line.quantity")),
    (TableOutput("percent_off_line", "percent"),),
    (
        TableRow(('"gold"', ">= 10"), ("12",), "Gold and many"),
        TableRow(("-", ">= 10"), ("5",)),
    ),
)


def volume(table: TableText = TABLE, **more):
    return msgspec.structs.replace(text(name="Volume", **more), effects=(), table=table)


def facts(tier: str, quantity: int) -> dict:
    line = {"sku": "A", "quantity": quantity, "total": "10"}
    return {"line": line, "lines": [], "customer": {"tier": tier}, "cart": {}}


def decided(*asked, **more):
    return bus.ask(Decide(point=POINT, facts=asked, **more)).decisions


class TestDeciding:
    def test_an_approved_table_decides_and_tells_its_row(self, active):
        """A receipt has the rule's id and version, the row in its name, and the row's own words."""
        live = active("volume", volume())
        (one,), (two,), none = (it.applied for it in decided(facts("gold", 12), facts("tin", 12), facts("gold", 1)))  # fmt: skip
        assert (one.rule_id, one.version) == (str(live.rule_id), 1)
        assert (one.rule, one.reason) == ("Volume, row 1", "Gold and many")
        assert (two.rule, two.reason) == ("Volume, row 2", "Ten off")
        assert none == ()

    def test_rows_are_explained_as_one_rule(self, active):
        """A table of five hundred rows is one line of an explanation, and says what comes nearest."""
        active("volume", volume())
        said = decided(facts("gold", 12), facts("tin", 9), explain="nearest")
        applied, aside = said[0].explanations
        assert (applied.outcome, aside.outcome) == ("applied", "set aside")
        assert '"Volume, row 1" applies from the same table' in aside.sentence
        (silent,) = said[1].explanations
        assert silent.rule == "Volume"
        assert silent.sentence.startswith("none of 2 rows matches; the nearest is row 2: ")

    def test_a_draft_is_compared_by_its_rule(self, active):
        """A back-test leaves alone what a draft cannot change, and sees each row that it does."""
        live = active("volume", volume())
        rows = (TABLE.rows[0], TableRow(("-", ">= 10"), ("6",)))
        draft = msgspec.structs.replace(
            live.text, version=2, table=msgspec.structs.replace(TABLE, rows=rows)
        )
        found = bus.ask(
            CompareDecisions(
                point=POINT, drafts=(draft,),
                facts=(facts("gold", 12), facts("tin", 12), facts("tin", 1)),
            )
        )  # fmt: skip
        assert [it and str(it.applied[0].effects[0].params["percent"]) for it in found.after] == ["12", "6", None]  # fmt: skip

    def test_a_review_is_told_of_gaps_and_of_rows_that_overlap(self, in_tenant):
        """Shown with facts that were decided; under `first` a row behind another is no fault."""
        del in_tenant
        draft = msgspec.structs.replace(volume(), rule_id="t", version=1)
        unique = msgspec.structs.replace(
            draft, table=msgspec.structs.replace(TABLE, hit_policy="unique")
        )
        (gap,) = bus.ask(AnalyseRules(point=POINT, drafts=(draft,))).findings
        assert (gap.kind, gap.standing, gap.rules) == ("gap", "note", ("t",))
        assert 1 <= (many := gap.examples[0].facts["line"]["quantity"]) < 10
        assert f"line.quantity is {many}" in gap.sentence
        kinds = {
            it.kind: it for it in bus.ask(AnalyseRules(point=POINT, drafts=(unique,))).findings
        }
        assert set(kinds) == {"gap", "overlap"}
        assert kinds["overlap"].standing == "problem"
        assert kinds["overlap"].examples[0].facts["customer"]["tier"] == "gold"


class TestGuards:
    def test_sql_cannot_change_a_table_that_was_submitted(self, approved):
        """What was approved is what decides, whoever has the database's password."""
        version = approved("volume", volume())
        with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
            RuleVersion.objects.filter(id=version.id).update(table={**version.table, "rows": []})
        with connection.cursor() as cursor, pytest.raises(IntegrityError, match="does not change"), transaction.atomic():  # fmt: skip
            cursor.execute(
                'UPDATE rules_ruleversion SET "table" = NULL WHERE id = %s', [version.id]
            )

    def test_nothing_is_a_table_and_says_effects(self, in_tenant):
        """One of both would be read, and the other one believed."""
        del in_tenant
        draft = services.create_rule(slug="v", point=POINT, text=volume(), author="user:anna")
        with pytest.raises(IntegrityError, match="version_table_or_effects"), transaction.atomic():
            RuleVersion.objects.filter(id=draft.id).update(effects=[{"kind": "x", "params": {}}])

    def test_a_table_is_cloned_rolled_back_to_and_told_apart(self, active):
        """Its rows are compared row by row in words, so that an approver reads what changed."""
        live = active("volume", volume())
        rows = (TABLE.rows[0], TableRow(('"silver"', ">= 10"), ("8",)), TABLE.rows[1])
        longer = volume(msgspec.structs.replace(TABLE, rows=rows))
        second = services.draft_version(rule_id=live.rule_id, text=longer, author="user:anna")
        changed = {it["field"]: it["lines"] for it in queries.difference(live, second)}
        words = [
            line for mark, line in changed["In plain words"] if mark == "+" and "Silver" in line
        ]
        assert words == [
            "Silver customers get 8 % off each line whose quantity is at least 10.",
        ]
        assert ("+", '"silver" | >= 10 → 8') in changed["Table"]
        assert ("-", '"silver" | >= 10 → 8') not in changed["Table"]
        clone = services.clone_rule(rule_id=live.rule_id, number=1, slug="copy", author="user:anna")
        assert clone.text.table == TABLE
        services.discard_draft(rule_id=live.rule_id, number=2, discarded_by="user:anna")
        back = services.roll_back(rule_id=live.rule_id, to=1, author="user:anna")
        assert (back.text.table, back.content_hash) == (TABLE, live.content_hash)


class TestFiles:
    def test_a_bundle_has_the_table_and_gives_it_back(self, active, tmp_path):
        """Rules live in version control, tables among them; the same is no change, another row a draft."""
        active("volume", volume())
        bundle = exported()
        files.save(bundle, tmp_path)
        assert not list(files.unsound(files.load(tmp_path)))
        assert services.import_bundle(bundle=bundle, author="user:ben").unchanged == 1
        written = tmp_path / "rules" / "volume.json"
        written.write_text(laid_out(bundle.rules[0]).replace(">= 10", "> = 10", 1))
        (fault,) = files.unsound(files.load(tmp_path))
        assert fault.startswith("rules/volume.json:")
        assert "> = 10" in fault
        written.write_text(laid_out(bundle.rules[0]).replace("hit_policy", "hitpolicy"))
        assert "hitpolicy" in files.load(tmp_path).faults[0]

    def test_the_api_gives_and_takes_tables_as_json_csv_and_xlsx(self, in_tenant):
        """What goes out comes in as the same content; words without quotes are put in some."""
        del in_tenant
        owner, _ = identity.register_user(username="anna", scopes=["rules:read", "rules:write"])
        _, secret = identity.issue_api_key(
            name="anna", scopes=["rules:read", "rules:write"], owner=owner
        )
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        body = {
            "slug": "volume", "point": POINT, "name": "Volume", "reason": "Volume", "condition": "true",
            "table": msgspec.to_builtins(TABLE),
        }  # fmt: skip
        made = client.post("/api/v1/rules/", json.dumps(body), "application/json").json()
        place = f"/api/v1/rules/{made['rule_id']}/versions/1"
        assert made["table"] == json.loads(msgspec.json.encode(TABLE))
        for kind in ("csv", "xlsx"):
            got = client.get(f"{place}/table/{kind}")
            put = client.put(
                f"{place}/table/{kind}", got.content, got["Content-Type"], headers={"If-Match": got["ETag"]}
            )  # fmt: skip
            assert (put.status_code, put.json()["content_hash"]) == (200, made["content_hash"])
        loose = b"customer.tier;line.quantity;gives percent_off_line.percent\r\ngold;>= 10;12\r\n"
        tag = client.get(place)["ETag"]
        put = client.put(f"{place}/table/csv", loose, "text/csv", headers={"If-Match": tag})
        assert put.json()["table"]["rows"][0]["cells"] == ['"gold"', ">= 10"]
        wrong = loose.replace(b"12", b"12;oops")
        put = client.put(f"{place}/table/csv", wrong, "text/csv", headers={"If-Match": put["ETag"]})
        assert (put.status_code, put.json()["code"]) == (422, "rules.sheet-unreadable")
        assert "line 2, column D" in put.json()["detail"]

    def test_a_workbook_gives_its_values_and_refuses_what_has_none(self, in_tenant):
        """Numbers, dates and truth as cells of ours; a formula that nobody computed is named by its place."""
        del in_tenant
        draft = services.create_rule(slug="v", point=POINT, text=volume(), author="user:anna")

        def put(*rows):
            book, out = Workbook(), io.BytesIO()
            for it in rows:
                book.active.append(it)
            book.save(out)
            return services.write_table(
                rule_id=draft.rule_id, number=1, content=out.getvalue(), author="user:anna"
            )

        head = ["U", "line.quantity", "customer.tier", "gives percent_off_line.percent"]
        written = put(head, [1, 3, "gold", 12.5], [], [2, None, "it's", 7])
        assert written.text.table.hit_policy == "unique"
        assert [(it.cells, it.gives) for it in written.text.table.rows] == [
            (("3", '"gold"'), ("12.5",)),
            (("-", '"it\'s"'), ("7",)),
        ]
        with pytest.raises(SheetUnreadable, match="line 2, column D stands a formula"):
            put(head, [1, 3, "gold", "=1+1"])

    def test_numbers_are_taken_as_people_write_them(self, in_tenant):
        """Price lists say 10 % and 12,5; what may be one or a thousand is asked about, not guessed."""
        del in_tenant
        draft = services.create_rule(slug="v", point=POINT, text=volume(), author="user:anna")

        def put(*cells):
            book, out = Workbook(), io.BytesIO()
            book.active.append(["line.quantity", "gives percent_off_line.percent"])
            for it in cells:
                book.active.append([f">= {len(cells)}", it])
            (*_, last), *_ = book.active.iter_cols(min_col=2)
            last.number_format = "0.0%"  # of a text it shows nothing
            book.save(out)
            return services.write_table(
                rule_id=draft.rule_id, number=1, content=out.getvalue(), author="user:anna"
            )

        written = put("10 %", "12,5 %", "12,5", "7.5\u00a0%", "0,125", "-", 0.075)
        gives = [it.gives[0] for it in written.text.table.rows]
        assert gives == ["10", "12.5", "12.5", "7.5", "0.125", "-", "7.5"]
        for unclear in ("1,000", "1.000,5", "12,5,3"):
            with pytest.raises(RuleUnsound, match=r"write it as 12\.5"):
                put(unclear)
