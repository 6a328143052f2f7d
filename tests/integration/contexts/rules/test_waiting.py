"""What waits for somebody, what they may not do and why, and forms that forget nothing: at the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.queries.waiting import releases_for, templates_for
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
