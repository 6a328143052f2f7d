"""`python -m config.demo`: from nothing to a running shop whose approved rules price its carts, and back to nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from config.demo.client import Client
from config.demo.lifecycle import (
    bring_template_to_use,
    bring_to_life,
    own_work_is_refused,
    wait_until_decided,
)
from config.demo.people import open_shop
from config.demo.receipts import print_receipt
from config.launch.console import run
from config.launch.launcher import Running

BASE_DIR = Path(__file__).resolve().parents[2]
SHOP: dict[str, Any] = json.loads((Path(__file__).parent / "shop.json").read_text())


def show(running: Running) -> None:
    """Open the sample shop, bring its rules to life, price its carts and print the receipts."""
    console = Console(width=92, highlight=False)
    people = open_shop(BASE_DIR, running.environment)
    address = running.addresses["main"]
    anna, ben, storefront = (
        Client(address, people.keys[name]) for name in ("anna", "ben", "storefront")
    )
    console.rule("[bold]Rules, written by Anna and approved by Ben")
    versions: set[tuple[str, int]] = set()
    for rule in SHOP["rules"]:
        rule_id, number, done = bring_to_life(rule, author=anna, reviewer=ben)
        versions.add((rule_id, number))
        console.print(f"  [green]✓[/] [bold]{rule['name']}[/], version {number}: {done}")
    for template in SHOP["templates"]:
        done = bring_template_to_use(template, author=anna, reviewer=ben)
        console.print(f"  [green]✓[/] template [bold]{template['name']}[/]: {done}")
    refusal = own_work_is_refused(SHOP["rules"][0], author=anna)
    console.print(f"  [green]✓[/] Anna may not approve her own: [dim]{escape(refusal)}")
    carts = [{name: it for name, it in cart.items() if name != "title"} for cart in SHOP["carts"]]
    took = wait_until_decided(carts[1], versions, storefront=storefront)
    console.print(f"  [green]✓[/] carts are priced by them {took:.0f} ms later\n")
    console.rule("[bold]Carts, priced over HTTP")
    for cart, titled in zip(carts, SHOP["carts"], strict=True):
        priced = storefront.post("evaluations", cart)
        print_receipt(console, titled["title"], priced)
        replayed = storefront.get(f"evaluations/{priced['id']}/replay")
        if not replayed["identical"]:
            raise AssertionError(f"the replay of {priced['id']} differs")
    console.print(
        "  [green]✓[/] each of them was replayed by its recorded rules, the same to the byte\n"
    )


if __name__ == "__main__":
    carry_out = sys.argv[sys.argv.index("--carry-out") + 1] if "--carry-out" in sys.argv else None
    sys.exit(run(BASE_DIR, carry_out=carry_out, work=show))
