"""The pages of rules: the list, the editor, a version and its review, the inbox."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contexts.rules.admin import (
    acting,
    backtesting,
    budgets,
    building,
    calendars,
    editor,
    filling,
    governing,
    mapping,
    opening,
    promising,
    releasing,
    reviewing,
    rolling,
    tables,
    templating,
    trying,
    versions,
    words,
)
from contexts.rules.admin.standing import (
    counts_by_status,
    say_rules,
    standing_in,
    stops,
    with_standing,
)
from contexts.rules.models import Rule, Status
from shared_kernel.admin import ScopedAdmin, may
from shared_kernel.decisions import known_points
from shared_kernel.shown import shown_time

VERSION = "<uuid:rule_id>/versions/<int:number>/"
TEMPLATE = "templates/<uuid:template_id>/versions/<int:number>/"


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [(status.value, status.label) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        wanted = self.value()
        return standing_in(queryset, wanted) if wanted else queryset


class PointFilter(admin.SimpleListFilter):
    title = "decision point"
    parameter_name = "point"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [(it.name, it.title) for it in known_points().values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        return queryset.filter(point=self.value()) if self.value() else queryset


@admin.register(Rule)
class RuleAdmin(ScopedAdmin):
    """Rules are written by use cases only: these pages show, ask and hand on."""

    read_scope = "rules:read"
    add_scope = "rules:write"
    list_display: ClassVar = [
        "rule",
        "status",
        "decides",
        "point_title",
        "written_by",
        "written_at",
    ]
    list_display_links: ClassVar = None
    list_filter: ClassVar = [StatusFilter, PointFilter]
    search_fields: ClassVar = ["slug", "versions__name", "versions__condition"]
    search_help_text = "name, short name or condition"
    list_before_template = "rules/tabs.html"
    ordering: ClassVar = ["-id"]
    list_per_page = 50
    actions: ClassVar = ["submit_chosen", "pause_chosen", "resume_chosen", "retire_chosen"]
    custom_urls = (
        ("inbox/", "rules_inbox", versions.inbox),
        ("governance/", "rules_governance", governing.governance_page),
        ("governance/<slug:verb>/", "rules_govern", governing.act_view),
        ("releases/", "rules_releases", releasing.releases_page),
        ("releases/make/", "rules_make_release", releasing.make_view),
        ("releases/stages/<slug:stage>/", "rules_stage", releasing.policy_view),
        ("releases/<int:number>/", "rules_release", releasing.release_page),
        ("releases/roll-outs/start/<int:number>/", "rules_rollout_start", releasing.start_view),
        ("releases/roll-outs/<uuid:rollout_id>/", "rules_rollout", rolling.rollout_page),
        (
            "releases/roll-outs/<uuid:rollout_id>/<slug:verb>/",
            "rules_rollout_act",
            rolling.act_view,
        ),
        ("releases/<int:number>/<slug:stage>/<slug:verb>/", "rules_promotion", releasing.act_view),
        ("guardrails/", "rules_guardrails", reviewing.guardrails_page),
        ("guardrails/check/", "rules_check_guardrail", promising.check_view),
        ("guardrails/<uuid:guardrail_id>/withdraw/", "rules_withdraw", reviewing.withdraw_view),
        ("calendar/", "rules_calendar", calendars.calendar_page),
        ("map/", "rules_map", mapping.map_page),
        ("budgets/", "rules_budgets", budgets.budgets_page),
        ("budgets/<uuid:budget_id>/close/", "rules_close_budget", budgets.close_view),
        ("templates/", "rules_templates", templating.templates_page),
        ("templates/new/", "rules_new_template", templating.new_template),
        ("templates/check/", "rules_check_template", templating.check_view),
        ("templates/say/", "rules_say_template", templating.say_view),
        (TEMPLATE, "rules_template", templating.template_page),
        (f"{TEMPLATE}use/", "rules_use_template", filling.use_page),
        (f"{TEMPLATE}use/say/", "rules_say_filled", filling.say_view),
        (f"{TEMPLATE}<slug:verb>/", "rules_act_on_template", templating.act_view),
        ("check/", "rules_check", trying.check_view),
        ("condition/read/", "rules_read_condition", building.read_view),
        ("condition/write/", "rules_write_condition", building.write_view),
        ("say/", "rules_say", building.say_view),
        ("table/check/", "rules_check_table", tables.check_view),
        ("table/read/", "rules_read_table", tables.read_view),
        ("table/findings/", "rules_table_findings", tables.findings_view),
        ("table/file/<slug:kind>/", "rules_table_file", tables.file_view),
        ("try/", "rules_try", trying.try_view),
        ("<uuid:rule_id>/draft/", "rules_draft", versions.begin_draft),
        (f"{VERSION}findings/", "rules_findings", reviewing.findings_view),
        (f"{VERSION}risk/", "rules_risk", reviewing.risk_view),
        (f"{VERSION}back-test/", "rules_backtest", backtesting.backtest_view),
        (f"{VERSION}back-test/start/", "rules_backtest_start", backtesting.start_view),
        (f"{VERSION}back-test/upload/", "rules_backtest_upload", backtesting.upload_view),
        (f"{VERSION}template/", "rules_open_rule", opening.opening_page),
        (VERSION, "rules_version", versions.version_page),
        (f"{VERSION}<slug:verb>/", "rules_act", acting.act),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rules: QuerySet[Any] = with_standing(super().get_queryset(request))
        return rules

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tabs = counts_by_status()
        context = {
            "tabs": tabs,
            "stopped_points": (stopped := stops()),
            "chosen": request.GET.get("status", ""),
            "total": Rule.objects.count(),
            "title": "Rules",
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, context)
        listed = getattr(answer, "context_data", None) or {}
        if "cl" in listed:
            say_rules(listed["cl"].result_list)
            points = {it["point"] for it in stopped}
            for rule in listed["cl"].result_list:
                rule.is_stopped = rule.point in points
                rule.may_activate = may(request, "rules:activate")
        return answer

    def page(
        self,
        request: HttpRequest,
        template: str,
        context: dict[str, Any],
        status: int = HTTPStatus.OK,
    ) -> TemplateResponse:
        """With what is stopped on top of each: whoever reads that a rule is active reads that, too."""
        return super().page(request, template, {"stopped_points": stops(), **context}, status)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        del form_url, extra_context
        return editor.new_rule(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        del form_url, extra_context
        return versions.rule_page(request, self, object_id)

    @admin.action(description="Submit their drafts for approval")
    def submit_chosen(self, request: HttpRequest, rules: QuerySet[Any]) -> None:
        acting.in_bulk(request, rules, "submit")

    @admin.action(description="Pause them")
    def pause_chosen(self, request: HttpRequest, rules: QuerySet[Any]) -> None:
        acting.in_bulk(request, rules, "pause")

    @admin.action(description="Resume them")
    def resume_chosen(self, request: HttpRequest, rules: QuerySet[Any]) -> None:
        acting.in_bulk(request, rules, "resume")

    @admin.action(description="Retire them")
    def retire_chosen(self, request: HttpRequest, rules: QuerySet[Any]) -> None:
        acting.in_bulk(request, rules, "retire")

    @admin.display(description="rule")
    def rule(self, rule: Any) -> SafeString:
        where = reverse("admin:rules_rule_change", args=[rule.pk])
        return format_html(
            '<a class="v-name" href="{}">{}</a><span class="v-slug">{}</span>'
            '<span class="v-sentence-short">{}</span>',
            where,
            rule.newest_name or rule.slug,
            rule.slug,
            getattr(rule, "said", ""),
        )

    @admin.display(description="status", ordering="newest_status")
    def status(self, rule: Any) -> SafeString:
        shown = [Status.ACTIVE.value] if rule.active_number else []
        shown += [Status.PAUSED.value] if rule.paused_number else []
        if rule.newest_status and rule.newest_status not in shown:
            shown.append(rule.newest_status)
        stopped = "Active, point stopped" if getattr(rule, "is_stopped", False) else ""
        labels = (words.label(it, stopped if it == Status.ACTIVE else "") for it in shown)
        return format_html_join(" ", "{}", ((it,) for it in labels))

    @admin.display(description="decides", ordering="active_number")
    def decides(self, rule: Any) -> SafeString:
        """With the ways to the dialogs of the rule's page, for whoever may."""
        where = reverse("admin:rules_rule_change", args=[rule.pk])
        said = f"version {rule.active_number}" if rule.active_number else "nothing"
        acts = []
        if getattr(rule, "may_activate", False):
            is_paused = rule.paused_number and not rule.active_number
            acts = [("pause", "Pause…"), ("retire", "Retire…")] if rule.active_number else []
            acts = [("resume", "Resume…"), ("retire", "Retire…")] if is_paused else acts
        links = format_html_join(
            "",
            '<a href="{}#{}" aria-label="{} {}">{}</a>',
            ((where, act, text, rule.newest_name or rule.slug, text) for act, text in acts),
        )
        return format_html('{}<span class="v-row-acts">{}</span>', said, links)

    @admin.display(description="decision point", ordering="point")
    def point_title(self, rule: Any) -> str:
        return words.title_of(rule.point)

    @admin.display(description="last written by", ordering="newest_author")
    def written_by(self, rule: Any) -> str:
        return words.person(rule.newest_author or rule.created_by)

    @admin.display(description="begun", ordering="newest_created_at")
    def written_at(self, rule: Any) -> SafeString:
        return shown_time(rule.newest_created_at)
