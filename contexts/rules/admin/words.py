"""What the pages say: who did what when, what a version says, and what changed."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from contexts.calculation.messages import (
    Attribute,
    Fault,
    ListAttributes,
)
from contexts.rules import policies, queries
from contexts.rules.admin import naming
from contexts.rules.models import Review, RuleVersion, Status, standing
from shared_kernel import bus
from shared_kernel.decisions import DecisionPoint, Effect, point_named


def person(actor: str) -> str:
    """An actor as people say it."""
    kind, _, name = actor.partition(":")
    return f"API key {name}" if kind == "key" else name or actor


def label(status: str, text: str = "") -> SafeString:
    return format_html(
        '<span class="v-label v-label-{}">{}</span>', status, text or Status(status).label
    )


def drawn(fault: Fault) -> str:
    """The text at fault and the caret beneath it, without the margin they are rendered behind."""
    lines = fault.rendered.split("\n")[-2:]
    return "\n".join(line.partition("| ")[2] for line in lines)


def title_of(point: str) -> str:
    """A decision point's title, or its name when no window opens it any more."""
    opened = point_named(point)
    return opened.title if opened else point


def life_of(version: RuleVersion) -> list[dict[str, Any]]:
    """What happened to a version, in order: `[{"what", "who", "when", "comment", "mark"}]`."""
    steps = [
        _step("Written", version.author, version.created_at, "draft"),
        _step("Submitted", version.submitted_by, version.submitted_at, "in_review"),
        *(_review_step(it) for it in sorted(version.reviews.all(), key=lambda it: it.decided_at)),
        _step("Activated", version.activated_by, version.activated_at, "active"),
        *_standing_step(version),
        _step("Retired", version.retired_by, version.retired_at, "retired"),
    ]
    return [step for step in steps if step["when"] is not None]


def _standing_step(version: RuleVersion) -> list[dict[str, Any]]:
    """The last time that it was scheduled, paused or resumed; the audit trail has them all."""
    what = {Status.SCHEDULED: "Scheduled", Status.PAUSED: "Paused", Status.ACTIVE: "Resumed"}.get(
        Status(version.status)
    )
    if what is None or version.standing_since is None or not version.standing_by:
        return []
    if version.activated_at is not None and version.standing_since < version.activated_at:
        return []
    step = _step(what, version.standing_by, version.standing_since, version.status)
    return [{**step, "comment": version.standing_why}]


def standing_of(version: RuleVersion) -> dict[str, str]:
    """When it decides, in the local time of its zone: `{"starts", "ends"}`, empty where there is no bound."""
    return {
        bound: f"{local.replace('T', ' at ')} ({version.time_zone})" if local else ""
        for bound, local in (("starts", version.starts), ("ends", version.ends))
    }


def approvals_of(version: RuleVersion) -> dict[str, Any]:
    """Who has to approve it, who has, who is missing, and how much could go wrong."""
    given = [it for it in standing(version.reviews.all()) if it.verdict == Review.Verdict.APPROVE]
    lacking = policies.missing(version.needs, {it.reviewer: it.teams for it in given})
    return {
        "wanted": policies.said(version.needs),
        "given": [{"who": person(it.reviewer), "teams": ", ".join(it.teams)} for it in given],
        "missing": policies.said(lacking),
        "limits": limits_in_words(version.limits),
        "risk": version.risk.get("level", ""),
        "reasons": version.risk.get("reasons", []),
    }


LIMITS = {
    "max_discount_increase": "discounts grow by at most {} %",
    "max_revenue_decrease": "revenue falls by at most {} %",
    "max_touched": "at most {} % of the orders are touched",
    "min_carts": "it was tried on at least {} orders",
}


def limits_in_words(limits: dict[str, str]) -> str:
    """What a back-test has to show: "discounts grow by at most 2 % and …", nothing without limits."""
    return " and ".join(
        said.format(limits[name]) for name, said in LIMITS.items() if name in limits
    )


def comments_on(version: RuleVersion) -> list[dict[str, Any]]:
    """What colleagues said, in turn."""
    return [
        {"who": person(it.author), "when": it.written_at, "text": it.text}
        for it in version.comments.order_by("written_at")
    ]


def _step(what: str, actor: str, when: Any, mark: str) -> dict[str, Any]:
    return {"what": what, "who": person(actor), "when": when, "mark": mark}


MARKS: dict[str, str] = {
    Review.Verdict.APPROVE: "approved",
    Review.Verdict.REJECT: "rejected",
    Review.Verdict.TAKE_BACK: "in_review",
}


def _review_step(review: Review) -> dict[str, Any]:
    mark = MARKS[review.verdict]
    step = _step(review.get_verdict_display(), review.reviewer, review.decided_at, mark)
    return {**step, "comment": review.comment}


def effects_of(version: RuleVersion) -> list[dict[str, Any]]:
    """Each effect as it is written, and by what it does: `[{"about", "kind", "params", "words"}]`."""
    point = point_named(version.rule.point)
    known: dict[str, Effect] = {it.kind: it for it in point.effects} if point else {}
    words = queries.said_of([version])[version.id].effects
    return [
        {
            "about": known[it["kind"]].about if it["kind"] in known else it["kind"],
            "kind": it["kind"],
            "params": sorted(it["params"].items()),
            "words": words[number] if words else "",
        }
        for number, it in enumerate(version.effects)
    ]


def changes_in(version: RuleVersion) -> dict[str, Any]:
    """What is different from the version it would replace, for the page."""
    before = queries.compared_with(version)
    return {"before": before, "changes": queries.difference(before, version)}


def declared_attributes(point: str) -> tuple[Attribute, ...]:
    """What this tenant declared of the point's facts; nothing when nobody is there to say."""
    try:
        return bus.ask(ListAttributes(point=point)).attributes
    except (bus.ContextAbsent, bus.ContextUnreachable):
        return ()


TYPES = {
    "string": "text",
    "int": "whole number",
    "decimal": "number",
    "bool": "yes or no",
    "timestamp": "date and time",
    "list(string)": "several texts",
    "list(line)": "the lines",
}


def _typed(written: str) -> dict[str, str]:
    """A fact's type as it is written and as people say it; a `?` is what may not be known of a cart."""
    known = TYPES.get(written.rstrip("?"), written.rstrip("?"))
    return {
        "type": written,
        "type_words": f"{known}, or nothing" if written.endswith("?") else known,
    }


def fact_groups(point: DecisionPoint) -> list[dict[str, Any]]:
    """The facts that a condition may speak about, by record, each with the text to insert."""
    groups, single = [], []
    declared = declared_attributes(point.name)
    for name, fact in point.facts.items():
        fields = point.records.get(fact.type.rstrip("?"))
        if fields is None:
            label = fact.label or name.replace("_", " ")
            single.append({"path": name, **_typed(fact.type), "about": fact.about, "label": label})
            continue
        inside = [
            {"path": f"{name}.{field}", **_typed(it.type), "about": it.about,
             "label": naming.label_of(point, f"{name}.{field}")}
            for field, it in fields.items()
        ]  # fmt: skip
        record = fact.type.rstrip("?")
        inside += [
            {"path": (path := name + it.path.removeprefix(record)), **_typed(it.type),
             "about": it.about, "label": naming.label_of(point, path)}
            for it in declared
            if it.record == record
        ]  # fmt: skip
        groups.append(
            {"name": fact.label or name.replace("_", " "), "about": fact.about, "facts": inside}
        )
    if single:
        groups.append({"name": "also", "about": "further facts", "facts": single})
    return groups
