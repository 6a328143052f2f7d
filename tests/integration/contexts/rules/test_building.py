"""The builder's two questions as the page asks them: whoever may read, whatever is sent."""

import json

import msgspec
import pytest
from django.test import Client

from contexts.identity import services as identity
from contexts.rules import services
from shared_kernel.decisions import point_named
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text

READ = "/admin/rules/rule/condition/read/"
WRITE = "/admin/rules/rule/condition/write/"
ROW = {"part": "fact", "fact": "customer.tier", "operator": "==", "values": [{"kind": "text", "written": "gold"}]}  # fmt: skip
GOLD = {"part": "group", "of": "all", "parts": [ROW]}


@pytest.fixture
def signed_in(in_tenant):
    def enter(*scopes):
        login = f"{len(scopes)}-{in_tenant.hex[-12:]}"
        user, _ = identity.register_user(username=login, scopes=list(scopes))
        client = Client(raise_request_exception=False)
        client.force_login(user, backend="contexts.identity.backends.TenantBackend")
        return client

    return enter


@pytest.fixture
def anna(signed_in):
    return signed_in("rules:read", "rules:write")


def test_a_condition_goes_to_parts_and_back(anna):
    read = anna.post(READ, {"condition": 'customer.tier == "gold"'}).json()
    assert read["tree"] == GOLD
    written = anna.post(WRITE, {"tree": json.dumps(read["tree"])}).json()
    assert written == {"condition": 'customer.tier == "gold"', "faults": []}


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "[]",
        "{",
        json.dumps({"part": "group", "of": "some", "parts": []}),
        json.dumps({"part": "fact", "fact": "a", "operator": "=="}),
        json.dumps({**GOLD, "parts": [{"part": "explosive"}]}),
        '{"part":"group","of":"all","parts":[' * 5000,
        '{"part":"group","of":"none","parts":[' * 900 + json.dumps(ROW) + "]}" * 900,
    ],
    ids=["nothing", "list", "torn", "of", "row", "part", "deep", "deep and whole"],
)
def test_what_is_no_tree_is_refused_and_is_no_error_of_ours(anna, sent):
    answer = anna.post(WRITE, {"tree": sent})
    assert answer.status_code == 422 or answer.json()["faults"]


def test_the_rule_is_said_while_it_is_written_as_soon_as_it_is_sound(anna):
    form = {
        "point": "promotions.line-discounts",
        "rule_id": str(new_id()),
        "condition": 'customer.tier == "gold"',
        "effects-0-kind": "percent_off_line",
        "effects-0-percent_off_line.percent": "10",
    }
    say = "/admin/rules/rule/say/"
    assert anna.post(say, form).json() == {
        "sentence": "Gold customers get 10 % off each line.",
        "lines": [],
    }
    for wrong in ({"condition": "customer.teir"}, {"priority": "high"}, {"point": "no.such"}):
        assert anna.post(say, {**form, **wrong}).json() == {"sentence": "", "lines": []}


def test_only_whoever_may_read_rules_is_answered(signed_in):
    nobody = signed_in("evaluation:read")
    assert nobody.post(READ, {"condition": "true"}).status_code == 403
    assert nobody.post(WRITE, {"tree": json.dumps(GOLD)}).status_code == 403


def test_the_editor_suggests_what_other_rules_say_and_nothing_of_other_tenants(anna, in_tenant):
    """An order's rule is offered the brands that rules about lines speak of, but never a neighbour's."""
    for tenant, brand in ((in_tenant, "Acme"), (new_id(), "Secret")):
        with tenant_scope(tenant):
            services.create_rule(
                slug="brand",
                point="promotions.line-discounts",
                text=text(f'line.brand == "{brand}"'),
                author="user:anna",
            )
    page = anna.get("/admin/rules/rule/add/?point=promotions.order-discounts").content.decode()
    start = page.index('<script id="vocabulary"')
    vocabulary = json.loads(page[page.index(">", start) + 1 : page.index("</script>", start)])
    (lines,) = [it for it in vocabulary["facts"] if it["path"] == "lines"]
    brand = next(it for it in lines["fields"] if it["path"] == "it.brand")
    assert brand["suggestions"] == ["Acme"]
    assert "Secret" not in page


def test_what_customers_bought_can_be_picked(in_tenant):
    """Categories, products and tiers of real carts, the most frequent first; nothing that names a customer."""
    from contexts.evaluation import services as evaluation
    from contexts.evaluation.carts import Cart
    from contexts.rules.admin.building import vocabulary_of

    def line(number, category):
        price = {"amount": "10.00", "currency": "EUR"}
        return {
            "id": str(number),
            "sku": "HOSE",
            "quantity": 1,
            "unit_price": price,
            "category": category,
        }

    lines = [line(1, "Garden/Tools"), line(2, "Garden/Tools"), line(3, "Books")]
    customer = {"id": "C-4711", "tier": "gold", "segments": ["loyal"]}
    cart = {"currency": "EUR", "lines": lines, "customer": customer, "coupons": ["SECRET"]}
    evaluation.evaluate_cart(msgspec.convert(cart, Cart))
    facts = {
        it["path"]: it for it in vocabulary_of(point_named("promotions.line-discounts"))["facts"]
    }
    assert facts["line.category"]["suggestions"][:3] == ("Garden/Tools", "Books", "Garden")
    assert facts["customer.tier"]["suggestions"][0] == "gold"
    assert "loyal" in facts["customer.segments"]["suggestions"]
    assert "C-4711" not in str(facts)
    assert "SECRET" not in str(facts)


def test_the_sentence_says_the_period_while_it_is_written(anna):
    """Where a zone is missing or misspelt it is seen there, not by customers an hour too early."""
    form = {
        "point": "promotions.line-discounts",
        "rule_id": str(new_id()),
        "condition": "true",
        "effects-0-kind": "percent_off_line",
        "effects-0-percent_off_line.percent": "10",
        "starts": "2025-11-28T00:00",
        "time_zone": "Europe/Berlin",
    }
    say = "/admin/rules/rule/say/"
    expected = "Everyone gets 10 % off each line, from 28 November 2025 at 00:00 (Europe/Berlin)."
    assert anna.post(say, form).json()["sentence"] == expected
    unread = anna.post(say, {**form, "time_zone": "Berlin"}).json()["sentence"]
    assert unread == "Everyone gets 10 % off each line."


def test_the_start_page_shows_what_was_sent_back_and_said_to_somebody(anna, in_tenant):
    """Until somebody goes on with it; not to others."""
    me = f"user:2-{in_tenant.hex[-12:]}"
    draft = services.create_rule(
        slug="back", point="promotions.line-discounts", text=text(name="Too much"), author=me
    )
    place = {"rule_id": draft.rule_id, "number": 1}
    services.submit_version(**place, submitted_by=me)
    services.comment_on(**place, author="user:ben", text="less, please", mentions=[me])
    services.reject_version(
        **place, reviewer="user:ben", content_hash=draft.content_hash, comment="no"
    )
    page = anna.get("/admin/").content.decode()
    assert "Sent back to you" in page
    assert "less, please" in page
    services.draft_version(rule_id=draft.rule_id, text=text(), author=me)
    assert "Sent back to you" not in anna.get("/admin/").content.decode()
