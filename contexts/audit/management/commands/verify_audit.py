"""`manage.py verify_audit`: does every chain hold? Names each entry that does not fit, and ends with 1 then."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contexts.audit import queries
from contexts.audit.policies.checking import Misfit
from contexts.audit.policies.exports import SignedHead, check_export, is_signed, read_head
from shared_kernel.tenancy import across_tenants, tenant_scope
from shared_kernel.tenancy.models import Tenant


class Command(BaseCommand):
    help = "Walk along the audit chains and name every entry that does not fit."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--tenant", default="", help="one tenant's chain (its slug); else all")
        parser.add_argument("--file", type=Path, help="check this export, without the database")
        parser.add_argument(
            "--head", type=Path, help="an earlier export: the chain must still be as it was then"
        )
        parser.add_argument("--after", type=int, default=0, help="begin behind this entry")
        parser.add_argument(
            "--chain-only", action="store_true", help="leave sealed evaluations out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        unfit = self._file(options["file"]) if options["file"] else self._database(options)
        if unfit:
            raise CommandError(f"the audit does not hold: {unfit[0].sentence}", returncode=1)

    def _file(self, path: Path) -> tuple[Misfit, ...]:
        with path.open("rb") as lines:
            checked = check_export(lines, settings.AUDIT_SIGNING_KEY)
        self._tell(path.name, checked.entries, checked.findings)
        return checked.findings

    def _database(self, options: dict[str, Any]) -> list[Misfit]:
        exported = _exported(options["head"]) if options["head"] else None
        unfit: list[Misfit] = []
        for tenant in _tenants(options["tenant"]):
            known = [exported.head] if exported and exported.tenant == tenant.id else []
            with tenant_scope(tenant.id):
                found = queries.verification(
                    after=options["after"], known=known, evaluations=not options["chain_only"]
                )
            self._tell(tenant.slug, found.entries, found.findings)
            self.stdout.write(f"  {found.evaluations} evaluations are compared with their seals")
            if found.unchecked:
                self.stdout.write(f"  evaluations are not compared: {found.unchecked}")
            unfit += found.findings
        return unfit

    def _tell(self, name: str, entries: int, findings: Iterable[Misfit]) -> None:
        said = [f"  {it.problem}: {it.sentence}" for it in findings]
        verdict = f"{len(said)} findings" if said else "holds"
        self.stdout.write("\n".join([f"{name}: {entries} entries, {verdict}", *said]))


def _tenants(slug: str) -> list[Tenant]:
    with across_tenants("every tenant's chain is verified, each in its own scope"):
        found = list(Tenant.objects.filter(slug=slug) if slug else Tenant.objects.order_by("slug"))
    if slug and not found:
        raise CommandError(f"there is no tenant {slug}")
    return found


def _exported(path: Path) -> SignedHead:
    lines = path.read_bytes().splitlines()
    head = read_head(lines[-1]) if lines else None
    if head is None:
        raise CommandError(f"{path} does not end with the head of an export")
    if not is_signed(head, settings.AUDIT_SIGNING_KEY):
        raise CommandError(f"the head of {path} is not signed with this house's key")
    return head
