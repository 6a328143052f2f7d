"""A changed rule costs what it costs: the set that decides next is made of the one before, and is the same set."""

from __future__ import annotations

import random
from threading import Thread

import msgspec
import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from contexts.calculation import policies, services
from contexts.calculation.facts import engine_facts
from contexts.calculation.messages import Decide
from contexts.calculation.models import PublishedRule
from contexts.calculation.policies import standing as making
from contexts.calculation.queries import standing as stands
from shared_kernel import bus
from shared_kernel.cache import invalidation
from shared_kernel.ids import new_id
from tests.integration.contexts.conftest import text

LINES = "promotions.line-discounts"
COUNT = 150  # more than what is decided in straight-line code


def written(number, version=1, rule_id=None):
    condition = f'line.sku == "s{number % 7}" && line.quantity >= {version}'
    if number % 5 == 0:
        condition = f"line.total > {number + version}"
    made = text(condition, name=f"Rule {number}", order=number)
    return msgspec.structs.replace(made, rule_id=rule_id or str(new_id()), version=version)


def facts(sku="s1", quantity=9, total="500"):
    line = {"id": "1", "sku": sku, "category": "", "quantity": quantity, "unit_price": total, "total": total, "attributes": {}}  # fmt: skip
    return {"line": line, "lines": [line], "cart": {}}


ASKED = (facts(), facts("s2", 1, "1"), facts("none", 1, "80"))


def publish(rule):
    services.publish_rule(
        point=LINES,
        text=rule,
        content_hash=policies.checked(LINES, rule).content_hash,
        at=timezone.now(),
    )
    invalidation.forget_everything()


def withdraw(rule):
    services.withdraw_rule(point=LINES, rule_id=rule.rule_id, at=timezone.now())
    invalidation.forget_everything()


def decide(**more):
    return bus.ask(Decide(point=LINES, facts=ASKED, explain="full", **more))


def from_scratch(*drafts):
    replaced = {it.rule_id for it in drafts}
    active = [it.as_written() for it in PublishedRule.at(LINES, None)]
    rules = policies.standing_of(
        LINES, [*(it for it in active if it.rule_id not in replaced), *drafts]
    )
    found = [rules.rules.decide(it) for it in engine_facts(LINES, ASKED)]
    return rules.fingerprint, [[one.rule_id for one in it.matches] for it in found]


def told(decisions):
    return decisions.fingerprint, [
        [it.rule_id for it in one.applied] for one in decisions.decisions
    ]


@pytest.fixture(scope="module")
def unguarded(django_db_setup):
    """These tests are about sets, not about how a rule came to decide: the database takes their word for it."""
    statement = "ALTER TABLE calculation_publishedrule {} TRIGGER {}"
    guards = ("guard_published", "guard_opened")
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        for guard in guards:
            owner.execute(statement.format("DISABLE", guard))
        yield
        for guard in guards:
            owner.execute(statement.format("ENABLE", guard))


@pytest.fixture
def many(unguarded, in_tenant):
    """So many active rules, and the set of them at hand."""
    rules = [written(number) for number in range(COUNT)]
    now = timezone.now()
    for it in rules:
        PublishedRule.objects.create(
            point=LINES,
            rule_id=it.rule_id,
            version=1,
            text=msgspec.to_builtins(it),
            content_hash="",
            active_from=now,
        )
    decide()
    return rules


@pytest.fixture
def compiled(monkeypatch):
    """The rules that were compiled since, by name; and whether a whole set was."""
    seen: list[str] = []
    one, whole = making.compiled, making.compile_set

    def compiled_one(point, content, declared):
        seen.append(msgspec.json.decode(content)["name"])
        return one(point, content, declared)

    def compiled_whole(rules, hit_policy):
        if rules:
            seen.append("all")
        return whole(rules, hit_policy)

    monkeypatch.setattr(making, "compiled", compiled_one)
    monkeypatch.setattr(making, "compile_set", compiled_whole)
    return seen


class TestAChange:
    def test_only_the_changed_rule_is_compiled(self, many, compiled):
        publish(written(3, version=2, rule_id=many[3].rule_id))
        assert compiled == ["Rule 3"]
        answer = decide()
        assert compiled == ["Rule 3"]
        assert told(answer) == from_scratch()

    def test_a_rule_that_goes_compiles_nothing(self, many, compiled):
        withdraw(many[7])
        answer = decide()
        assert compiled == []
        assert told(answer) == from_scratch()

    def test_nothing_changed_is_the_very_same_set(self, many):
        before = stands.active(LINES)
        invalidation.forget_everything()
        assert stands.active(LINES) is before

    def test_any_row_of_changes_leads_to_the_set_compiled_at_once(self, many):
        """Added, changed, removed, and back again: the very rule that stood still in a block or in the index."""
        drawn = random.Random(7)
        live, gone = {it.rule_id: it for it in many}, []
        for step in range(60):
            what = drawn.choice(["add", "change", "remove", "return"])
            if what == "add":
                added = written(1000 + step)
                live[added.rule_id] = added
                publish(added)
            elif what == "return" and gone:
                it = gone.pop()
                it = msgspec.structs.replace(it, version=it.version + 1)
                live[it.rule_id] = it
                publish(it)
            else:
                rule_id = drawn.choice(sorted(live))
                it = live.pop(rule_id)
                if what == "change":
                    live[rule_id] = written(step, it.version + 1, rule_id)
                    publish(live[rule_id])
                else:
                    withdraw(it)
                    gone.append(it)
            if step % 10 == 9:
                assert told(decide()) == from_scratch()
        assert told(decide()) == from_scratch()

    def test_a_version_that_comes_back_applies_once(self, many):
        """What a rollback leaves at hand: the very rule leaves the set and stands in it again."""
        withdraw(many[1])
        decide()
        PublishedRule.objects.filter(rule_id=many[1].rule_id).update(active_to=None)
        invalidation.forget_everything()
        assert told(decide()) == from_scratch()


class TestOneQuestion:
    def test_a_draft_compiles_itself_and_leaves_no_trace(self, many, compiled):
        before = stands.active(LINES)
        size = before.rules.index.size
        draft = written(3, version=2, rule_id=many[3].rule_id)
        decide(drafts=(draft, written(2000)))
        assert compiled == ["Rule 3", "Rule 2000"]
        assert before.rules.index.size == size
        assert stands.active(LINES) is before

    def test_a_draft_decides_as_if_it_were_active(self, many):
        drafts = (written(3, version=2, rule_id=many[3].rule_id), written(2000))
        assert told(decide(drafts=drafts)) == from_scratch(*drafts)

    def test_a_moment_and_a_recorded_set_are_made_of_the_one_at_hand(self, many, compiled):
        publish(written(1001))
        before = decide()
        then = timezone.now()
        publish(written(3, version=2, rule_id=many[3].rule_id))
        publish(written(1002))
        del compiled[:]
        assert told(decide(at=then)) == told(before)
        assert told(decide(fingerprint=before.fingerprint)) == told(before)
        assert "all" not in compiled
        assert told(decide()) == from_scratch()


class TestAtTheSameTime:
    def test_whoever_decides_meanwhile_ends_with_the_set_they_began_with(self, many):
        """Sets are made of one another while others decide by them; no answer mixes two."""
        begun = stands.active(LINES)
        asked = engine_facts(LINES, ASKED)
        expected = [begun.rules.decide(it) for it in asked]
        wrong: list[object] = []

        def look() -> None:
            for _ in range(150):
                wrong.extend(
                    it
                    for it, right in zip(map(begun.rules.decide, asked), expected, strict=True)
                    if it != right
                )

        threads = [Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(20):
            publish(written(number, version=2, rule_id=many[number].rule_id))
        for thread in threads:
            thread.join()
        assert wrong == []
        assert told(decide()) == from_scratch()

    def test_two_that_make_the_next_set_at_once_make_the_same(self, many):
        begun = stands.active(LINES)
        changed = [written(number, 2, many[number].rule_id) for number in range(40)]
        found: list[str] = []

        def make(rules) -> None:
            made = begun
            for it in rules:
                made = making.with_rules(made, [it])
            found.append(made.fingerprint)

        threads = [Thread(target=make, args=(it,)) for it in (changed, changed[::-1], changed)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [from_scratch(*changed)[0]] * 3
