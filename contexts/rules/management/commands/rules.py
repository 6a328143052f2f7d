"""`manage.py rules export|import|check`: rules as files, so that they can live in a Git repository."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contexts.rules import services
from contexts.rules.management import files
from contexts.rules.policies.bundles import forgery
from contexts.rules.queries.bundles import exported
from shared_kernel.errors import DomainError
from shared_kernel.tenancy import across_tenants, tenant_scope
from shared_kernel.tenancy.models import Tenant


class Command(BaseCommand):
    help = "Export rules to files, import drafts from them, or check them without a database."
    requires_system_checks = ()  # `check` runs where there is no database

    def add_arguments(self, parser: Any) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="write rules, signed")
        export.add_argument("--tenant", required=True, help="the tenant's slug")
        export.add_argument("--release", type=int, help="its number; else all that decide now")
        export.add_argument("--out", type=Path, required=True, help="a .json file, or a folder")
        bring = verbs.add_parser("import", help="make drafts of what files say otherwise")
        bring.add_argument("path", type=Path)
        bring.add_argument("--tenant", required=True, help="the tenant's slug")
        bring.add_argument("--author", required=True, help="such as user:anna")
        bring.add_argument("--unsigned", action="store_true", help="it was written by hand")
        check = verbs.add_parser("check", help="read files and check every rule; ends with 1")
        check.add_argument("path", type=Path)
        check.add_argument(
            "--signed", action="store_true", help="demand also that it is what was exported"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"export": self._export, "import": self._import, "check": self._check}[options["verb"]](
                options
            )
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal

    def _export(self, options: dict[str, Any]) -> None:
        with _tenant(options["tenant"]):
            bundle = exported(options["release"])
        files.save(bundle, options["out"])
        self.stdout.write(f"{len(bundle.rules)} rules written, digest {bundle.digest}")

    def _import(self, options: dict[str, Any]) -> None:
        loaded = files.load(options["path"])
        self._refuse(loaded.faults)
        with _tenant(options["tenant"]):
            done = services.import_bundle(
                bundle=loaded.bundle, author=options["author"], unsigned=options["unsigned"]
            )
        for draft in done.drafted:
            self.stdout.write(f"drafted {draft.slug}, version {draft.version}")
        self.stdout.write(
            f"{len(done.drafted)} drafts wait to be submitted; {done.unchanged} rules are as they were"
        )

    def _check(self, options: dict[str, Any]) -> None:
        loaded = files.load(options["path"])
        self._refuse([*loaded.faults, *files.unsound(loaded)])
        if options["signed"] and (fault := forgery(loaded.bundle, settings.RULES_SIGNING_KEY)):
            raise CommandError(fault)
        self.stdout.write(f"{len(loaded.bundle.rules)} rules are sound")

    def _refuse(self, faults: Any) -> None:
        if faults:
            for fault in faults:
                self.stderr.write(fault)
            raise CommandError(f"{len(faults)} faults; nothing was done")


@contextmanager
def _tenant(slug: str) -> Iterator[None]:
    with across_tenants("the command names its tenant by slug"):
        tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"there is no tenant {slug}")
    with tenant_scope(tenant.id):
        yield
