"""What waits for somebody, what they may not do and why, and forms that forget nothing: at the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from msgspec import structs

from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.errors import TemplateUnsound
from contexts.rules.models import RuleTemplate, RuleVersion
from contexts.rules.policies import Requirement
from contexts.rules.queries.waiting import releases_for, templates_for
from shared_kernel import clock
from shared_kernel.decisions import Window
from tests.integration.contexts.conftest import text
from tests.integration.contexts.rules.template_texts import LINES, template_text

RULES = "/admin/rules/rule"


@pytest.fixture
def released(approved):
    """A release that rita made and that is at staging: production wants a colleague's approval."""

    def release(name: str, slug: str):
        version = approved(slug, text())
        made = services.make_release(
            name=name, members=[(version.rule_id, version.number)], made_by="user:rita"
        )
        for stage in ("development", "staging"):
            services.promote_release(number=made.number, stage=stage, promoted_by="user:rita")
        return made

    return release


@pytest.fixture
def page_of(in_tenant):
    """`page_of(name, *scopes)` is somebody at the pages."""

    def sign_in(name: str, *scopes: str) -> Client:
        user, _ = identity.register_user(username=name, scopes=list(scopes))
        client = Client()
        client.force_login(user, backend="contexts.identity.backends.TenantBackend")
        return client

    return sign_in


def approve(release, reviewer: str) -> None:
    services.approve_promotion(
        number=release.number, stage="production", digest=release.digest, reviewer=reviewer
    )


class TestWaiting:
    def test_a_release_waits_for_whoever_could_approve_its_next_stage(self, released):
        """Not for its maker, not once it has its approvals, and not when a newer one has overtaken it."""
        first = released("Spring", "one")
        assert [(it.release, it.stage) for it in releases_for("user:ben")] == [
            (first, "production")
        ]
        assert releases_for("user:rita") == []
        second = released("Summer", "two")
        approve(second, "user:ben")
        assert [it.release for it in releases_for("user:ben")] == [first]
        services.promote_release(number=second.number, stage="production", promoted_by="user:rita")
        assert releases_for("user:ben") == []

    def test_a_template_waits_for_others_than_its_author(self, in_tenant):
        draft = services.create_template(
            slug="t", point=LINES, text=template_text(), author="user:anna"
        )
        services.submit_template(template_id=draft.template_id, number=1, submitted_by="user:carl")
        assert [it.template_id for it in templates_for("user:ben")] == [draft.template_id]
        assert not templates_for("user:anna").exists()
        assert not templates_for("user:carl").exists()

    def test_the_inbox_and_its_badge_count_all_of_it(self, released, page_of, in_tenant):
        released("Spring", "one")
        draft = services.create_template(
            slug="t", point=LINES, text=template_text(), author="user:anna"
        )
        services.submit_template(template_id=draft.template_id, number=1, submitted_by="user:anna")
        ben = page_of("ben", "rules:read", "rules:approve")
        answer = ben.get(f"{RULES}/inbox/")
        assert answer.context["count"] == 2
        said = answer.content.decode()
        assert "Review Spring for production" in said
        assert "Review the template Percentage for a tier" in said
        badges = [
            it.get("badge_callback") or it.get("badge")
            for group in answer.context["sidebar_navigation"]
            for it in group["items"]
        ]
        assert "2" in badges


class TestLacking:
    def test_whoever_may_not_release_reads_which_permission_that_needs(self, released, page_of):
        """A missing button explains nothing."""
        release = released("Spring", "one")
        approve(release, "user:ben")
        reader = page_of("ben", "rules:read")
        said = reader.get(f"{RULES}/releases/{release.number}/").content.decode()
        assert "Promoting needs the permission <code>rules:release</code>" in said
        assert "Rolling it out needs the permission <code>rules:release</code>" in said

    def test_whoever_may_not_activate_reads_so_at_the_version(self, approved, page_of):
        version = approved("one", text())
        place = f"{RULES}/{version.rule_id}/versions/1/"
        said = page_of("rob", "rules:read").get(place).content.decode()
        assert "Activating needs the permission <code>rules:activate</code>" in said


class TestRefused:
    def test_a_roll_out_that_is_refused_keeps_what_was_typed(self, released, page_of):
        """Each fault stands beside its field, and the guards that were typed are not typed again."""
        release = released("Spring", "one")
        rita = page_of("rita", "rules:read", "rules:release")
        typed = {"ramp": "5% 1h, 100%", "most-touched": "a lot", "from-touched": "7"}
        answer = rita.post(f"{RULES}/releases/roll-outs/start/{release.number}/", typed)
        assert answer.status_code == 422
        guard = next(it for it in answer.context["rolling"]["guards"] if it["metric"] == "touched")
        assert (guard["most"], guard["from"]) == ("a lot", "7")
        assert guard["fault"].startswith("A guard is a number")
        assert 'value="5% 1h, 100%"' in answer.content.decode()

    def test_a_release_that_is_refused_keeps_what_was_typed(self, approved, page_of):
        version = approved("one", text())
        rita = page_of("rita", "rules:read", "rules:release")
        typed = {"name": "Spring", "notes": "As agreed", "member": ""}
        answer = rita.post(f"{RULES}/releases/make/", typed)
        assert answer.status_code == 422
        assert answer.context["made"] == {
            "name": "Spring", "notes": "As agreed", "name_fault": "", "fault": "Choose at least one version.",
        }  # fmt: skip
        assert [it["left_out"] for it in answer.context["choices"]] == [True]
        assert version.status == "approved"


class TestBeginsNext:
    """Whoever ends a rule is told of the version that begins by itself nevertheless."""

    @pytest.fixture
    def followed(self, active):
        """A rule that decides, and its next version on the calendar."""

        def follow(slug: str):
            live = active(slug, text())
            rule_id = live.rule_id
            services.draft_version(
                rule_id=rule_id, author="user:anna", text=text('line.sku == "C"'),
                window=Window(starts="2040-01-01T00:00", time_zone="UTC"),
            )  # fmt: skip
            read = services.submit_version(rule_id=rule_id, number=2, submitted_by="user:anna")
            services.approve_version(
                rule_id=rule_id, number=2, reviewer="user:ben", content_hash=read.content_hash
            )
            services.activate_version(rule_id=rule_id, number=2, activated_by="user:ben")
            return live

        return follow

    @pytest.mark.parametrize(
        ("verb", "only"), [("pause", "until somebody resumes it"), ("retire", "does not decide")]
    )
    def test_in_bulk_each_is_named(self, followed, active, page_of, verb, only):
        chosen = [followed("waits"), active("alone", text('line.sku == "B"'))]
        ben = page_of("ben", "rules:read", "rules:activate")
        data = {
            "action": f"{verb}_chosen",
            "_selected_action": [it.rule_id for it in chosen],
            "reason": "x",
        }
        said = [str(it) for it in ben.post(f"{RULES}/", data, follow=True).context["messages"]]
        assert said[0].startswith("2 rules: ")
        assert only not in said[0]
        assert [it for it in said[1:] if "waits: " in it and "version 2 begins by itself" in it]
        assert len(said) == 2

    @pytest.mark.parametrize("unschedule", [False, True])
    def test_whoever_retires_it_is_told_and_may_take_it_off(self, followed, page_of, unschedule):
        live = followed("waits")
        place = f"{RULES}/{live.rule_id}/versions/1/"
        ben = page_of("ben", "rules:read", "rules:activate")
        offered = ben.get(place).content.decode().partition("/retire/")[2]
        assert "Also when this one is retired, version 2 begins by itself" in offered
        data = {"unschedule": "on"} if unschedule else {}
        answer = ben.post(f"{place}retire/", data, follow=True)
        (said,) = [str(it) for it in answer.context["messages"]]
        assert ("version 2 begins by itself" in said) is not unschedule
        statuses = RuleVersion.objects.filter(rule_id=live.rule_id).order_by("number")
        assert [it.status for it in statuses] == [
            "retired", "approved" if unschedule else "scheduled",
        ]  # fmt: skip


class TestTeams:
    def test_a_release_waits_only_for_those_whose_approval_would_help(self, released, in_tenant):
        """Production wants somebody of finance: Ben is told while he is of it, or stands in for Carla who is."""
        services.set_stage_policy(
            stage="production", requirements=[Requirement(1, "finance")], set_by="user:zoe"
        )
        released("Spring", "one")
        for name, teams in (("ben", ()), ("carla", ("finance",))):
            identity.register_user(username=name, scopes=["rules:approve"])
            identity.assign_teams(username=name, teams=teams)
        assert releases_for("user:ben") == []
        assert [it.stage for it in releases_for("user:carla")] == ["production"]
        now = clock.now()
        services.tell_absence(
            person="user:carla", delegate="user:ben", told_by="user:carla",
            starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1),
        )  # fmt: skip
        assert [it.missing for it in releases_for("user:ben")] == ["1 of finance"]


class TestBounds:
    """The form takes what the interface takes, and no more."""

    TOO_LONG = (
        ("label", "x" * 121), ("help", "h" * 401), ("least", "1" * 41), ("most", "1" * 41), ("kind", "zzz"),
    )  # fmt: skip

    @pytest.mark.parametrize(("part", "value"), TOO_LONG)
    def test_a_parameter_out_of_bounds_is_refused_at_its_row(self, approved, page_of, part, value):
        version = approved("one", text('line.sku == "A"'))
        anna = page_of("anna", "rules:read", "rules:write")
        row = {
            "open": "on",
            "place": "/condition@12",
            "name": "sku",
            "kind": "text",
            "label": "Article",
        }
        typed = {"called": "N", "slug": "n", "about": ""}
        typed |= {f"parameters-0-{name}": it for name, it in {**row, part: value}.items()}
        answer = anna.post(f"{RULES}/{version.rule_id}/versions/1/template/", typed)
        assert answer.status_code == 422
        assert not RuleTemplate.objects.exists()
        (shown,) = [it.row for it in answer.context["rows"] if it.index == 0]
        assert shown.part(part)["faults"]

    def test_so_is_one_of_a_template_that_is_written(self, in_tenant):
        for change in ({"label": "x" * 121}, {"kind": "zzz"}, {"choices": ("x" * 201,)}):
            first, tier, last = template_text().parameters
            faulty = structs.replace(tier, **change)
            with pytest.raises(TemplateUnsound) as refusal:
                services.create_template(
                    slug="t", point=LINES, author="user:anna",
                    text=template_text(parameters=(first, faulty, last)),
                )  # fmt: skip
            (part,) = change
            assert f"/parameters/1/{part}" in refusal.value.pointers
