"""What a roll-out does to carts: counted once, to the cent, by rule; and stopped where a guard says so."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import psycopg
import pytest
from django.conf import settings as django
from django.db import connection
from django.urls import reverse

from contexts.audit.models import AuditEntry
from contexts.evaluation import queries, seals
from contexts.evaluation import services as evaluations
from contexts.evaluation.carts import PricedCart
from contexts.evaluation.messages import CheckSeal
from contexts.evaluation.models import EvaluationRecord, RolloutTally, RolloutWork, RunningRollout
from contexts.evaluation.queries.rollouts import figures_of
from contexts.rules import services
from contexts.rules.errors import MemberCannotDecide, RolloutUnderWay, RuleTried
from contexts.rules.models import Promotion, Rollout, RuleVersion
from contexts.rules.policies.rollouts import ramp_of
from shared_kernel import bus, clock
from shared_kernel.errors import DomainError
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.tenancy import current_tenant, tenant_scope
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.rollouts.conftest import (
    POINT,
    approved_version,
    cart,
    counted,
    evaluate,
    guard,
)

HALF = "50% 1h, 100%"


def money(value) -> str:
    return str(value.amount)


def people(count: int, *, quantity: int = 2):
    return [cart(f"c{number}", quantity=quantity) for number in range(count)]


class TestCounting:
    def test_a_shadow_tells_what_would_have_been(self, rolled, changed):
        """Ten carts of 20.00 at 10 percent; at 30 percent each would pay 4.00 less."""
        rollout = rolled("shadow 1h, 100%")
        evaluate(*people(10))
        assert counted(rollout) == 10
        found = figures_of(rollout.id)
        (euros,) = found.paired.currencies
        assert (found.paired.carts, found.paired.touched) == (10, 10)
        assert money(euros.sums.discount_before) == "20.00"
        assert money(euros.sums.discount_after) == "60.00"
        (rule,) = euros.rules
        assert (rule.rule_id, rule.version_before, rule.version_after) == (
            str(changed.rule_id), 1, 2,
        )  # fmt: skip
        assert [it.arm for it in found.arms] == ["control"]

    def test_each_cart_is_counted_once_whoever_counts(self, rolled, monkeypatch):
        """In pieces, twice over, and with carts coming in between."""
        monkeypatch.setattr("contexts.evaluation.queries.rollouts.AT_ONCE", 3)
        rollout = rolled("shadow 1h, 100%")
        evaluate(*people(7))
        assert (counted(rollout), counted(rollout)) == (7, 0)
        evaluate(*people(4))
        assert counted(rollout) == 4
        assert figures_of(rollout.id).paired.carts == 11

    def test_a_claim_is_nobody_elses(self, rolled):
        """A second sweep finds it taken, and counts nothing twice."""
        rollout = rolled("shadow 1h, 100%")
        evaluate(*people(2))
        until = clock.now().replace(year=2100)
        assert RolloutWork.claim(rollout.id, token=new_id(), now=clock.now(), until=until)
        assert counted(rollout) == 0

    def test_both_arms_are_told_apart(self, rolled):
        """Of the real ones nothing is estimated: listed and taken off, as they were recorded."""
        rollout = rolled(HALF)
        answers = evaluate(*people(30), cart())
        counted(rollout)
        found = figures_of(rollout.id)
        arms = {it.arm: it for it in found.arms}
        for name, share in (("control", "0.1"), ("candidate", "0.3"), ("outside", "0.1")):
            mine = [it for it in answers if it.rollout.arm == name]
            assert arms[name].carts == len(mine) > 0
            assert arms[name].listed.amount == 20 * len(mine)
            assert arms[name].discount.amount == arms[name].listed.amount * Decimal(share)
        assert found.paired.carts == arms["control"].carts + arms["outside"].carts

    def test_a_cart_is_compared_with_the_rules_that_decided_it(self, rolled, active):
        """What became active in between is neither the roll-out's merit nor its fault."""
        rollout = rolled("shadow 1h, 100%")
        evaluate(*people(1))
        active("five", text(params={"percent": "50"}, name="Half"))
        evaluate(*people(1))
        counted(rollout)
        (euros,) = figures_of(rollout.id).paired.currencies
        # 2.00, and 2.00 + 9.00; with it 6.00, and 6.00 + 7.00 (or the half first: 10.00 + 3.00)
        assert money(euros.sums.discount_before) == "13.00"
        assert money(euros.sums.discount_after) == "19.00"

    def test_what_is_priced_while_the_point_is_stopped_is_not_compared(self, rolled):
        """Nothing decides then, neither today's rules nor those that are tried: a guard would see thirty percent more."""
        monday = datetime(2025, 11, 24, 9, tzinfo=UTC)
        with clock.frozen(monday) as now:
            rollout = rolled(HALF, guard("touched", "100"), guard("discount-increase", "200"))
            evaluate(*people(20))
            now.advance(timedelta(seconds=1))
            services.halt_point(point=POINT, reason="wrong", halted_by="user:ben")
            deliver()
            evaluate(*people(20))
            now.advance(timedelta(minutes=1))
            services.free_point(point=POINT, freed_by="user:ben")
            deliver()
            evaluate(*people(20))  # some processes may not have heard of it so far
            now.advance(timedelta(seconds=10))
            evaluate(*people(20))
        counted(rollout)
        found = figures_of(rollout.id)
        assert sum(it.carts for it in found.arms) == 40
        assert {it.arm: it.discount.amount / it.listed.amount for it in found.arms} == {
            "control": Decimal("0.1"), "candidate": Decimal("0.3"),
        }  # fmt: skip
        (euros,) = found.paired.currencies
        assert euros.sums.discount_after.amount == 3 * euros.sums.discount_before.amount
        assert found.broken == ""

    def test_past_moments_and_trials_belong_to_no_arm(self, rolled):
        rolled(HALF)
        at = clock.now().isoformat()
        (answer,) = evaluate(cart("c1", at=at))
        assert answer.rollout is msgspec.UNSET
        tried = queries.try_rules(msgspec.to_builtins(cart("c1")), {})
        assert "rollout" not in tried


class TestHotPath:
    def test_without_a_roll_out_nothing_more_is_asked_of_the_database(
        self, in_tenant, active, django_assert_num_queries
    ):
        """The answer "none runs" is kept at hand as well."""
        active("ten", text())
        queries.assigned(cart("c1"))
        with django_assert_num_queries(0):
            assert queries.assigned(cart("c2")) is None

    def test_what_is_tried_is_at_hand_too(self, rolled, django_assert_num_queries):
        rolled("50% 1h, 100%")
        both = {arm: it for it in people(20) if (arm := queries.assigned(it).arm)}
        for it in both.values():
            queries.price(it, assigned=queries.assigned(it))
        for it in both.values():
            with django_assert_num_queries(0):
                queries.price(it, assigned=queries.assigned(it))


class TestReplay:
    def test_both_arms_are_replayed_to_the_byte_after_all_is_over(self, rolled, active):
        """Rolled back, and the rules of the day changed while it ran: what was answered is decided again."""
        rollout = rolled(HALF)
        first = evaluate(*people(12))
        active("five", text(params={"percent": "5"}, name="Five"))
        second = evaluate(*people(12))
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        deliver()
        assert {it.rollout.arm for it in (*first, *second)} == {"control", "candidate"}
        for answer in (*first, *second):
            record = EvaluationRecord.objects.get(id=answer.id)
            again = msgspec.json.encode(queries.replay(record))
            assert again == msgspec.json.encode(answer)
            assert msgspec.json.encode(msgspec.convert(record.priced, PricedCart)) == again


class TestGuards:
    def test_a_broken_guard_rolls_back_and_its_evidence_is_kept(self, rolled):
        """Discounts triple; at most half as much again is allowed."""
        rollout = rolled(HALF, guard("discount-increase", "50", min_carts=5))
        evaluate(*people(30))
        counted(rollout)
        after = Rollout.objects.get(id=rollout.id)
        assert (after.status, after.ended_by) == ("rolled_back", "system:guard")
        assert after.reason.startswith("Discounts grow by 200.0 %")
        kept = after.evidence
        assert kept["guards"][0]["value"] == "200.00"
        touched = kept["paired"]["touched"]  # by chance of the hash, about half of thirty
        assert len(kept["paired"]["currencies"][0]["carts"]) == min(touched, 10) > 0
        (notice,) = EventRecord.objects.filter(data__kind="rolled-back")
        assert "user:anna" in notice.data["people"]
        assert notice.data["path"] == reverse("admin:rules_rollout", args=[rollout.id])
        assert RunningRollout.objects.get(id=rollout.id).ended_at is not None
        (answer,) = evaluate(cart("c1"))
        assert money(answer.totals.total) == "18.00"

    @pytest.mark.parametrize(
        "kept",
        [
            guard("discount-increase", "200"),  # at its very value
            guard("discount-increase", "1", min_carts=1000),
            guard("revenue-decrease", "22.23"),
            guard("touched", "100"),
            guard("discount-share", "20"),
        ],
        ids=lambda it: f"{it.metric} {it.at_most} from {it.min_carts}",
    )
    def test_a_kept_guard_lets_it_go_on(self, rolled, kept):
        rollout = rolled(HALF, kept)
        evaluate(*people(30))
        counted(rollout)
        assert Rollout.objects.get(id=rollout.id).status == "running"

    @pytest.mark.parametrize(
        ("broken", "said"),
        [
            (guard("revenue-decrease", "22.22"), "Revenue falls by 22.2 %"),
            (guard("touched", "99.99"), "It touches 100.0 % of all carts"),
            (guard("discount-share", "19.99"), "20.00 percentage points more"),
        ],
    )
    def test_every_guard_can_break(self, rolled, broken, said):
        rollout = rolled(HALF, broken)
        evaluate(*people(30))
        counted(rollout)
        after = Rollout.objects.get(id=rollout.id)
        assert after.status == "rolled_back"
        assert said in after.reason

    def test_a_guard_is_told_once_and_heeded_once(self, rolled):
        """The same news twice, and carts that go on coming: one roll-back."""
        rollout = rolled(HALF, guard("touched", "1"))
        evaluate(*people(30))
        counted(rollout)
        evaluate(*people(3))
        counted(rollout)
        told = EventRecord.objects.filter(type="evaluation.rollout-guard-broken.v1")
        assert told.count() == 1
        assert not services.heed_guard(rollout_id=rollout.id, sentence="again", evidence={})
        assert RolloutTally.objects.get(id=rollout.id).broken.startswith("It touches")

    def test_every_act_is_in_the_audit_trail(self, rolled):
        rollout = rolled(HALF, guard("touched", "1"))
        evaluate(*people(30))
        counted(rollout)
        deliver()
        types = set(AuditEntry.objects.values_list("type", flat=True))
        assert {
            "rules.rollout-started.v1", "evaluation.rollout-guard-broken.v1", "rules.rollout-rolled-back.v1",
        } <= types  # fmt: skip


def at_once(*acts) -> list[Exception | None]:
    """Each in a thread of its own, all at the same moment; what each was refused with."""
    tenant, barrier = current_tenant(), threading.Barrier(len(acts))
    refused: list[Exception | None] = [None] * len(acts)

    def run(number: int) -> None:
        try:
            with tenant_scope(tenant):
                barrier.wait()
                acts[number]()
        except DomainError as refusal:
            refused[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for it in threads:
        it.start()
    for it in threads:
        it.join()
    return refused


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_a_guard_and_a_promotion_never_both_win(self, rolled, allowed):
        """The last step and the broken guard at the same moment: one of them, whole."""
        rollout = rolled(HALF)
        act = {"rollout_id": rollout.id, "by": "user:anna"}
        refused = at_once(
            lambda: services.advance_rollout(**act),
            lambda: services.roll_back_rollout(**act, reason="a guard"),
        )
        assert sorted(it is None for it in refused) == [False, True]
        after = Rollout.objects.get(id=rollout.id)
        is_promoted = Promotion.objects.filter(release=allowed, stage="production").exists()
        assert is_promoted == (after.status == "completed") == (refused[0] is None)

    def test_many_sweeps_count_each_cart_once(self, rolled, monkeypatch):
        monkeypatch.setattr("contexts.evaluation.queries.rollouts.AT_ONCE", 4)
        rollout = rolled("shadow 1h, 100%")
        evaluate(*people(22))
        at_once(*[lambda: evaluations.count_rollout(rollout.id)] * 4)
        evaluations.count_rollout(rollout.id)
        assert figures_of(rollout.id).paired.carts == 22

    def test_two_that_start_at_once_start_one(self, allowed):
        def start() -> None:
            services.start_rollout(
                number=allowed.number, ramp=ramp_of(HALF), guards=(), started_by="user:anna"
            )

        refused = at_once(start, start)
        assert [type(it) for it in refused if it] == [RolloutUnderWay]

    def test_a_rule_that_is_paused_while_its_roll_out_begins_is_tried_no_more(
        self, allowed, changed
    ):
        """Whoever comes first, the other sees it."""
        pause = {"rule_id": changed.rule_id, "number": 1, "paused_by": "user:ben"}
        refused = at_once(
            lambda: services.start_rollout(
                number=allowed.number, ramp=ramp_of(HALF), guards=(), started_by="user:anna"
            ),
            lambda: services.pause_version(**pause, reason="wrong"),
        )
        assert refused[1] is None
        assert refused[0] is None or isinstance(refused[0], MemberCannotDecide)
        assert not Rollout.objects.filter(status="running").exists()

    def test_a_rule_is_not_retired_while_its_roll_out_begins(self, allowed, changed):
        """It is retired before, or not at all."""
        refused = at_once(
            lambda: services.start_rollout(
                number=allowed.number, ramp=ramp_of(HALF), guards=(), started_by="user:anna"
            ),
            lambda: services.retire_version(
                rule_id=changed.rule_id, number=1, retired_by="user:ben"
            ),
        )
        assert refused[0] is None
        before = RuleVersion.objects.get(rule_id=changed.rule_id, number=1)
        if refused[1] is None:
            assert before.retired_at <= Rollout.objects.get().started_at
        else:
            assert isinstance(refused[1], RuleTried)
            assert before.status == "active"

    def test_no_version_begins_while_its_roll_out_begins(self, allowed, changed):
        """It began before, and is what the roll-out is compared with, or not at all."""
        place = approved_version(changed.rule_id, percent="20")
        refused = at_once(
            lambda: services.start_rollout(
                number=allowed.number, ramp=ramp_of(HALF), guards=(), started_by="user:anna"
            ),
            lambda: services.activate_version(**place, activated_by="user:ben"),
        )
        assert refused[0] is None
        begun = RuleVersion.objects.get(**place)
        if refused[1] is None:
            assert begun.activated_at <= Rollout.objects.get().started_at
        else:
            assert isinstance(refused[1], RuleTried)
            assert begun.status == "approved"

    def test_the_arm_is_sealed_with_its_evaluation(self, rolled, settings):
        """Whoever writes another arm into a record is found out."""
        settings.SEAL_AFTER = 0
        rolled(HALF)
        answers = evaluate(*people(20))
        with bus.unit_of_work():
            seal = seals.next_seal()
        assert bus.ask(CheckSeal(seal=seal)) == ()
        with psycopg.connect(django.DATABASE_OWNER_URL, autocommit=True) as owner:
            owner.execute("SELECT set_config('verdict.tenant', %s, false)", [str(current_tenant())])
            owner.execute("ALTER TABLE evaluation_evaluationrecord DISABLE TRIGGER USER")
            owner.execute(
                "UPDATE evaluation_evaluationrecord SET arm = 'control' WHERE arm = 'candidate'"
            )
            owner.execute("ALTER TABLE evaluation_evaluationrecord ENABLE TRIGGER USER")
        changed = {it.evaluation_id for it in bus.ask(CheckSeal(seal=seal))}
        assert changed == {it.id for it in answers if it.rollout.arm == "candidate"}

    def test_a_record_without_an_arm_has_the_digest_that_it_always_had(self, in_tenant):
        """Seals from before there were roll-outs hold."""
        (answer,) = evaluate(cart("c1"))
        with connection.cursor() as cursor:
            cursor.execute(seals._RECORDS, {"ids": [answer.id], "tenant": in_tenant})
            ((_, digest),) = cursor.fetchall()
            cursor.execute(
                """SELECT encode(sha256(convert_to(jsonb_build_array(
                  r.id, r.cart, r.priced, r.rule_sets, r.facts_hash, r.currency, r.total_minor, r.discount_minor,
                  (extract(epoch FROM r.evaluated_at) * 1000000)::bigint
                )::text, 'UTF8')), 'hex') FROM evaluation_evaluationrecord r WHERE r.id = %s""",
                [answer.id],
            )
            assert cursor.fetchone() == (digest,)
