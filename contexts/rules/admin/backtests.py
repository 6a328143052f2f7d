"""A back-test as the page shows it: amounts, changes and shares in words and figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from contexts.evaluation.messages import (
    BackTestBar,
    BackTestCart,
    BackTestCurrency,
    BackTestGroup,
    BackTestRule,
    BackTestStanding,
    BackTestSums,
    OrderFileKept,
    RuleShare,
)
from contexts.rules.admin import charts, words
from shared_kernel.money import Money
from shared_kernel.shown import shown_time

DAYS = (7, 30, 90, 365)
NOT_SAID = {"none"}
MOST_ROWS = 9
MINUS = "\u2212"


def standing(test: BackTestStanding) -> dict[str, Any]:
    """Where it stands, and what came of it."""
    what = "orders" if test.kind == "orders" else "carts"
    share = test.carts_done / test.carts_total if test.carts_total else 0
    found: dict[str, Any] = {
        "status": test.status,
        "under_way": test.status in {"waiting", "running"},
        "what": what,
        "source": test.source,
        "done": f"{test.carts_done:,}",
        "total": f"{test.carts_total:,}",
        "percent": round(share * 100),
        "asked_by": words.person(test.asked_by),
        "asked_at": shown_time(test.asked_at),
        "failure": test.failure,
        "is_current": test.is_current,
        "seconds": _seconds(test),
        "lacking": test.lacking,
    }
    result = test.result
    if result is None:
        return found
    return {
        **found,
        "carts": f"{result.carts:,}",
        "left_out": result.left_out,
        "currencies": [currency(it) for it in result.currencies],
        "several": len(result.currencies) > 1,
    }


def _seconds(test: BackTestStanding) -> str:
    if test.finished_at is None:
        return ""
    return f"{(test.finished_at - test.asked_at).total_seconds():.1f} s"


def currency(of: BackTestCurrency) -> dict[str, Any]:
    """Everything there is to say in one currency."""
    sums = of.sums
    return {
        "currency": of.currency,
        "touched": f"{sums.touched:,}",
        "carts": f"{sums.carts:,}",
        "share": percent(sums.touched, sums.carts),
        "discount": change(sums.discount_before, sums.discount_after),
        "revenue": change(sums.revenue_before, sums.revenue_after),
        "histogram": histogram(of.changes),
        "kinds": [
            {"title": title, "head": head, "rows": groups(rows, MOST_ROWS)}
            for title, head, rows in (
                ("By tier", "Tier", of.tiers),
                ("By segment", "Segment", of.segments),
                ("By country", "Country", of.countries),
            )
            if {it.group for it in rows} - NOT_SAID and sums.touched
        ],
        "products": groups(of.products),
        "rules": rules(of.rules),
        "most": [cart(it) for it in of.carts],
    }


def change(before: Money, after: Money) -> dict[str, str]:
    more = after - before
    return {
        "before": amount(before),
        "after": amount(after),
        "by": signed(more),
        "percent": percent(more.minor, before.minor, with_sign=True),
        "way": "more" if more.minor > 0 else "less" if more.minor < 0 else "same",
    }


def groups(found: Sequence[BackTestGroup], most: int | None = None) -> list[dict[str, Any]]:
    """A row each; from `most` on they are one row together."""
    shown = list(found)
    if most is not None and len(shown) > most:
        rest = [it.sums for it in shown[most - 1 :]]
        shown[most - 1 :] = [BackTestGroup(f"{len(rest)} others", _together(rest))]
    grown = [_grown(it.sums).minor for it in shown]
    return [
        {
            "group": it.group,
            "carts": f"{it.sums.carts:,}",
            "touched": f"{it.sums.touched:,}",
            "discount": change(it.sums.discount_before, it.sums.discount_after),
            "bar": charts.bar(_grown(it.sums).minor, min(grown), max(grown)),
        }
        for it in shown
    ]


def _together(many: Sequence[BackTestSums]) -> BackTestSums:
    currency = many[0].discount_before.currency
    return BackTestSums(
        carts=sum(it.carts for it in many),
        touched=sum(it.touched for it in many),
        discount_before=Money.sum((it.discount_before for it in many), currency),
        discount_after=Money.sum((it.discount_after for it in many), currency),
        revenue_before=Money.sum((it.revenue_before for it in many), currency),
        revenue_after=Money.sum((it.revenue_after for it in many), currency),
    )


def rules(found: Sequence[BackTestRule]) -> list[dict[str, Any]]:
    grown = [(it.discount_after - it.discount_before).minor for it in found]
    return [
        {
            "rule": it.rule,
            "versions": _versions(it),
            "carts": f"{it.carts_before:,} → {it.carts_after:,}",
            "discount": change(it.discount_before, it.discount_after),
            "bar": charts.bar(more, min(grown), max(grown)),
        }
        for it, more in zip(found, grown, strict=True)
    ]


def _versions(rule: BackTestRule) -> str:
    before, after = rule.version_before, rule.version_after
    if before == after or after is None:
        return f"version {before}"
    return f"version {after}, new" if before is None else f"version {before} → {after}"


def cart(it: BackTestCart) -> dict[str, Any]:
    return {
        "reference": it.reference,
        "customer": it.customer,
        "at": shown_time(it.at),
        "paid": change(it.revenue_before, it.revenue_after),
        "before": _shares(it.rules_before),
        "after": _shares(it.rules_after),
    }


def _shares(rules: Iterable[RuleShare]) -> list[str]:
    return [f"{it.rule} {MINUS}{amount(it.discount)}" for it in rules]


def histogram(bars: Sequence[BackTestBar]) -> dict[str, Any]:
    """The chart of how many carts change by so much, and the same as a table."""
    edges = [it.high for it in bars if it.high is not None]
    drawn = charts.histogram(
        [it.carts for it in bars], [_edge(it) for it in edges], middle=edges.index(0) + 1
    )
    rows = [{"change": _between(it), "carts": f"{it.carts:,}"} for it in bars if it.carts]
    return {"chart": drawn, "rows": rows}


def _edge(number: int) -> str:
    return f"+{number}" if number > 0 else f"{MINUS}{-number}" if number else "0"


def _between(bar: BackTestBar) -> str:
    if bar.low is None:
        return f"below {_edge(bar.high or 0)} %"
    if bar.high is None:
        return f"{_edge(bar.low)} % and more"
    return f"{_edge(bar.low)} % to below {_edge(bar.high)} %"


def _grown(sums: BackTestSums) -> Money:
    return sums.discount_after - sums.discount_before


def amount(money: Money) -> str:
    return f"{money.amount:,f}".replace("-", MINUS)


def signed(money: Money) -> str:
    return f"+{amount(money)}" if money.minor > 0 else amount(money)


def percent(part: int, whole: int, *, with_sign: bool = False) -> str:
    """A share to the tenth, or nothing where there is no whole."""
    if whole == 0:
        return "" if part == 0 else "from nothing"
    share = f"{part * 100 / whole:+.1f}" if with_sign else f"{part * 100 / whole:.1f}"
    return f"{share.replace('-', MINUS)} %"


def sources(files: Sequence[OrderFileKept], chosen: str) -> list[dict[str, Any]]:
    """What a back-test can run over: recorded carts, and the files kept."""
    recorded = [
        {"value": f"days:{days}", "words": f"Carts priced here in the last {days} days"}
        for days in DAYS
    ]
    uploaded = [
        {"value": f"file:{it.id}", "words": f"{it.file}: {it.orders:,} orders, {_time_of(it)}"}
        for it in files
    ]
    chosen = chosen or (uploaded[0]["value"] if uploaded else "days:30")
    return [{**it, "chosen": it["value"] == chosen} for it in (*uploaded, *recorded)]


def _time_of(file: OrderFileKept) -> str:
    first, last = (f"{it:%b %Y}" for it in (file.first_at, file.last_at))
    return first if first == last else f"{first} to {last}"
