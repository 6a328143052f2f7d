"""Receipts that a person enjoys reading: every discount names its rule, version and reason."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


def print_receipt(console: Console, title: str, priced: dict[str, Any]) -> None:
    table = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("Article", ratio=3)
    table.add_column("Quantity", justify="right")
    table.add_column("Each", justify="right")
    table.add_column("Amount", justify="right", min_width=10)
    for line in priced["lines"]:
        table.add_row(
            line["sku"],
            str(line["quantity"]),
            _amount(line["unit_price"]),
            _amount(line["subtotal"]),
        )
        _adjustments(table, line)
    if priced["shipping"]:
        table.add_row(
            f"Shipping, {priced['shipping']['method']}",
            "",
            "",
            _amount(priced["shipping"]["subtotal"]),
        )
        _adjustments(table, priced["shipping"])
    table.add_section()
    totals = priced["totals"]
    if float(totals["discount"]["amount"]):
        table.add_row(
            Text("You save", style="green"),
            "",
            "",
            Text(f"-{_amount(totals['discount'])}", style="green"),
        )
    table.add_row(
        Text("To pay", style="bold"),
        "",
        priced["currency"],
        Text(_amount(totals["due"]), style="bold"),
    )
    console.print(
        Panel(table, title=f"[bold]{title}", subtitle=f"[dim]{priced['id']}", border_style="cyan")
    )
    _explanations(console, priced)


def _adjustments(table: Table, part: dict[str, Any]) -> None:
    for it in part["adjustments"]:
        why = Text.assemble(
            ("  " + it["reason"], "green"),
            (f"\n  rule {it['rule']}, version {it['rule_version']}", "dim"),
        )
        table.add_row(why, "", "", Text(_amount(it["amount"]), style="green"))


def _explanations(console: Console, priced: dict[str, Any]) -> None:
    for it in priced["explanations"]:
        mark = "[green]✓" if it["outcome"] == "applied" else "[yellow]-"
        console.print(
            f"  {mark}[/] [bold]{it['rule']}[/] on {it['about']}: {it['outcome']}. [dim]{it['sentence']}"
        )


def _amount(money: dict[str, str]) -> str:
    return money["amount"]
