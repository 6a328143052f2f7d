"""The guards: how each is taken away, and what its proof then says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

from msgspec import structs

from contexts.audit.policies.chain import Entry, hash_of
from contexts.calculation.engine import functions, limits, nearest, polynomials, units
from contexts.calculation.engine.cel import frames
from tests.proofs import approved, audit, crash, idempotency, replay, requests, tenancy


@dataclass(frozen=True)
class Guard:
    """A proof is worth something if without its guard it finds a violation that begins with one of `notices`."""

    name: str
    proof: ModuleType
    notices: tuple[str, ...]
    without: str = ""
    back: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    trials: int = 1
    # what this process, which verifies, has something else in place of
    in_place_of: str = ""
    instead: Any = None


@dataclass(frozen=True)
class EngineGuard:
    """A bound of the engine, taken away by putting something else in each of its places; some attacks must then break."""

    name: str
    attacks: str  # those whose name contains it
    module: Any
    attributes: tuple[str, ...]
    instead: Any
    notices: tuple[str, ...]


def _sabotaged(what: str) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "tests.proofs.sabotaged.settings", "SABOTAGE": what}


def _blind_to(column: str) -> Callable[[Entry], str]:
    """A hash that does not cover that column: what it first said of an entry, it says for ever."""
    first: dict[Any, Any] = {}

    def blind(entry: Entry) -> str:
        said = first.setdefault(entry.event_id, getattr(entry, column))
        return hash_of(structs.replace(entry, **{column: said}))

    return blind


# taken away in the running house and put back, one after the other
IN_THE_DATABASE = (
    Guard(
        "audit entries are append-only", audit, ("application: an entry was",),
        without="ALTER TABLE audit_auditentry DISABLE TRIGGER append_only",
        back="ALTER TABLE audit_auditentry ENABLE TRIGGER append_only",
    ),
    Guard(
        "an audit entry is appended behind the head, under its hash", audit,
        ("application: a wrong entry was",),
        without="ALTER TABLE audit_auditentry DISABLE TRIGGER guard_entry",
        back="ALTER TABLE audit_auditentry ENABLE TRIGGER guard_entry",
    ),
    Guard(
        "the head of an audit chain moves with its entries only", audit, ("application: the head",),
        without="ALTER TABLE audit_audithead DISABLE TRIGGER guard_head",
        back="ALTER TABLE audit_audithead ENABLE TRIGGER guard_head",
    ),
    Guard(
        "the hash of an audit entry covers who acted", audit, ("flip: not named: actor",),
        in_place_of="contexts.audit.policies.checking.hash_of", instead=_blind_to("actor"),
    ),
    Guard(
        "the hash of an audit entry covers its own id", audit, ("flip: not named: id of",),
        in_place_of="contexts.audit.policies.checking.hash_of", instead=_blind_to("id"),
    ),
    Guard(
        "an audit looks for gaps", audit, ("remove: ", "truncate: "),
        in_place_of="contexts.audit.policies.checking._missing", instead=lambda _first, _last: iter(()),
    ),
    Guard(
        "an audit compares what is sealed", audit, ("evaluation: not named",),
        in_place_of="contexts.evaluation.seals.unfit", instead=lambda _seal: (),
    ),
    Guard(
        "evaluations are fenced by row-level security", tenancy,
        ("fence: evaluation_evaluationrecord: the application sees",),
        without="ALTER TABLE evaluation_evaluationrecord DISABLE ROW LEVEL SECURITY",
        back="ALTER TABLE evaluation_evaluationrecord ENABLE ROW LEVEL SECURITY",
    ),
    Guard(
        "the fence around reviews names the tenant", tenancy,
        ("fence: rules_review: the application sees",),
        without="ALTER POLICY tenant_fence ON rules_review USING (true)",
        back="ALTER POLICY tenant_fence ON rules_review USING (tenant_id = current_tenant())",
    ),
    Guard(
        "the fence around rules stops what is written", tenancy,
        ("fence: rules_rule: a row was",),
        without="ALTER POLICY tenant_fence ON rules_rule WITH CHECK (true)",
        back="ALTER POLICY tenant_fence ON rules_rule WITH CHECK (tenant_id = current_tenant())",
    ),
    Guard(
        "reviews are written in the application's own acts only", tenancy,
        ("fence: rules_review: DELETE FROM {0} was", "fence: rules_review: INSERT INTO {0} TABLE {0} was"),
        without="ALTER TABLE rules_review DISABLE TRIGGER own_acts_only",
        back="ALTER TABLE rules_review ENABLE TRIGGER own_acts_only",
    ),
    Guard(
        "the owner stands behind the fence of the event log too", tenancy,
        ("fence: eventlog_eventrecord: the owner sees",),
        without="ALTER TABLE eventlog_eventrecord NO FORCE ROW LEVEL SECURITY",
        back="ALTER TABLE eventlog_eventrecord FORCE ROW LEVEL SECURITY",
    ),
    Guard(
        "the application's role does not pass by the fence", tenancy,
        ("fence: the application's role stands above it",),
        without="ALTER ROLE verdict_app BYPASSRLS",
        back="ALTER ROLE verdict_app NOBYPASSRLS",
    ),
    Guard(
        "a new table has a fence", tenancy, ("fence: proof_new: row-level security is not",),
        without="CREATE TABLE proof_new (id uuid PRIMARY KEY, tenant_id uuid);"
        "GRANT SELECT ON proof_new TO verdict_app",
        back="DROP TABLE proof_new",
    ),
    Guard(
        "what decides is never rewritten", approved, ("sql: calculation_publishedrule: what decides",),
        without="ALTER TABLE calculation_publishedrule DISABLE TRIGGER guard_published",
        back="ALTER TABLE calculation_publishedrule ENABLE TRIGGER guard_published",
    ),
    Guard(
        "a roll-out tries what its release says", approved, ("sql: calculation_candidaterule: ",),
        without="ALTER TABLE calculation_candidaterule DISABLE TRIGGER guard_tried",
        back="ALTER TABLE calculation_candidaterule ENABLE TRIGGER guard_tried",
    ),
    Guard(
        "a roll-out reaches no more than its ramp has come to", approved,
        ("sql: evaluation_runningrollout: ",),
        without="ALTER TABLE evaluation_runningrollout DISABLE TRIGGER guard_reach",
        back="ALTER TABLE evaluation_runningrollout ENABLE TRIGGER guard_reach",
    ),
    Guard(
        "a roll-out takes one step of its ramp after the other", approved, ("sql: rules_rollout: ",),
        without="ALTER TABLE rules_rollout DISABLE TRIGGER guard_rollout",
        back="ALTER TABLE rules_rollout ENABLE TRIGGER guard_rollout",
    ),
    Guard(
        "a version is approved by colleagues", approved,
        ("sql: rules_ruleversion: what nobody approved",),
        without="ALTER TABLE rules_ruleversion DISABLE TRIGGER guard_version;"
        "ALTER TABLE rules_ruleversion DISABLE TRIGGER guard_version_matching",
        back="ALTER TABLE rules_ruleversion ENABLE TRIGGER guard_version;"
        "ALTER TABLE rules_ruleversion ENABLE TRIGGER guard_version_matching",
    ),
    Guard(
        "a release reaches production by its approvals", approved, ("sql: rules_promotion: ",),
        without="ALTER TABLE rules_promotion DISABLE TRIGGER guard_promotion;"
        "ALTER TABLE rules_promotion DISABLE TRIGGER guard_promotion_matching",
        back="ALTER TABLE rules_promotion ENABLE TRIGGER guard_promotion;"
        "ALTER TABLE rules_promotion ENABLE TRIGGER guard_promotion_matching",
    ),
    Guard(
        "nobody approves a release of their own", approved, ("sql: rules_releaseapproval: ",),
        without="ALTER TABLE rules_releaseapproval DISABLE TRIGGER guard_release_approval",
        back="ALTER TABLE rules_releaseapproval ENABLE TRIGGER guard_release_approval",
    ),
    Guard(
        "what lacks an approval is not approved", approved, ("sql: rules_review: what lacks",),
        without="ALTER TABLE rules_review DISABLE TRIGGER guard_taken_back",
        back="ALTER TABLE rules_review ENABLE TRIGGER guard_taken_back",
    ),
)  # fmt: skip

# each in a house of its own
IN_THE_PROCESSES = (
    Guard(
        "the inbox holds each event once", idempotency, ("effects: ", "heard again: "),
        without="ALTER TABLE eventlog_inboxentry DROP CONSTRAINT inbox_heard_once",
        environment=_sabotaged("inbox"),
    ),
    Guard(
        "a key is claimed by one request", idempotency, ("key: ",),
        environment=_sabotaged("claim"),
    ),
    Guard(
        "rows are filtered by the manager and by the fence", tenancy, ("route: ", "list: "),
        without="ALTER TABLE rules_rule DISABLE ROW LEVEL SECURITY;"
        "ALTER TABLE rules_ruleversion DISABLE ROW LEVEL SECURITY;"
        "ALTER TABLE evaluation_evaluationrecord DISABLE ROW LEVEL SECURITY",
        environment=_sabotaged("manager"),
    ),
    Guard(
        "a refusal is answered by name", requests, ("Server error", "Custom check failed"),
        environment=_sabotaged("refusals"),
    ),
    Guard(
        "a replay decides by the recorded rules", replay, ("replay: ",),
        environment=_sabotaged("replay"),
    ),
    Guard(
        "what rules said is kept when they decide no more", replay, ("replay: ",),
        without="DROP TRIGGER guard_published ON calculation_publishedrule;"
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN DELETE FROM calculation_publishedrule WHERE id = NEW.id; RETURN NULL; END $$;"
        "CREATE TRIGGER forget AFTER UPDATE OF active_to ON calculation_publishedrule "
        "FOR EACH ROW EXECUTE FUNCTION forget()",
    ),
    Guard(
        "caches are kept per tenant", tenancy, ("cache: ",), environment=_sabotaged("cache"),
    ),
    Guard(
        "an event is written in the transaction of its change", crash, ("untold: ",),
        environment=_sabotaged("transaction"),
    ),
    Guard(
        "what a killed worker dropped is delivered again", crash, ("stuck: ", "unheard: "),
        environment={"DELIVERY_TIMEOUT": "100000"}, trials=2,
    ),
    Guard(
        "every act is heard by audit", audit, ("unheard: ",),
        without="CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN CASE WHEN NEW.context = 'audit' AND random() < 0.2 THEN NULL ELSE NEW END; END $$;"
        "CREATE TRIGGER lose BEFORE INSERT ON eventlog_delivery "
        "FOR EACH ROW EXECUTE FUNCTION lose()",
    ),
    Guard(
        "an event leaves its delivery in the same transaction", crash, ("unheard: ",),
        without="CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN CASE WHEN random() < 0.2 THEN NULL ELSE NEW END; END $$;"
        "CREATE TRIGGER lose BEFORE INSERT ON eventlog_delivery "
        "FOR EACH ROW EXECUTE FUNCTION lose()",
    ),
)  # fmt: skip

_NO_BOUND = 10**12
_ENDLESS = ("killed by SIG", "took ")

# taken away in the engine of this process, from which the attacks are forked
IN_THE_ENGINE = (
    EngineGuard(
        "parentheses and trees have a depth", "parentheses: written", limits, ("MAX_DEPTH",), _NO_BOUND,
        ("raised RecursionError",),
    ),
    EngineGuard(
        "a rule has so many steps", "many greedy rules", units.Steps, ("start_rule",),
        lambda steps: setattr(steps, "left", _NO_BOUND), _ENDLESS,
    ),
    EngineGuard(
        "CEL has so many steps", "in double mode runs out of steps: loops in loops", frames, ("MAX_CEL_STEPS",),
        _NO_BOUND, _ENDLESS,
    ),
    EngineGuard(
        "patterns are RE2's", "patterns with alternatives: hostile text", functions, ("re2",),
        SimpleNamespace(compile=lambda text, _options: re.compile(text), error=re.error), _ENDLESS,
    ),
    EngineGuard(
        "SQL and Z3 have so much room", "whole numbers: in SQL", limits, ("MAX_TRANSLATED_PARTS",), _NO_BOUND, _ENDLESS,
    ),
    EngineGuard(
        "the nearest change looks at so much", "ternaries in conditions: explained", nearest,
        ("MOST_TRIED", "MOST_TRIED_TOGETHER", "MOST_STEPS", "MOST_STEPS_TOGETHER", "_MOST_MOVES"),
        _NO_BOUND, _ENDLESS,
    ),
    EngineGuard(
        "Z3 multiplies so much", "products: asked of Z3", polynomials, ("_MOST_FACTORS",), _NO_BOUND, _ENDLESS,
    ),
)  # fmt: skip
