"""What wants somebody's attention is told, and posted to the tenant's own address: signed, once taken never again."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from contexts.audit.models import AuditEntry
from contexts.rules import services
from contexts.rules.errors import HookUnsound
from contexts.rules.events import AttentionWanted
from contexts.rules.models import NoticeDue, NoticeHook
from shared_kernel import clock, outbound
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.outbound import AddressRefused, NotDelivered
from shared_kernel.tenancy import current_tenant, tenant_scope
from tests.integration.contexts.conftest import deliver, text

POINT = "promotions.line-discounts"


class Receiver(ThreadingHTTPServer):
    """Somebody's server that keeps what it was told, and answers as it is told to."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204
        super().__init__(("127.0.0.1", 0), Taking)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?for=rules"


class Taking(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *said):
        del said


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_PRIVATE = True
    server = Receiver()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def submitted(slug="ten"):
    draft = services.create_rule(slug=slug, point=POINT, text=text(), author="user:anna")
    services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
    return draft


def posted() -> None:
    deliver()
    services.post_due_notices()


def notices() -> list[dict]:
    told = EventRecord.objects.filter(type=AttentionWanted.name).order_by("id")
    return [it.data for it in told]


class TestWhoIsTold:
    def test_each_step_tells_whom_it_concerns(self, in_tenant):
        draft = submitted()
        place = {"rule_id": draft.rule_id, "number": 1}
        services.comment_on(
            **place, author="user:anna", text="@ben please", mentions=["user:ben", "user:ben"]
        )
        services.approve_version(**place, reviewer="user:ben", content_hash=draft.content_hash)
        second = services.draft_version(rule_id=draft.rule_id, text=text(), author="user:cleo")
        place = {"rule_id": draft.rule_id, "number": 2}
        services.submit_version(**place, submitted_by="user:anna")
        services.reject_version(
            **place, reviewer="user:ben", content_hash=second.content_hash, comment="too much"
        )
        assert [(it["kind"], it["people"]) for it in notices()] == [
            ("review-wanted", []),
            ("mentioned", ["user:ben"]),
            ("approved", ["user:anna"]),
            ("review-wanted", []),
            ("rejected", ["user:anna", "user:cleo"]),
        ]
        last = notices()[-1]
        assert "sent back: too much" in last["sentence"]
        assert last["path"] == f"/admin/rules/rule/{draft.rule_id}/versions/2/"

    def test_teams_that_a_policy_names_are_told(self, in_tenant):
        from contexts.rules.policies import Requirement

        wanted = [Requirement(1, "finance"), Requirement(1, "")]
        services.set_policy(
            name="two", point="", from_risk="low", requirements=wanted, set_by="user:ben"
        )
        submitted()
        assert notices()[0]["teams"] == ["finance"]

    def test_what_is_written_and_thrown_away_is_told_as_well(self, in_tenant):
        """The audit hears it: nothing of a draft happens in silence."""
        draft = services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")
        changed = services.rewrite_draft(
            rule_id=draft.rule_id, number=1, text=text(name="Other"), author="user:ben"
        )
        services.discard_draft(rule_id=draft.rule_id, number=1, discarded_by="user:cleo")
        rewritten, discarded = EventRecord.objects.filter(
            type__in=["rules.draft-rewritten.v1", "rules.draft-discarded.v1"]
        ).order_by("id")
        assert (rewritten.data["author"], rewritten.data["revision"]) == ("user:ben", 2)
        assert rewritten.data["content_hash"] == changed.content_hash
        assert discarded.data["discarded_by"] == "user:cleo"


class TestTheHook:
    def test_a_notice_is_posted_signed(self, in_tenant, receiver):
        """Whoever holds the secret can tell that it is ours, of when, and unchanged."""
        _, secret = services.set_notice_hook(url=receiver.url, kinds=[], set_by="user:ben")
        submitted()
        posted()
        ((headers, body),) = receiver.told
        said = json.loads(body)
        assert (said["kind"], said["tenant"]) == ("review-wanted", str(current_tenant()))
        assert headers["Verdict-Notice"] == said["notice_id"]
        sent, code = headers["Verdict-Signature"].removeprefix("t=").split(",v1=")
        expected = hmac.new(secret.encode(), f"{sent}.".encode() + body, hashlib.sha256)
        assert code == expected.hexdigest()
        assert NoticeHook.objects.get().told_at is not None

    def test_only_the_kinds_that_are_wanted(self, in_tenant, receiver):
        services.set_notice_hook(url=receiver.url, kinds=["approved"], set_by="user:ben")
        draft = submitted()
        posted()
        assert receiver.told == []
        services.approve_version(
            rule_id=draft.rule_id, number=1, reviewer="user:ben", content_hash=draft.content_hash
        )
        posted()
        assert len(receiver.told) == 1

    def test_what_is_not_taken_is_sent_again_later(self, in_tenant, receiver):
        services.set_notice_hook(url=receiver.url, kinds=[], set_by="user:ben")
        receiver.answer = 503
        with clock.frozen(clock.now()) as now:
            submitted()
            posted()
            posted()
            assert len(receiver.told) == 1
            assert NoticeHook.objects.get().trouble == "It answered 503; it is tried again."
            receiver.answer = 200
            now.advance(timedelta(minutes=1))
            posted()
            assert (len(receiver.told), NoticeDue.objects.count()) == (2, 0)
            assert NoticeHook.objects.get().trouble == ""

    def test_what_is_never_taken_is_given_up_and_told(self, in_tenant, receiver):
        services.set_notice_hook(url=receiver.url, kinds=[], set_by="user:ben")
        receiver.answer = 500
        with clock.frozen(clock.now()) as now:
            submitted()
            for _ in range(14):
                posted()
                now.advance(timedelta(hours=2))
        assert len(receiver.told) == 12
        assert "tried 12 times" in NoticeHook.objects.get().trouble

    @pytest.mark.parametrize("answer", [302, 404])
    def test_what_no_second_try_would_change_is_told_at_the_hook(self, in_tenant, receiver, answer):
        """A redirect is not followed: it could lead anywhere."""
        services.set_notice_hook(url=receiver.url, kinds=[], set_by="user:ben")
        receiver.answer = answer
        submitted()
        posted()
        assert len(receiver.told) == 1
        assert NoticeHook.objects.get().trouble == f"It answered {answer}."
        assert not NoticeDue.objects.exists()

    def test_a_new_hook_has_a_new_secret_and_each_tenant_its_own(self, in_tenant, receiver):
        first = services.set_notice_hook(url=receiver.url, kinds=[], set_by="user:ben")[1]
        second = services.set_notice_hook(url=receiver.url, kinds=[], set_by="user:ben")[1]
        assert first != second
        assert NoticeHook.objects.count() == 1
        with tenant_scope(new_id()):
            assert not NoticeHook.objects.exists()

    def test_who_took_it_away_is_in_the_audit_trail(self, in_tenant, receiver):
        hook, _ = services.set_notice_hook(url=receiver.url, kinds=[], set_by="user:ben")
        services.remove_notice_hook(removed_by="user:zoe")
        deliver()
        entry = AuditEntry.objects.latest("sequence")
        assert entry.type == "rules.notice-hook-removed.v1"
        told = json.loads(entry.data)
        assert (told["hook_id"], told["removed_by"]) == (str(hook.id), "user:zoe")


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/hook",
            "ftp://example.com",
            "https://",
            "https://ben:word@example.com",
            "https://example.com:0/",
            "https://[::1",
            "https://example.com/fürs-haus",
            f"https://{'a' * 70}.example.com/",
        ],
    )
    def test_what_is_no_address_for_a_hook(self, in_tenant, url):
        with pytest.raises(HookUnsound) as refused:
            services.set_notice_hook(url=url, kinds=[], set_by="user:ben")
        assert refused.value.pointers == ("/url",)

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "localhost",
            "10.0.0.8",
            "169.254.169.254",
            "[::1]",
            "[fd00::1]",
            "0",
            "224.0.0.1",
            "[64:ff9b::7f00:1]",
            "[::ffff:127.0.0.1]",
            "[2002:7f00:1::]",
        ],
    )
    def test_nothing_is_sent_into_our_own_network(self, host):
        """Neither to ourselves nor to a neighbour, nor to what a cloud tells its machines."""
        with pytest.raises(AddressRefused):
            outbound.post(f"https://{host}/", b"", {})

    def test_nobody_there_is_another_try(self, settings):
        settings.OUTBOUND_PRIVATE = True
        with pytest.raises(NotDelivered, match="did not answer"):
            outbound.post("http://127.0.0.1:9/", b"", {})

    def test_a_server_that_drips_is_hung_up_on(self, settings, monkeypatch):
        """Each byte would begin a socket's own patience anew."""
        settings.OUTBOUND_PRIVATE = True
        monkeypatch.setattr(outbound, "SECONDS", 0.5)
        listening = socket.create_server(("127.0.0.1", 0))
        stop = Event()

        def drip():
            caller, _ = listening.accept()
            with caller, suppress(OSError):
                while not stop.wait(0.1):
                    caller.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        dripping = Thread(target=drip, daemon=True)
        dripping.start()
        began = time.monotonic()
        with pytest.raises(NotDelivered):
            outbound.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"", {})
        assert time.monotonic() - began < 5
        stop.set()
        dripping.join()
        listening.close()
