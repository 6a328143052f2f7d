"""Templates out of rules, at the use case and as a client meets them."""

from __future__ import annotations

import pytest
from django.test import Client
from msgspec import structs

from contexts.calculation.messages import OpenBlank
from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.errors import TemplateUnsound
from contexts.rules.models import RuleTemplate
from contexts.rules.queries.opening import blanks_in
from tests.integration.contexts.conftest import text
from tests.integration.contexts.rules.template_texts import LINES

GOLD = 'customer.tier == "gold" && line.total >= 20.00'


@pytest.fixture
def rule(in_tenant):
    said = text(GOLD, name="10 % for gold", reason="10 % off")
    return services.create_rule(slug="gold", point=LINES, text=said, author="user:anna")


def opened(rule, **change):
    blanks = blanks_in(rule_id=rule.rule_id, number=1)
    return services.open_rule(
        rule_id=rule.rule_id, number=1, slug="opened", name="As gold", about="", author="user:anna",
        blanks=[OpenBlank(it.place, structs.replace(it.parameter, **change)) for it in blanks],
    )  # fmt: skip


def test_a_rule_made_with_the_defaults_has_the_hash_of_the_rule(rule):
    """All the way round: opened, approved, filled in; only then is the template what its author tried out."""
    draft = opened(rule)
    services.submit_template(template_id=draft.template_id, number=1, submitted_by="user:anna")
    services.approve_template(
        template_id=draft.template_id,
        number=1,
        reviewer="user:ben",
        content_hash=draft.content_hash,
    )
    made = services.make_rule(
        template_id=draft.template_id, number=1, arguments={}, slug="again", author="user:dora"
    )
    assert (made.content_hash, made.name) == (rule.content_hash, "10 % for gold")
    assert draft.name == "As gold"
    assert draft.text.rule.name == "{percent} % for {tier}"


def test_what_is_wrong_is_told_and_nothing_is_kept(rule):
    with pytest.raises(TemplateUnsound) as refusal:
        opened(rule, name="customer")
    assert refusal.value.pointers == ("/parameters/1/name", "/parameters/2/name")
    assert not RuleTemplate.objects.exists()


def test_over_rest_the_values_are_listed_and_left_open(rule):
    """What `GET` says can be sent back as it is, with a name of one's own; the value is the default, whatever is sent."""
    owner, _ = identity.register_user(username="anna", scopes=["rules:read", "rules:write"])
    _, secret = identity.issue_api_key(
        name="anna", scopes=["rules:read", "rules:write"], owner=owner
    )
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    path = f"/api/v1/rules/{rule.rule_id}/versions/1/template"
    listed = client.get(path).json()
    assert [(it["written"], it["parameter"]["kind"]) for it in listed] == [
        ('"gold"', "text"), ("20.00", "money"), ("10", "percent"),
    ]  # fmt: skip
    chosen = {
        **listed[1]["parameter"],
        "place": listed[1]["place"],
        "label": "From",
        "default": "1",
    }
    body = {"slug": "from", "name": "From an amount", "parameters": [chosen]}
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["parameters"][0]["default"] == "20.00"
    assert answer.json()["rule"]["condition"] == 'customer.tier == "gold" && line.total >= total'
    wrong = {**body, "slug": "other", "parameters": [{**chosen, "place": "/condition@3"}]}
    answer = client.post(path, wrong, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "rules.template-unsound")
    assert answer.json()["errors"][0]["pointer"] == "/parameters/0/place"
