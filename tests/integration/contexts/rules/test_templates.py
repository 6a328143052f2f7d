"""Templates: written by one, approved by another, filled in by a third; what they make is a rule like any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from msgspec import structs

from contexts.rules import services
from contexts.rules.errors import (
    ArgumentsUnsound,
    AuthorCannotReview,
    ContentChanged,
    DraftOpen,
    TemplateDraftOpen,
    TemplateSlugTaken,
    TemplateUnsound,
    TemplateUnusable,
    WrongTemplateStatus,
)
from contexts.rules.models import RuleTemplateVersion, RuleVersion
from shared_kernel.errors import DomainError
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text
from tests.integration.contexts.rules.template_texts import LINES, template_text

GIVEN = {"percent": "10", "tier": "gold"}


@pytest.fixture
def submitted(in_tenant):
    draft = services.create_template(
        slug="tier", point=LINES, text=template_text(), author="user:anna"
    )
    return services.submit_template(
        template_id=draft.template_id, number=1, submitted_by="user:anna"
    )


@pytest.fixture
def usable(submitted):
    return services.approve_template(
        template_id=submitted.template_id,
        number=1,
        reviewer="user:ben",
        content_hash=submitted.content_hash,
    )


def made(usable, arguments=None, **more):
    asked = {"slug": "gold-ten", "author": "user:dora", **more}
    return services.make_rule(
        template_id=usable.template_id, number=usable.number, arguments=arguments or GIVEN, **asked
    )


def approved_again(usable, **more):
    """The next version of the template, approved."""
    draft = services.draft_template(
        template_id=usable.template_id, text=template_text(**more), author="user:anna"
    )
    services.submit_template(
        template_id=usable.template_id, number=draft.number, submitted_by="user:anna"
    )
    return services.approve_template(
        template_id=usable.template_id,
        number=draft.number,
        reviewer="user:ben",
        content_hash=draft.content_hash,
    )


def broken(statement: str, *parameters) -> None:
    """SQL as the application's role is refused by the database itself."""
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


class TestFilling:
    def test_a_rule_says_what_its_template_says_with_the_arguments(self, usable):
        """The argument is a value in the tree; what was filled in and from what is remembered."""
        draft = made(usable)
        assert draft.condition == 'customer.tier == "gold" && line.category.startsWith("Garden")'
        assert (draft.name, draft.effects[0]["params"]) == ("10 % for gold", {"percent": "10"})
        assert (draft.made_from, draft.arguments["category"]) == (usable, "Garden")
        told = EventRecord.objects.get(type="rules.rule-made-from-template.v1")
        assert told.data["made_by"] == "user:dora"

    def test_an_argument_is_never_more_than_a_value(self, usable):
        """Text that would end a literal and go on in the language stays inside the literal."""
        nasty = '") || true || line.category.startsWith("'
        draft = made(usable, {**GIVEN, "category": nasty})
        assert draft.text.condition.count("||") == nasty.count("||")
        assert '\\") || true' in draft.condition

    @pytest.mark.parametrize(
        ("arguments", "wrong"),
        [
            ({"tier": "gold"}, {"percent"}),
            ({"percent": "31", "tier": "iron"}, {"percent", "tier"}),
            ({**GIVEN, "percent": "many"}, {"percent"}),
            ({**GIVEN, "color": "red"}, {"color"}),
        ],
        ids=["missing", "out of bounds", "no number", "unknown"],
    )
    def test_every_argument_that_is_wrong_is_named(self, usable, arguments, wrong):
        """Whoever fills in a form wants to know all of it at once, each beside its field."""
        with pytest.raises(ArgumentsUnsound) as refusal:
            made(usable, arguments)
        assert set(refusal.value.pointers) == {f"/arguments/{it}" for it in wrong}

    def test_only_what_is_approved_is_used(self, submitted):
        with pytest.raises(TemplateUnusable):
            made(submitted)

    def test_other_arguments_make_the_next_version_and_write_its_draft_again(self, usable):
        rule_id = made(usable).rule_id
        again = made(usable, {**GIVEN, "percent": 20}, rule_id=rule_id)
        assert (again.number, again.revision, again.arguments["percent"]) == (1, 2, "20")

    def test_a_draft_that_somebody_writes_by_hand_is_not_touched(self, usable):
        draft = made(usable)
        services.rewrite_draft(
            rule_id=draft.rule_id, number=1, text=text("false"), author="user:anna"
        )
        with pytest.raises(DraftOpen):
            made(usable, rule_id=draft.rule_id)

    def test_text_written_by_hand_forgets_the_template_and_a_window_does_not(self, usable):
        draft = made(usable)
        kept = services.rewrite_draft(
            rule_id=draft.rule_id, number=1, text=draft.text, author="user:anna"
        )
        assert kept.made_from == usable
        other = structs.replace(draft.text, reason="Something else")
        lost = services.rewrite_draft(
            rule_id=draft.rule_id, number=1, text=other, author="user:anna"
        )
        assert (lost.made_from, lost.arguments) == (None, {})

    def test_a_rule_of_another_point_is_not_of_this_template(self, usable):
        other = services.create_rule(
            slug="order", point="promotions.order-discounts",
            text=text(kind="percent_off_order"), author="user:anna",
        )  # fmt: skip
        with pytest.raises(TemplateUnusable):
            made(usable, rule_id=other.rule_id)

    def test_what_was_made_from_an_earlier_version_can_be_said_again(self, usable):
        """A roll-back is no new use of the template: it says what colleagues had approved."""
        draft = made(usable)
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:dora")
        approved_again(usable, name="Second")
        with pytest.raises(TemplateUnusable):
            made(usable, {**GIVEN, "percent": "9"}, rule_id=draft.rule_id)
        back = services.roll_back(rule_id=draft.rule_id, to=1, author="user:anna")
        assert (back.made_from, back.number) == (usable, 2)


class TestApproval:
    def test_an_author_does_not_approve(self, submitted):
        with pytest.raises(AuthorCannotReview):
            services.approve_template(
                template_id=submitted.template_id, number=1,
                reviewer="user:anna", content_hash=submitted.content_hash,
            )  # fmt: skip

    def test_an_approval_is_about_what_was_read(self, submitted):
        with pytest.raises(ContentChanged):
            services.approve_template(
                template_id=submitted.template_id, number=1,
                reviewer="user:ben", content_hash="0" * 64,
            )  # fmt: skip

    def test_the_next_version_takes_the_place_of_the_one_before(self, usable):
        newer = approved_again(usable, name="Second")
        usable.refresh_from_db()
        assert (usable.status, newer.status) == ("retired", "approved")

    def test_whom_it_concerns_is_told(self, usable):
        """Who reviews hears that it waits, who wrote it what became of it; each with the page."""
        told = EventRecord.objects.filter(type="rules.attention-wanted.v1").order_by("id")
        said = [(it.data["kind"], it.data["people"]) for it in told]
        assert said == [("review-wanted", []), ("approved", ["user:anna"])]
        assert f"/templates/{usable.template_id}/versions/1/" in told[1].data["path"]

    def test_a_refusal_says_why_and_stays(self, submitted):
        refused = services.reject_template(
            template_id=submitted.template_id, number=1, reviewer="user:ben",
            content_hash=submitted.content_hash, comment="Too much",
        )  # fmt: skip
        assert refused.comment == "Too much"
        with pytest.raises(WrongTemplateStatus):
            services.retire_template(
                template_id=submitted.template_id, number=1, retired_by="user:ben"
            )

    def test_one_draft_and_one_slug_at_a_time(self, usable):
        services.draft_template(template_id=usable.template_id, text=None, author="user:anna")
        with pytest.raises(TemplateDraftOpen):
            services.draft_template(template_id=usable.template_id, text=None, author="user:anna")
        with pytest.raises(TemplateSlugTaken):
            services.create_template(
                slug="tier", point=LINES, text=template_text(), author="user:anna"
            )

    def test_the_label_that_people_fill_in_by_is_part_of_what_is_approved(self, submitted):
        """A form that says Percentage and means an amount would be approved by nobody."""
        said = template_text()
        first, *rest = said.parameters
        other = structs.replace(said, parameters=(structs.replace(first, label="Amount"), *rest))
        draft = services.create_template(slug="other", point=LINES, text=other, author="user:anna")
        assert draft.content_hash != submitted.content_hash


class TestSoundness:
    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"condition": "customer.tier == teir"}, "/rule/condition"),
            ({"condition": "customer.tier == tier"}, "/parameters"),
            ({"condition": "line.quantity >= tier"}, "/rule/condition"),
            ({"name": " "}, "/name"),
        ],
        ids=["unknown", "unused", "type", "no name"],
    )
    def test_a_template_that_makes_no_rule_is_not_kept(self, in_tenant, more, pointer):
        with pytest.raises(TemplateUnsound) as refusal:
            services.create_template(
                slug="x", point=LINES, text=template_text(**more), author="user:anna"
            )
        assert pointer in refusal.value.pointers

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"name": "line"}, "/parameters/0/name"),
            ({"name": "tier"}, "/parameters/1/name"),
            ({"name": "two words"}, "/parameters/0/name"),
            ({"label": ""}, "/parameters/0/label"),
            ({"least": "40"}, "/parameters/0/least"),
            ({"default": "50"}, "/parameters/0/default"),
            ({"kind": "choice"}, "/parameters/0/choices"),
        ],
        ids=["fact", "twice", "no name", "label", "bounds", "default", "choices"],
    )
    def test_a_faulty_parameter_is_named_with_its_place(self, in_tenant, change, pointer):
        said = template_text()
        first, *rest = said.parameters
        wrong = structs.replace(said, parameters=(structs.replace(first, **change), *rest))
        with pytest.raises(TemplateUnsound) as refusal:
            services.create_template(slug="x", point=LINES, text=wrong, author="user:anna")
        assert pointer in refusal.value.pointers


class TestTheDatabase:
    def test_it_changes_nothing_that_was_submitted(self, submitted):
        table = "UPDATE rules_ruletemplateversion SET"
        broken(f"{table} name = 'other' WHERE id = %s", submitted.id)
        broken(f"{table} parameters = '[]' WHERE id = %s", submitted.id)
        broken("DELETE FROM rules_ruletemplateversion WHERE id = %s", submitted.id)
        broken("UPDATE rules_ruletemplate SET point = 'other' WHERE id = %s", submitted.template_id)

    def test_it_lets_nobody_approve_alone_or_another_content(self, submitted):
        approve = (
            "UPDATE rules_ruletemplateversion SET status = 'approved', reviewer = %s, reviewed_hash = %s"
            " WHERE id = %s"
        )
        broken(approve, "user:anna", submitted.content_hash, submitted.id)
        broken(approve, "", submitted.content_hash, submitted.id)
        broken(approve, "user:ben", "0" * 64, submitted.id)

    def test_it_makes_no_rule_from_what_is_not_approved(self, usable):
        draft = made(usable)
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:dora")
        broken("UPDATE rules_ruleversion SET made_from_id = NULL WHERE id = %s", draft.id)
        broken("UPDATE rules_ruleversion SET arguments = '{}' WHERE id = %s", draft.id)
        services.retire_template(template_id=usable.template_id, number=1, retired_by="user:ben")
        plain = services.create_rule(slug="plain", point=LINES, text=text(), author="user:anna")
        broken("UPDATE rules_ruleversion SET made_from_id = %s WHERE id = %s", usable.id, plain.id)
        assert RuleVersion.objects.get(id=plain.id).made_from is None
        assert RuleTemplateVersion.objects.get(id=usable.id).retired_by == "user:ben"


def at_once(tenant, *acts):
    """What comes of acts that begin at the same moment, each in a connection of its own: a value, or a refusal's code."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            with tenant_scope(tenant):
                barrier.wait()
                return act()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def waiting(self, tenant_id):
        with tenant_scope(tenant_id):
            draft = services.create_template(
                slug="tier", point=LINES, text=template_text(), author="user:anna"
            )
            return services.submit_template(
                template_id=draft.template_id, number=1, submitted_by="user:anna"
            )

    def approve(self, version, reviewer):
        return services.approve_template(
            template_id=version.template_id, number=version.number,
            reviewer=reviewer, content_hash=version.content_hash,
        )  # fmt: skip

    def test_two_who_approve_at_once_approve_it_once(self, waiting, tenant_id):
        """One word counts, the other is told that it has been said; it is told once that it is approved."""
        came = at_once(
            tenant_id,
            lambda: self.approve(waiting, "user:ben").reviewer,
            lambda: self.approve(waiting, "user:carl").reviewer,
        )
        assert "rules.wrong-template-status" in came
        assert len({"user:ben", "user:carl"} & set(came)) == 1
        with tenant_scope(tenant_id):
            assert EventRecord.objects.filter(type="rules.template-approved.v1").count() == 1

    def test_what_is_retired_while_it_is_filled_in_makes_a_rule_before_or_none(
        self, waiting, tenant_id
    ):
        """Six fill it in while a colleague retires it: each got a rule of an approved template, or was told; none hangs."""
        with tenant_scope(tenant_id):
            usable = self.approve(waiting, "user:ben")
        fill = [lambda n=n: made(usable, slug=f"gold-{n}").status for n in range(6)]
        came = at_once(
            tenant_id,
            *fill,
            lambda: (
                services.retire_template(
                    template_id=usable.template_id, number=1, retired_by="user:ben"
                ).status
            ),
        )
        assert came[-1] == "retired"
        assert set(came[:-1]) <= {"draft", "rules.template-unusable"}
        with tenant_scope(tenant_id):
            assert RuleVersion.objects.filter(made_from=usable).count() == came.count("draft")
