"""A tenant says what its attributes are: rules about them are checked, facts are read by it, and nothing is pulled away."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from contexts.calculation import queries, services
from contexts.calculation.errors import (
    AttributeInUse,
    AttributeTaken,
    AttributeUnsound,
    UnknownRecord,
)
from contexts.calculation.messages import CheckCondition, Decide, ListAttributes
from contexts.calculation.models import DeclaredAttribute, RuleSetRecord
from contexts.identity import services as identity
from contexts.rules import services as rules
from contexts.rules.admin.words import fact_groups
from contexts.rules.errors import RuleUnsound
from shared_kernel import bus, clock
from shared_kernel.cache import invalidation
from shared_kernel.decisions import Window, point_named
from shared_kernel.errors import ConcurrentUpdate, Invalid, NotFound
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import deliver, text

LINES = "promotions.line-discounts"
ORDERS = "promotions.order-discounts"
SINCE = "customer.attributes.loyalty_since"
LOYAL = f'{SINCE} < timestamp("2020-01-01T00:00:00Z")'


def declare(name="loyalty_since", kind="timestamp", record="customer", **more):
    given = {"about": "when the customer joined", "optional": True, **more}
    found = services.declare_attribute(
        record=record, name=name, kind=kind, declared_by="user:anna", **given
    )
    invalidation.forget_everything()
    return found


def change(name="loyalty_since", kind="timestamp", **more):
    given = {"record": "customer", "about": "since when", "optional": True, **more}
    return services.change_attribute(name=name, kind=kind, changed_by="user:ben", **given)


def retire(name="loyalty_since", record="customer"):
    services.retire_attribute(record=record, name=name, retired_by="user:ben")
    invalidation.forget_everything()


def facts(line=None, **attributes):
    held = {"id": "1", "sku": "s", "category": "", "quantity": 1, "unit_price": "9.90", "total": "9.90", "attributes": line or {}}  # fmt: skip
    customer = {"segments": [], "tags": [], "attributes": attributes}
    return {"line": held, "lines": [held], "cart": {}, "customer": customer}


def decided(*many, **more):
    answer = bus.ask(Decide(point=LINES, facts=many, **more))
    return [len(it.applied) for it in answer.decisions]


def fault_of(condition, point=LINES):
    (fault,) = bus.ask(CheckCondition(point=point, condition=condition)).faults
    return fault


class TestDeclaring:
    def test_a_misspelt_attribute_is_found_while_it_is_typed(self, in_tenant):
        condition = LOYAL.replace("since", "snce")
        assert bus.ask(CheckCondition(point=LINES, condition=condition)).faults == ()
        declare()
        assert fault_of(condition).suggestion == SINCE
        assert "cannot compare timestamp with string" in fault_of(f'{SINCE} == "2019"').message
        assert bus.ask(CheckCondition(point=ORDERS, condition=LOYAL)).facts_used == (SINCE,)

    def test_what_is_not_declared_stays_free(self, in_tenant):
        declare()
        checked = bus.ask(
            CheckCondition(point=LINES, condition='customer.attributes.team == "red"')
        )
        assert checked.faults == ()

    @pytest.mark.parametrize(
        ("given", "refusal", "pointer"),
        [
            ({"record": "shipping"}, UnknownRecord, "/record"),
            ({"kind": "map(string, int)"}, AttributeUnsound, "/type"),
            ({"kind": "dyn"}, AttributeUnsound, "/type"),
            ({"name": "loyalty since"}, AttributeUnsound, "/name"),
            ({"about": " "}, AttributeUnsound, "/about"),
        ],
    )
    def test_what_cannot_be_declared_is_refused_with_its_place(
        self, in_tenant, given, refusal, pointer
    ):
        with pytest.raises(refusal) as refused:
            declare(**given)
        assert refused.value.pointers == (pointer,)
        assert not DeclaredAttribute.objects.exists()

    def test_a_name_is_declared_once_a_record(self, in_tenant):
        declare()
        declare(record="line")
        with pytest.raises(AttributeTaken, match=SINCE):
            declare()

    def test_every_step_is_told_and_kept(self, in_tenant):
        declare()
        change(about="the day they joined")
        retire()
        declare(kind="string")
        told = EventRecord.objects.filter(type__startswith="calculation.attribute").order_by("id")
        assert [it.type.split("-")[-1] for it in told] == ["declared.v1", "changed.v1", "retired.v1", "declared.v1"]  # fmt: skip
        assert [it.revision for it in DeclaredAttribute.objects.order_by("revision")] == [1, 2, 3]

    def test_every_process_is_told_that_its_sets_are_stale(self, in_tenant):
        """The one event that makes a compiled set stale, at each point whose rules see the record."""
        declare(record="line")
        told = EventRecord.objects.filter(type="calculation.rule-set-changed.v1")
        points = [LINES, ORDERS, "promotions.shipping-discounts"]
        assert sorted(it.data["point"] for it in told) == points
        change_of_words = {"record": "line", "kind": "timestamp", "optional": True}
        services.change_attribute(
            name="loyalty_since", about="other", changed_by="user:ben", **change_of_words
        )
        assert told.count() == 3

    def test_another_tenant_declares_for_itself(self, in_tenant):
        declare()
        with tenant_scope(new_id()):
            assert bus.ask(ListAttributes()).attributes == ()
            assert queries.declared() == ()
            with pytest.raises(NotFound):
                retire()

    def test_no_sql_of_the_application_reaches_across(self, in_tenant):
        declared = declare()
        with tenant_scope(new_id()), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM calculation_declaredattribute")
            assert cursor.fetchone() == (0,)
            with pytest.raises(Error), transaction.atomic():
                cursor.execute(
                    "INSERT INTO calculation_declaredattribute (id, tenant_id, record, name, revision, type, about,"
                    " optional, declared_by, active_from) VALUES (%s, %s, 'line', 'x', 1, 'int', '', true, '', now())",
                    [new_id(), declared.tenant_id],
                )


class TestFacts:
    def test_times_and_decimals_are_read_exactly(self, active):
        declare()
        declare("limit", "decimal")
        declare("levels", "list(int)")
        active("loyal", text(LOYAL))
        active("limit", text("customer.attributes.limit == 0.1 + 0.2"))
        active("level", text("3 in customer.attributes.levels"))
        old, young = "2019-12-31T23:59:59Z", "2020-01-01T00:00:00+00:00"
        assert decided(facts(loyalty_since=old), facts(loyalty_since=young)) == [1, 0]
        assert decided(facts(limit="0.3"), facts(limit="0.30"), facts(limit=0)) == [1, 1, 0]
        assert decided(facts(levels=[1, 3]), facts(levels=[]), facts()) == [1, 0, 0]

    def test_of_a_line_wherever_it_stands(self, active):
        declare("weight", "decimal", record="line")
        active("heavy", text("lines.exists(l, l.attributes.weight >= 12.5)"))
        active("this", text("line.attributes.weight >= 12.5"))
        assert decided(facts({"weight": "12.50"}), facts({"weight": "12.49"})) == [2, 0]

    @pytest.mark.parametrize(
        ("name", "kind", "value"),
        [
            ("level", "int", "3"),
            ("level", "int", True),
            ("limit", "decimal", "a lot"),
            ("limit", "decimal", "NaN"),
            ("vip", "bool", 1),
            ("since", "timestamp", "2020-01-01T00:00:00"),
            ("since", "timestamp", 2020),
            ("clubs", "list(string)", "wine"),
            ("clubs", "list(string)", ["wine", 3]),
        ],
    )
    def test_what_is_not_as_declared_is_refused_by_name(self, in_tenant, name, kind, value):
        declare(name, kind)
        with pytest.raises(Invalid, match=rf"customer\.attributes\.{name}"):
            decided(facts(**{name: value}))

    def test_what_is_free_may_be_anything(self, in_tenant):
        declare()
        assert decided(facts(team=3), facts(team=None, other=["x"])) == [0, 0]

    def test_a_missing_one_matches_nothing_even_where_it_is_declared_as_always_there(self, active):
        declare("level", "int", optional=False)
        active("level", text("customer.attributes.level >= 0"))
        assert decided(facts(), facts(level=None), facts(level=0)) == [0, 0, 1]


class TestUnderActiveRules:
    def test_it_neither_changes_nor_goes_while_a_rule_depends_on_it(self, active):
        declare()
        active(
            "loyal",
            text("line.quantity > 0", params={"percent": f"{LOYAL} ? 10 : 5"}, name="Loyal"),
        )
        for attempt in (lambda: change(kind="string"), lambda: change(optional=False), retire):
            with pytest.raises(AttributeInUse, match='"Loyal"'):
                attempt()
        assert decided(facts(loyalty_since="2019-01-01T00:00:00Z")) == [1]

    def test_its_sentence_may_change_at_any_time(self, active):
        declare()
        active("loyal", text(LOYAL))
        assert change(about="the day they joined").revision == 2

    def test_once_the_rule_is_retired_it_is_free_again(self, active):
        declare()
        live = active("loyal", text(LOYAL))
        rules.retire_version(rule_id=live.rule_id, number=1, retired_by="user:ben")
        deliver()
        retire()
        assert decided(facts(loyalty_since=3)) == [0]

    def test_what_an_active_rule_takes_for_something_else_cannot_be_declared(self, active):
        active("team", text("customer.attributes.team > 3", name="Teams"))
        with pytest.raises(AttributeInUse, match=r'declared as string while .* "Teams"'):
            declare("team", "string")
        declare("team", "int")

    def test_a_name_so_like_another_that_it_would_be_misspelt_is_refused_too(self, active):
        active("levels", text("customer.attributes.levels > 3", name="Levels"))
        with pytest.raises(AttributeInUse, match='"Levels"'):
            declare("level", "int")

    @pytest.mark.parametrize("act", [lambda: change(kind="string"), retire])
    def test_a_stopped_point_s_rules_depend_on_it_as_ever(self, active, act):
        """They decide again when the stop is lifted; else it never could be."""
        declare()
        active("loyal", text(LOYAL, name="Loyal"))
        rules.halt_point(point=LINES, reason="wrong", halted_by="user:ben")
        deliver()
        with pytest.raises(AttributeInUse, match='"Loyal"'):
            act()
        rules.free_point(point=LINES, freed_by="user:ben")
        deliver()
        assert decided(facts(loyalty_since="2019-01-01T00:00:00Z")) == [1]

    def test_what_is_going_to_decide_depends_on_it_too(self, in_tenant):
        """Whoever planned the sale was told that it will begin."""
        declare()
        draft = rules.create_rule(
            slug="soon", point=LINES, text=text(LOYAL, name="Soon"), author="user:anna",
            window=Window("2031-01-01T00:00"),
        )  # fmt: skip
        place = {"rule_id": draft.rule_id, "number": 1}
        rules.submit_version(**place, submitted_by="user:anna")
        rules.approve_version(**place, reviewer="user:ben", content_hash=draft.content_hash)
        rules.activate_version(**place, activated_by="user:ben")
        deliver()
        with pytest.raises(AttributeInUse, match='"Soon"'):
            change(kind="string")
        rules.unschedule_version(**place, unscheduled_by="user:ben")
        deliver()
        assert change(kind="string").revision == 2

    def test_an_approved_rule_is_not_activated_over_what_changed(self, approved):
        declare()
        version = approved("loyal", text(LOYAL))
        change(kind="string")
        with pytest.raises(RuleUnsound, match="cannot compare string with timestamp"):
            rules.activate_version(rule_id=version.rule_id, number=1, activated_by="user:ben")

    def test_whoever_changes_what_they_have_not_seen_is_told(self, in_tenant):
        declare()
        change(about="other")
        with pytest.raises(ConcurrentUpdate):
            change(about="again", revision=1)


class TestThePast:
    def test_a_replay_reads_its_facts_as_they_were_read_then(self, active):
        """The rule stays as it is; text became a number by declaration, and is text in the past."""
        active("large", text("customer.attributes.limit > 10"))
        before = bus.ask(Decide(point=LINES, facts=(facts(limit="12.5"),)))
        declare("limit", "decimal")
        after = bus.ask(Decide(point=LINES, facts=(facts(limit="12.5"),)))
        assert before.fingerprint != after.fingerprint
        assert [len(it.decisions[0].applied) for it in (before, after)] == [0, 1]
        for one, applied in ((before, 0), (after, 1)):
            assert decided(facts(limit="12.5"), fingerprint=one.fingerprint) == [applied]
        assert RuleSetRecord.objects.get(fingerprint=after.fingerprint).declared == [
            ["customer.attributes", "limit", "decimal?"]
        ]

    def test_a_moment_of_the_past_is_decided_by_what_was_declared_then(self, active, monkeypatch):
        active("large", text("customer.attributes.limit > 10"))
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=5))
        declare("limit", "decimal")
        assert decided(facts(limit="12.5"), at=now + timedelta(minutes=1)) == [0]
        assert decided(facts(limit="12.5"), at=now + timedelta(minutes=6)) == [1]

    def test_without_a_declaration_a_set_is_named_as_ever(self, active):
        active("ten", text("line.quantity > 0"))
        plain = bus.ask(Decide(point=LINES, facts=())).fingerprint
        declare()
        assert bus.ask(Decide(point=LINES, facts=())).fingerprint != plain
        retire()
        assert bus.ask(Decide(point=LINES, facts=())).fingerprint == plain


class TestShown:
    def test_the_editor_offers_it_among_the_facts(self, in_tenant):
        declare()
        declare("weight", "decimal", record="line", about="in kg")
        groups = {it["name"]: it["facts"] for it in fact_groups(point_named(LINES))}
        weight = {"path": "line.attributes.weight", "type": "decimal?", "type_words": "number, or nothing", "about": "in kg", "label": "attribute weight"}  # fmt: skip
        assert weight in groups["line"]
        assert SINCE in [it["path"] for it in groups["customer"]]


class TestApi:
    @pytest.fixture
    def call(self, in_tenant):
        secret = identity.issue_api_key(name="test", scopes=["rules:read", "rules:write"])[1]

        def run(method, path, body=None, **headers):
            return Client(raise_request_exception=False).generic(
                method,
                f"/api/v1/calculation/{path}",
                data=json.dumps(body or {}),
                content_type="application/json",
                headers={"Authorization": f"Bearer {secret}", **headers},
            )

        return run

    BODY: ClassVar = {
        "record": "customer",
        "name": "loyalty_since",
        "type": "timestamp",
        "about": "since when",
    }

    def test_it_is_declared_listed_shown_and_changed(self, call):
        made = call("POST", "attributes", self.BODY)
        assert (made.status_code, made["ETag"]) == (201, '"1"')
        assert made.json()["path"] == SINCE
        assert [it["path"] for it in call("GET", "attributes").json()["results"]] == [SINCE]
        assert [it["path"] for it in call("GET", "points").json()["attributes"]] == [SINCE]
        change = {"type": "string", "about": "as text"}
        where = "attributes/customer/loyalty_since"
        assert call("PUT", where, change).status_code == 428
        assert call("PUT", where, change, **{"If-Match": '"7"'}).status_code == 412
        changed = call("PUT", where, change, **{"If-Match": '"1"'})
        assert (changed.status_code, changed.json()["type"], changed["ETag"]) == (
            200,
            "string",
            '"2"',
        )
        assert call("GET", where).json()["revision"] == 2

    @pytest.mark.parametrize(
        ("wrong", "status", "code"),
        [
            ({"record": "cart"}, 422, "calculation.unknown-record"),
            ({"name": "a b"}, 422, "calculation.attribute-unsound"),
            ({"type": "dyn"}, 422, None),
        ],
    )
    def test_what_is_wrong_is_said_as_everywhere(self, call, wrong, status, code):
        answer = call("POST", "attributes", {**self.BODY, **wrong})
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.status_code in {status, 400}
        assert code is None or answer.json()["code"] == code

    def test_taken_and_missing_are_told_and_no_key_retires(self, call):
        call("POST", "attributes", self.BODY)
        assert call("POST", "attributes", self.BODY).json()["code"] == "calculation.attribute-taken"
        assert call("GET", "attributes/customer/nothing").status_code == 404
        assert call("DELETE", "attributes/customer/loyalty_since").status_code == 403

    def test_a_check_over_the_api_knows_it(self, call):
        call("POST", "attributes", self.BODY)
        asked = {"point": LINES, "condition": "customer.attributes.loyaltysince < at"}
        (fault,) = call("POST", "checks", asked).json()["faults"]
        assert fault["suggestion"] == SINCE


def test_a_limit_is_exact_in_what_a_rule_computes_from_it(active):
    declare("limit", "decimal")
    active("limit", text("customer.attributes.limit > 0", params={"percent": "customer.attributes.limit * 3"}))  # fmt: skip
    (decision,) = bus.ask(Decide(point=LINES, facts=(facts(limit="0.1"),))).decisions
    assert decision.applied[0].effects[0].params["percent"] == Decimal("0.3")


class TestPages:
    LIST = "/admin/calculation/declaredattribute/"

    @pytest.fixture
    def anna(self, in_tenant):
        login = f"anna-{in_tenant.hex[-12:]}"
        scopes = ["rules:read", "rules:write", "rules:approve"]
        user, _ = identity.register_user(username=login, scopes=scopes)
        client = Client()
        client.force_login(user, backend="contexts.identity.backends.TenantBackend")
        return client

    WRITTEN: ClassVar = {
        "record": "customer",
        "name": "loyalty_since",
        "type": "timestamp",
        "about": "since when",
        "optional": "on",
    }

    def post(self, client, path, **written):
        return client.post(f"{self.LIST}{path}", {**self.WRITTEN, **written}, follow=True)

    def test_it_is_declared_changed_and_listed(self, anna, in_tenant):
        assert anna.get(f"{self.LIST}add/").status_code == 200
        assert SINCE in self.post(anna, "add/").content.decode()
        declared = queries.declaration_of(record="customer", name="loyalty_since")
        assert declared.declared_by.startswith("user:anna")
        self.post(anna, f"{declared.pk}/change/", about="the day they joined")
        changed = queries.declaration_of(record="customer", name="loyalty_since")
        assert (changed.about, changed.revision, changed.optional) == (
            "the day they joined",
            2,
            True,
        )

    def test_a_refusal_stands_above_the_form_that_keeps_what_was_written(self, anna):
        page = self.post(anna, "add/", name="loyalty since").content.decode()
        assert "cannot name a declared attribute" in page
        assert 'value="loyalty since"' in page
        assert not DeclaredAttribute.objects.exists()

    def test_what_rules_depend_on_is_not_retired_and_the_page_says_why(self, anna, active):
        self.post(anna, "add/")
        invalidation.forget_everything()
        live = active("loyal", text(LOYAL, name="Loyal"))
        chosen = {
            "action": "retire",
            "_selected_action": [str(DeclaredAttribute.at(None).get().pk)],
        }
        page = anna.post(self.LIST, chosen, follow=True).content.decode()
        assert "while active rules depend on it: &quot;Loyal&quot;" in page
        rules.retire_version(rule_id=live.rule_id, number=1, retired_by="user:ben")
        deliver()
        assert "is retired" in anna.post(self.LIST, chosen, follow=True).content.decode()
        assert queries.declared() == ()
