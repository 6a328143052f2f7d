"""A proof that cannot fail is a defect: take each guard away, in the database, and see its proof turn red."""

from __future__ import annotations

from tests.proofs import crash, idempotency, tenancy
from tests.proofs.harness import Report, house

GUARDS = {
    "the inbox remembers what was heard": (
        idempotency,
        "ALTER TABLE eventlog_inboxentry DROP CONSTRAINT inbox_heard_once",
    ),
    "a key's answer is kept": (
        idempotency,
        (
            "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN DELETE FROM eventlog_once WHERE id = NEW.id; RETURN NULL; END $$;"
            "CREATE TRIGGER forget AFTER UPDATE ON eventlog_once FOR EACH ROW "
            "WHEN (NEW.state = 'answered') EXECUTE FUNCTION forget()"
        ),
    ),
    "evaluations are fenced by row-level security": (
        tenancy,
        "ALTER TABLE evaluation_evaluationrecord DISABLE ROW LEVEL SECURITY",
    ),
    "reviews are fenced by their own tenant": (
        tenancy,
        "DROP POLICY tenant_fence ON rules_review; CREATE POLICY tenant_fence ON rules_review USING (true)",
    ),
    "every event leaves its delivery": (
        crash,
        (
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF random() < 0.2 THEN RETURN NULL; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER lose BEFORE INSERT ON eventlog_delivery FOR EACH ROW EXECUTE FUNCTION lose()"
        ),
    ),
}


def prove(*, seed: int) -> Report:
    report = Report("proofs", seed)
    for guard, (proof, without) in GUARDS.items():
        with house() as under:
            under.truth(without)
            found = proof.prove(under, seed=seed, trials=1)
        print(f"  without: {guard}")
        found.show()
        report.demand(
            bool(found.violations), f"{found.name} did not notice that it is gone: {guard}"
        )
    return report
