"""Rules as files: out under a signature, in as drafts, and checked where there is no database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from contexts.calculation import services as calculation
from contexts.rules import services
from contexts.rules.errors import BundleForged, BundleUnsound
from contexts.rules.management import files
from contexts.rules.models import Rule, RuleVersion
from contexts.rules.policies.bundles import Bundle, signed
from contexts.rules.queries.bundles import exported
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy.models import Tenant
from tests.integration.contexts.conftest import text

POINT = "promotions.line-discounts"
ANNA = "user:anna"


@pytest.fixture
def shop(in_tenant):
    """The tenant in scope, as the command names it."""
    return Tenant.objects.get(id=in_tenant).slug


def run(*arguments: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("rules", *[str(it) for it in arguments], stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments: object) -> str:
    err = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("rules", *[str(it) for it in arguments], stdout=StringIO(), stderr=err)
    assert refusal.value.returncode == 1
    return f"{err.getvalue()}{refusal.value}"


def changed(bundle: Bundle, **more) -> Bundle:
    """The bundle with another first rule."""
    first = msgspec.structs.replace(bundle.rules[0], **more)
    return msgspec.structs.replace(bundle, rules=(first, *bundle.rules[1:]))


class TestSignature:
    def test_it_holds_however_the_file_is_laid_out(self, active, tmp_path):
        active("ten", text())
        active("twenty", text())
        one, folder = tmp_path / "all.json", tmp_path / "rules-of-shop"
        files.save(exported(), one)
        files.save(exported(), folder)
        one.write_text(json.dumps(json.loads(one.read_text()), sort_keys=True))
        for path in (one, folder):
            assert (
                services.import_bundle(bundle=files.load(path).bundle, author=ANNA).unchanged == 2
            )

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda it: changed(it, condition="true || true"),
            lambda it: changed(it, reason="Other words"),
            lambda it: msgspec.structs.replace(it, rules=()),
            lambda it: msgspec.structs.replace(it, digest="0" * 64),
            lambda it: msgspec.structs.replace(it, signature=""),
            lambda it: msgspec.structs.replace(it, signature="hmac-sha256:" + "0" * 64),
            lambda it: signed(it, "another house"),
            lambda it: msgspec.structs.replace(
                it, signature=signed(changed(it, stop=True), settings.RULES_SIGNING_KEY).signature
            ),
        ],
    )
    def test_whatever_is_changed_is_refused(self, active, spoil):
        active("ten", text())
        with pytest.raises(BundleForged):
            services.import_bundle(bundle=spoil(exported()), author=ANNA)
        assert RuleVersion.objects.count() == 1

    def test_a_folder_written_by_hand_says_that_it_is_unsigned(self, active):
        active("ten", text())
        edited = changed(exported(), condition="false")
        done = services.import_bundle(bundle=edited, author=ANNA, unsigned=True)
        assert [(it.slug, it.version) for it in done.drafted] == [("ten", 2)]


class TestImport:
    def test_what_a_release_says_comes_back_as_it_was(self, approved):
        first = approved("ten", text('customer.tier == "gold"', priority=3, group="g", stop=True))
        services.make_release(name="Spring", members=[(first.rule_id, 1)], made_by="user:rita")
        bundle = exported(1)
        assert bundle.release is not None
        assert bundle.release.name == "Spring"
        other = changed(bundle, slug="ten-again")
        services.import_bundle(bundle=other, author=ANNA, unsigned=True)
        draft = RuleVersion.objects.get(rule__slug="ten-again")
        assert (draft.content_hash, draft.text.group, draft.window) == (
            first.content_hash, "g", first.window
        )  # fmt: skip

    def test_it_makes_drafts_and_nothing_more(self, active):
        """The second pair of eyes stays: what decides is what decided, until a colleague approved the draft."""
        active("ten", text())
        bundle = changed(exported(), condition="false")
        services.import_bundle(bundle=bundle, author=ANNA, unsigned=True)
        rows = RuleVersion.objects.order_by("number").values_list("number", "status", "author")
        assert list(rows) == [(1, "active", "user:anna"), (2, "draft", ANNA)]
        told = EventRecord.objects.get(type="rules.rules-imported.v1").data
        assert (told["drafted"], told["signed"], told["author"]) == (["ten@2"], False, ANNA)

    def test_the_same_again_changes_nothing(self, active):
        active("ten", text())
        edited = changed(exported(), condition="false")
        for unchanged in (0, 1):
            done = services.import_bundle(bundle=edited, author=ANNA, unsigned=True)
            assert done.unchanged == unchanged
        assert RuleVersion.objects.count() == 2

    def test_an_own_draft_is_written_anew_and_a_colleagues_is_not_touched(self, active):
        live = active("ten", text())
        services.draft_version(rule_id=live.rule_id, text=text("false"), author="user:ben")
        edited = changed(exported(), condition="false || false")
        with pytest.raises(BundleUnsound, match="user:ben is writing version 2"):
            services.import_bundle(bundle=edited, author=ANNA, unsigned=True)
        services.import_bundle(bundle=edited, author="user:ben", unsigned=True)
        assert RuleVersion.objects.get(number=2).revision == 2

    def test_all_of_it_or_nothing(self, active):
        """The second rule cannot be written: the first is not drafted either, and every fault is named."""
        active("ten", text())
        whole = exported()
        bad = msgspec.structs.replace(
            whole.rules[0], slug="bad", condition="customer.teir == 1", starts="x"
        )
        new = msgspec.structs.replace(whole.rules[0], slug="new")
        worse = msgspec.structs.replace(new, slug="worse", condition="line.skuu == 1")
        bundle = msgspec.structs.replace(whole, rules=(new, bad, worse, new))
        with pytest.raises(BundleUnsound) as refusal:
            services.import_bundle(bundle=bundle, author=ANNA, unsigned=True)
        assert refusal.value.pointers == ("/rules/1/starts", "/rules/2/condition", "/rules/3/slug")
        assert Rule.objects.count() == 1

    def test_a_rule_stays_at_its_point(self, active):
        active("ten", text())
        wrong = msgspec.structs.replace(
            exported().rules[0], point="promotions.order-discounts",
            effects=(msgspec.convert({"kind": "percent_off_order", "params": {"percent": "1"}},
                     type(exported().rules[0].effects[0])),),
        )  # fmt: skip
        with pytest.raises(BundleUnsound, match=r"is a rule of promotions\.line-discounts"):
            services.import_bundle(bundle=Bundle(rules=(wrong,)), author=ANNA, unsigned=True)

    def test_half_a_character_is_refused(self, in_tenant):
        broken = {"slug": "x", "point": POINT, "name": "\ud800", "reason": "x", "condition": "true",
                  "effects": [{"kind": "percent_off_line", "params": {"percent": "1"}}]}  # fmt: skip
        bundle = msgspec.convert({"rules": [broken]}, Bundle)
        with pytest.raises(BundleUnsound, match="half a character"):
            services.import_bundle(bundle=bundle, author=ANNA, unsigned=True)


class TestCommands:
    def test_out_and_in_by_a_folder(self, shop, active, tmp_path):
        live = active("ten", text())
        out, _ = run("export", "--tenant", shop, "--out", tmp_path)
        assert "1 rules written" in out
        assert sorted(it.relative_to(tmp_path).as_posix() for it in tmp_path.rglob("*.json")) == [
            "bundle.json", "rules/ten.json"
        ]  # fmt: skip
        assert run("check", tmp_path, "--signed")[0] == "1 rules are sound\n"
        rule = tmp_path / "rules" / "ten.json"
        rule.write_text(rule.read_text().replace('"10"', '"15"'))
        import_it = ("import", tmp_path, "--tenant", shop, "--author", ANNA)
        assert "changed since it was exported" in refused(*import_it)
        assert "changed since" in refused("check", tmp_path, "--signed")
        assert run("check", tmp_path)[0] == "1 rules are sound\n"
        out, _ = run(*import_it, "--unsigned")
        assert out.startswith("drafted ten, version 2\n")
        services.retire_version(rule_id=live.rule_id, number=1, retired_by="user:ben")
        run("export", "--tenant", shop, "--out", tmp_path)
        assert not rule.exists()

    def test_an_unknown_tenant_release_or_path_is_named(self, shop, tmp_path):
        assert "no tenant nobody" in refused("export", "--tenant", "nobody", "--out", tmp_path)
        assert "No release with the id 7" in refused(
            "export", "--tenant", shop, "--release", 7, "--out", tmp_path
        )
        assert "there is no bundle.json" in refused("check", tmp_path)
        assert "cannot be read" in refused("check", tmp_path / "none.json")

    def test_declared_attributes_go_along_so_that_a_check_knows_them(self, shop, active, tmp_path):
        """A rule that reads one is sound without the database that declares it."""
        calculation.declare_attribute(
            record="customer", name="since", kind="timestamp", about="when", optional=True,
            declared_by=ANNA,
        )  # fmt: skip
        active("old", text('customer.attributes.since < timestamp("2020-01-01T00:00:00Z")'))
        run("export", "--tenant", shop, "--out", tmp_path)
        assert run("check", tmp_path)[0] == "1 rules are sound\n"
        rule = tmp_path / "rules" / "old.json"
        rule.write_text(rule.read_text().replace("attributes.since", "attributes.sinze"))
        assert "sinze" in refused("check", tmp_path)


GOOD = {
    "slug": "ten", "point": POINT, "name": "Ten", "reason": "Ten off",
    "condition": 'customer.tier == "gold"',
    "effects": [{"kind": "percent_off_line", "params": {"percent": "10"}}],
}  # fmt: skip


def written(folder: Path, stem: str = "ten", **more) -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    file = folder / "rules" / f"{stem}.json"
    file.write_text(json.dumps(GOOD | more, indent=2))
    return folder


class TestCheck:
    def test_it_needs_no_database(self, tmp_path):
        """As in the CI of a repository that holds nothing but rules: no address of a database leads anywhere."""
        nowhere = "postgres://nobody@127.0.0.1:1/none"
        environment = {**os.environ, "DATABASE_URL": nowhere, "DATABASE_OWNER_URL": nowhere,
                       "REDIS_URL": "redis://127.0.0.1:1/0", "DJANGO_SETTINGS_MODULE": "config.settings"}  # fmt: skip
        written(tmp_path)
        written(tmp_path, "bad", slug="bad", condition='customer.teir == "gold"')
        done = subprocess.run(
            [sys.executable, "manage.py", "rules", "check", str(tmp_path)],
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "rules/bad.json:6:" in done.stderr
        (tmp_path / "rules" / "bad.json").unlink()
        done = subprocess.run(
            [sys.executable, "manage.py", "rules", "check", str(tmp_path)],
            env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "1 rules are sound\n"), done.stderr

    def test_a_typo_is_shown_with_file_line_and_caret(self, tmp_path):
        told = refused("check", written(tmp_path, condition='true && customer.teir == "gold"'))
        line = '  "condition": "true && customer.teir == \\"gold\\"",'
        head, excerpt, caret = told.splitlines()[:3]
        assert head.startswith(f"rules/ten.json:6:{line.index('teir') + 1}: ")
        assert "did you mean customer.tier?" in head
        assert excerpt == f"  {line}"
        assert excerpt[caret.index("^") : len(caret)] == "teir"

    @pytest.mark.parametrize(
        ("more", "place", "why"),
        [
            (
                {"effects": [{"kind": "percent_off_line", "params": {"percent": "ten"}}]},
                ":11:",
                "ten",
            ),
            ({"effects": [{"kind": "gift", "params": {}}]}, ":9:", "no effect of"),
            ({"point": "no.point"}, ":3:", "no decision point"),
            ({"starts": "tomorrow"}, ":15:", "no local date and time"),
            ({"slug": "eleven"}, ":2:", "should be called eleven.json"),
            ({"surprise": 1}, ":1:", "surprise"),
            ({"priority": "high"}, ":15:", "Expected `int`"),
            ({"name": "x" * 121}, ":4:", "length <= 120"),
        ],
    )
    def test_every_fault_has_its_place(self, tmp_path, more, place, why):
        told = refused("check", written(tmp_path, **more))
        assert why in told
        assert f"rules/ten.json{place}" in told

    def test_a_name_that_stands_twice_is_refused(self, tmp_path):
        """Readers differ about which of the two counts: a reviewer would read one and the house the other."""
        file = written(tmp_path) / "rules" / "ten.json"
        file.write_text(file.read_text().replace('"name"', '"slug": "ten",\n  "name"'))
        assert "'slug' stands here twice" in refused("check", tmp_path)
