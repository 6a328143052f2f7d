"""Who may sign in, who may give what, and which key may never approve."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import get_hasher
from django.test import Client

from contexts.identity import services
from contexts.identity.errors import LoginNameTaken, OnlyPeopleApprove, OwnTeams, ScopeNotHeld
from contexts.identity.models import ApiKey, User
from shared_kernel import bus
from shared_kernel.api.principals import Principal
from shared_kernel.errors import NotFound
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope


def told() -> list[str]:
    return list(EventRecord.objects.order_by("id").values_list("type", flat=True))


@pytest.fixture
def login(in_tenant) -> str:
    return f"anna-{in_tenant.hex[-12:]}"


@pytest.fixture
def giver(in_tenant) -> Principal:
    return Principal(
        actor="user:dora", tenant=in_tenant, scopes=frozenset({"rules:*", "identity:write"})
    )


class TestPeople:
    def test_a_colleague_is_registered_once_and_it_is_told_without_the_password(self, login):
        user, password = services.register_user(username=login, scopes=["rules:read"])
        assert authenticate(username=login, password=password) == user
        record = EventRecord.objects.get(type="identity.user-registered.v1")
        assert record.data["username"] == login
        assert password not in str(record.data)

    def test_a_name_that_is_taken_is_refused_and_the_first_keeps_their_password(self, login):
        user, password = services.register_user(username=login, scopes=["rules:read"])
        with pytest.raises(LoginNameTaken, match=login):
            services.register_user(username=login, scopes=["*"])
        assert authenticate(username=login, password=password) == user
        assert User.objects.get(id=user.id).scopes == ["rules:read"]

    def test_a_renewed_password_replaces_the_old_one_and_nothing_else(self, login):
        user, old = services.register_user(username=login, scopes=["rules:read"])
        same, new = services.renew_password(username=login)
        assert (same.id, same.scopes) == (user.id, ["rules:read"])
        assert authenticate(username=login, password=old) is None
        assert authenticate(username=login, password=new) == user
        assert "identity.password-renewed.v1" in told()

    def test_nobody_renews_the_password_of_another_tenant(self, login):
        services.register_user(username=login, scopes=[])
        with tenant_scope(new_id()), pytest.raises(NotFound):
            services.renew_password(username=login)


class TestGiving:
    def test_nobody_gives_a_scope_that_they_do_not_hold(self, giver, login):
        with pytest.raises(ScopeNotHeld, match="evaluation:write"):
            services.register_user(
                username=login, scopes=["rules:read", "evaluation:write"], giver=giver
            )
        with pytest.raises(ScopeNotHeld, match="identity:read"):
            services.issue_api_key(name="till", scopes=["identity:read"], giver=giver)
        assert not User.objects.filter(username=login).exists()
        assert not ApiKey.objects.exists()

    def test_a_scope_within_what_they_hold_is_given(self, giver, login):
        user, _ = services.register_user(username=login, scopes=["rules:write"], giver=giver)
        assert user.scopes == ["rules:write"]

    @pytest.mark.parametrize("scope", ["*", "evaluation:*"])
    def test_more_than_what_they_hold_is_not_given_by_a_wider_name(self, giver, login, scope):
        with pytest.raises(ScopeNotHeld):
            services.register_user(username=login, scopes=[scope], giver=giver)


class TestKeys:
    @pytest.mark.parametrize("scope", ["rules:approve", "rules:*", "*"])
    def test_a_key_that_approves_has_a_person_behind_it(self, in_tenant, login, scope):
        with pytest.raises(OnlyPeopleApprove):
            services.issue_api_key(name="robot", scopes=["rules:read", scope])
        owner, _ = services.register_user(username=login, scopes=[scope])
        key, _ = services.issue_api_key(name="mine", scopes=[scope], owner=owner)
        assert key.actor == owner.actor


class TestPages:
    @pytest.fixture
    def page(self, login):
        user, _ = services.register_user(
            username=login, scopes=["identity:*", "rules:read", "calculator:read"]
        )
        client = Client()
        client.force_login(user, backend="contexts.identity.backends.TenantBackend")
        return client

    def test_a_taken_login_name_is_said_at_its_field(self, page, login):
        given = {"username": login, "full_name": "Second Anna", "scopes": ["rules:read"]}
        said = page.post("/admin/identity/user/add/", given).content.decode()
        assert f"The login name {login} is not available" in said

    def test_a_service_key_that_would_approve_is_not_offered_without_the_scope(self, page):
        given = {"name": "robot", "acts_as": "service", "scopes": ["rules:approve"]}
        said = page.post("/admin/identity/apikey/add/", given).content.decode()
        assert "Select a valid choice" in said
        assert not ApiKey.objects.exists()

    def test_a_condition_is_checked_for_whoever_is_signed_in(self, page):
        asked = {"point": "promotions.line-discounts", "condition": "line.quantty > 2"}
        fault = page.post("/admin/rules/rule/check/", asked).json()["faults"][0]
        assert fault["pointer"] == "/condition"
        gone = page.post("/admin/rules/rule/check/", {**asked, "point": "nowhere"})
        assert gone.status_code >= 400
        assert gone.json()["detail"]

    def test_the_calculators_pages_are_open_to_whoever_may_read_it(self, page):
        for model in ("algorithm", "algorithmusage", "calculationrequest"):
            assert page.get(f"/admin/calculator/{model}/").status_code == 200


def test_nobody_says_in_which_teams_they_are_themselves(in_tenant):
    """Teams decide whose approval counts: a colleague assigns them, and is known to have."""
    services.register_user(username="finn", scopes=["identity:write"])
    with pytest.raises(OwnTeams):
        services.assign_teams(username="finn", teams=["finance"], assigned_by="user:finn")
    user = services.assign_teams(
        username="finn", teams=[" Finance", "finance", ""], assigned_by="user:zoe"
    )
    assert user.teams == ["finance"]
    with pytest.raises(NotFound):
        services.assign_teams(username="nobody", teams=[], assigned_by="user:zoe")


@pytest.mark.django_db(transaction=True)
def test_a_hash_of_old_is_renewed_by_signing_in(tenant_id, settings):
    """Each release of Django raises the iterations: whoever signs in then has a hash that is out of date."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with tenant_scope(tenant_id):
        services.found_tenant(tenant_id=tenant_id, slug=f"h-{tenant_id.hex[-12:]}", name="Hashes")
        user, password = services.register_user(username=f"old-{tenant_id.hex}", scopes=[])
        hasher = get_hasher()
        of_old = hasher.encode(password, hasher.salt(), iterations=1000)
        with bus.act():
            User.objects.filter(id=user.id).update(password=of_old)
    client = Client()
    assert client.login(username=user.username, password=password)
    with tenant_scope(tenant_id):
        renewed = User.objects.get(id=user.id).password
    assert renewed != of_old
    assert int(renewed.split("$")[1]) == hasher.iterations
    assert not client.login(username=user.username, password=f"{password}?")
