"""`manage.py export_audit TENANT`: a tenant's chain as JSON Lines, ended by a signed head."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contexts.audit import queries
from shared_kernel.tenancy import across_tenants, tenant_scope
from shared_kernel.tenancy.models import Tenant


class Command(BaseCommand):
    help = "Export a tenant's audit chain; `verify_audit --file` checks it without the database."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("tenant", help="the tenant's slug")
        parser.add_argument("--output", type=Path, help="a file; else the standard output")
        parser.add_argument("--after", type=int, default=0, help="begin behind this entry")

    def handle(self, *args: Any, **options: Any) -> None:
        with across_tenants("the command names its tenant by slug"):
            tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"there is no tenant {options['tenant']}")
        with tenant_scope(tenant.id):
            lines = queries.export(after=options["after"])
        if options["output"] is None:
            sys.stdout.buffer.writelines(lines)
            return
        with options["output"].open("wb") as file:
            file.writelines(lines)
