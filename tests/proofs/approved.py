"""
What decides is what colleagues approved, and for as many customers as they approved: not even SQL says otherwise.

The statements are the application's own acts, so that the fence around these stands aside: an error of the application
itself, or an injection within an act, meets the guards of the tables. Nothing of them remains.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg

from config.demo.client import Client
from shared_kernel.tenancy.acts import answer_to
from tests.proofs.harness import SHOP, House, Report

CONTENT = ("name", "reason", "condition", "effects")
RULE = SHOP["rules"][4]
RAMP = [{"percent": "0", "seconds": 86_400}, {"percent": "50", "seconds": 86_400}, {"percent": "100"}]  # fmt: skip
_COPY = "SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()) || {})).* FROM {} t {}"
_OTHER_WORDS = "jsonb_build_object('text', t.text || '{\"condition\": \"true || true\"}')"
# at another time, or of another rule: so that no constraint stands in the way
_PAST = "jsonb_build_object('active_from', t.active_from - interval '1 day', 'active_to', now())"
_ELSE = "jsonb_build_object('rule_id', gen_random_uuid(), 'active_to', now())"
_BACK = (
    "INSERT INTO rules_review (id, tenant_id, version_id, reviewer, verdict, turn, comment, content_hash, teams, decided_at) "
    "SELECT gen_random_uuid(), r.tenant_id, r.version_id, r.reviewer, 'take_back', 2, '', r.content_hash, '[]', now() "
    "FROM rules_review r JOIN rules_ruleversion v ON v.id = r.version_id JOIN rules_rule u ON u.id = v.rule_id "
    "WHERE u.slug = 'MARK-"
)
_RELEASE = "(SELECT release_id FROM rules_rollout WHERE id = 'ROLLOUT')"
_REACHED = """jsonb_build_object('stage', 'production', 'requirements', '[{"count": 1, "team": ""}]'::jsonb)"""
_BY_ITS_MAKER = (
    "INSERT INTO rules_releaseapproval (id, tenant_id, release_id, stage, digest, reviewer, teams, comment, approved_at) "
    "SELECT gen_random_uuid(), tenant_id, id, 'production', digest, made_by, '[]', '', now() "
    f"FROM rules_release WHERE id = {_RELEASE}"
)
# each is refused by a trigger of the table that it names first; ROLLOUT and MARK are the trial's
ATTACKS = (
    ("calculation_publishedrule", "what decides says something else",
     f"UPDATE calculation_publishedrule t SET text = {_OTHER_WORDS}->'text' WHERE active_to IS NULL"),
    ("calculation_publishedrule", "what decided is gone", "DELETE FROM calculation_publishedrule"),
    ("calculation_publishedrule", "what was closed decides again",
     "UPDATE calculation_publishedrule SET active_to = NULL WHERE active_to IS NOT NULL"),
    ("calculation_publishedrule", "what nobody approved decided",
     "INSERT INTO calculation_publishedrule "
     + _COPY.format(f"{_PAST} || {_OTHER_WORDS}", "calculation_publishedrule", "")),
    ("calculation_candidaterule", "what no release says is tried",
     "INSERT INTO calculation_candidaterule "
     + _COPY.format(_ELSE, "calculation_candidaterule", "WHERE rollout_id = 'ROLLOUT'")),
    ("evaluation_runningrollout", "a shadow decides for everybody",
     "UPDATE evaluation_runningrollout SET percent = 100 WHERE id = 'ROLLOUT'"),
    ("rules_rollout", "another ramp is gone up",
     "UPDATE rules_rollout SET ramp = ramp #- '{1}' WHERE id = 'ROLLOUT'"),
    ("rules_rollout", "a step is left out", "UPDATE rules_rollout SET step = 2 WHERE id = 'ROLLOUT'"),
    ("rules_rollout", "it ends without production",
     "UPDATE rules_rollout SET status = 'completed' WHERE id = 'ROLLOUT'"),
    ("rules_promotion", "a release is at production though nobody approved it",
     "INSERT INTO rules_promotion "
     + _COPY.format(_REACHED, "rules_promotion", f"WHERE stage = 'staging' AND release_id = {_RELEASE}")),
    ("rules_releaseapproval", "its maker approves a release",
     _BY_ITS_MAKER),
    ("rules_ruleversion", "what nobody approved is approved",
     "UPDATE rules_ruleversion SET status = 'approved' WHERE status = 'in_review'"),
    ("rules_ruleversion", "what was submitted says something else",
     "UPDATE rules_ruleversion SET condition = 'true' WHERE status = 'in_review'"),
    ("rules_review", "an approval of what decides is taken back", f"{_BACK}decides'"),
    ("rules_review", "what lacks an approval stays approved", f"{_BACK}approved'"),
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """Two people, and what their rules are called."""

    author: Client
    reviewer: Client
    mark: str

    def written(self, name: str) -> dict[str, Any]:
        content = {it: RULE[it] for it in CONTENT}
        slug = {"slug": f"{self.mark}-{name}", "point": RULE["point"]}
        draft: dict[str, Any] = self.author.post("rules/", {**content, **slug})
        self.author.post(f"{_place(draft)}/submit")
        return draft

    def approve(self, draft: dict[str, Any]) -> dict[str, Any]:
        self.reviewer.post(f"{_place(draft)}/approve", {"content_hash": draft["content_hash"]})
        return draft

    def tried(self, draft: dict[str, Any]) -> str:
        """A roll-out at its shadow, of a release that nobody approved for production."""
        members = [{"rule_id": draft["rule_id"], "version": 1}]
        made = self.author.post("rules/releases", {"name": self.mark, "members": members})
        stages = f"rules/releases/{made['number']}/stages"
        for stage in ("development", "staging"):
            self.author.post(f"{stages}/{stage}/promote")
        asked = {"release": made["number"], "ramp": RAMP}
        return str(self.author.post("rules/rollouts", asked)["id"])


def prove(under: House, *, seed: int, trials: int) -> Report:
    report = Report("approved", seed)
    for number in range(trials):
        mark = f"approved-{seed}-{number}-{time.time_ns()}"
        they = Trial(under.client("anna"), under.client("ben"), mark)
        for name in ("decides", "decided"):
            they.reviewer.post(f"{_place(they.approve(they.written(name)))}/activate")
        they.reviewer.post(f"{_place(_newest(they, 'decided'))}/retire")
        they.written("waits")
        they.approve(they.written("approved"))
        rollout = they.tried(they.approve(they.written("tried")))
        report.demand(under.quiet(), "the outbox never became quiet")
        _attack(under, rollout, mark, report)
        they.author.post(f"rules/rollouts/{rollout}/roll-back", {"reason": mark})
    return report


def _newest(they: Trial, name: str) -> dict[str, Any]:
    ((rule),) = they.author.get(f"rules/?slug={they.mark}-{name}")["results"]
    version: dict[str, Any] = rule["versions"][0]
    return version


def _attack(under: House, rollout: str, mark: str, report: Report) -> None:
    address = under.running.environment["DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as application:
        for table, what, statement in ATTACKS:
            about = statement.replace("ROLLOUT", rollout).replace("MARK", mark)
            why = _refusal(application, under.people.tenant, about)
            report.demand(why == "CheckViolation", f"sql: {table}: {what}: {why or 'allowed'}")


def _refusal(application: Any, tenant: str, statement: str) -> str:
    """By what it was refused, if it was; nothing of it remains."""
    try:
        with application.transaction(force_rollback=True):
            application.execute("SELECT set_config('verdict.tenant', %s, true)", [tenant])
            ((challenge,),) = application.execute("SELECT act_challenge()").fetchall()
            application.execute("SELECT prove_act(%s)", [answer_to(challenge)])
            application.execute(statement)
            application.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as refusal:
        return type(refusal).__name__
    return ""


def _place(version: dict[str, Any]) -> str:
    number = version.get("number", 1)
    return f"rules/{version['rule_id']}/versions/{number}"
