"""`manage.py price_orders FILE`: price every sale invoice of an order file by the active rules."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from contexts.evaluation import queries, services
from contexts.evaluation.carts import PricedCart
from contexts.evaluation.orders.carts import cart_of, invoices_of
from contexts.evaluation.orders.reading import NotAnOrderFile, OrderLine, read_lines
from contexts.evaluation.orders.results import Results
from shared_kernel import embedded
from shared_kernel.cache.notifications import stop_listening
from shared_kernel.currencies import UnknownCurrency
from shared_kernel.tenancy import across_tenants, tenant_scope
from shared_kernel.tenancy.models import Tenant

AT_ONCE = 50


class Command(BaseCommand):
    help = "Price every sale invoice of an order file (CSV, gz) in the Online Retail columns."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", default="garden-gate", help="whose rules (a tenant's slug)")
        parser.add_argument(
            "--output", type=Path, default=Path("priced"), help="a folder for the results"
        )
        parser.add_argument("--currency", default="GBP")
        parser.add_argument("--channel", default="wholesale")
        parser.add_argument("--dry-run", action="store_true", help="price only; keep no records")

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            _servers(stack)
            tenant = _tenant(options["tenant"])
            try:
                lines = list(read_lines(options["file"], currency=options["currency"]))
            except (NotAnOrderFile, UnknownCurrency, OSError) as fault:
                raise CommandError(str(fault)) from fault
            invoices, reported = invoices_of(lines)
            results = Results(options["output"], currency=options["currency"])
            begun = time.perf_counter()
            with tenant_scope(tenant.id):
                _price(invoices, results, options)
            summary = results.finish(reported, seconds=time.perf_counter() - begun)
        _show(summary, options["output"])


def _servers(stack: ExitStack) -> None:
    """Start this clone's own servers if they are meant and do not run; stop them again at the end."""
    place, instance = settings.BASE_DIR, settings.INSTANCE
    meant = embedded.locate(place, instance).database_url == settings.DATABASE_URL
    if meant and not embedded.status(place, instance).answers:
        stack.callback(embedded.stop, place, instance)
        embedded.start(place, instance)
        stack.callback(stop_listening)


def _tenant(slug: str) -> Tenant:
    try:
        with across_tenants("the command names its tenant by slug"):
            found = Tenant.objects.filter(slug=slug).first()
    except ProgrammingError as fault:
        raise CommandError("the database has no tables yet: `make demo` makes them") from fault
    if found is None:
        raise CommandError(f"there is no tenant {slug}: `make demo` opens garden-gate, with rules")
    return found


def _price(invoices: dict[str, list[OrderLine]], results: Results, options: dict[str, Any]) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    numbers = list(invoices)
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("pricing invoices", total=len(numbers))
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            for invoice, priced in zip(some, _priced(some, invoices, options), strict=True):
                results.add(invoice, priced)
            progress.advance(task, len(some))


def _priced(
    numbers: list[str], invoices: dict[str, list[OrderLine]], options: dict[str, Any]
) -> list[PricedCart]:
    currency, channel = options["currency"], options["channel"]
    carts = [cart_of(invoices[it], currency=currency, channel=channel) for it in numbers]
    if options["dry_run"]:
        return [queries.price(cart).answer for cart in carts]
    return services.evaluate_carts(carts)


def _show(summary: dict[str, Any], place: Path) -> None:
    console, currency = Console(highlight=False), summary["currency"]
    table = Table(title="Order file, priced", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name in ("carts", "lines_in", "lines_priced", "lines_reported"):
        table.add_row(name.replace("_", " "), f"{summary[name]:,}")
    for reason, count in summary["reported"].items():
        table.add_row(f"  {reason}", f"{count:,}", style="dim")
    for name in ("subtotal", "discount", "revenue"):
        table.add_row(name, f"{summary[name]} {currency}")
    for rule, off in summary["discount_per_rule"].items():
        table.add_row(f"  {rule}", f"{off} {currency}", style="dim")
    table.add_row("carts per second", str(summary["carts_per_second"]))
    console.print(table)
    console.print(f"Written: {place}/lines.parquet, reported.parquet, summary.json")
