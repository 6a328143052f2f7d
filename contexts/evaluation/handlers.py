"""The bus side of evaluation."""

from __future__ import annotations

from typing import Any

from contexts.evaluation import queries, seals, services
from contexts.evaluation.messages import (
    BackTestFigures,
    BackTestStanding,
    BackTestSummary,
    CheckSeal,
    DayGiven,
    KeepOrderFile,
    ListOrderFiles,
    ListSeenValues,
    ListUsedRules,
    NewestBackTest,
    OrderFileKept,
    RolloutFigures,
    RolloutFiguresOf,
    RulesUsed,
    SeenValue,
    Spending,
    StartBackTest,
    TryRules,
    UnfitEvaluation,
)
from contexts.evaluation.models import OrderFile
from contexts.evaluation.orders.uploads import keep_upload
from contexts.rules.events import (
    RolloutCompleted,
    RolloutRolledBack,
    RolloutStarted,
    RolloutStepped,
)
from shared_kernel import bus


@bus.answers(TryRules)
def try_rules(query: TryRules) -> dict[str, Any]:
    return queries.try_rules(query.cart, query.drafts)


@bus.answers(ListSeenValues)
def list_seen_values(query: ListSeenValues) -> tuple[SeenValue, ...]:
    del query
    return queries.seen_values()


@bus.answers(CheckSeal)
def check_seal(query: CheckSeal) -> tuple[UnfitEvaluation, ...]:
    return seals.unfit(query.seal)


@bus.answers(ListOrderFiles)
def list_order_files(query: ListOrderFiles) -> tuple[OrderFileKept, ...]:
    del query
    return tuple(queries.kept(it) for it in OrderFile.objects.order_by("-id"))


@bus.performs(KeepOrderFile)
def keep_order_file(command: KeepOrderFile) -> OrderFileKept:
    file = keep_upload(
        name=command.file,
        content=command.content,
        currency=command.currency,
        channel=command.channel,
        uploaded_by=command.uploaded_by,
    )
    return queries.kept(file)


@bus.performs(StartBackTest)
def start_back_test(command: StartBackTest) -> BackTestStanding:
    asked = services.ask_for_back_test(
        drafts=command.drafts,
        order_file_id=command.order_file,
        days=command.days,
        asked_by=command.asked_by,
    )
    return queries.shown(asked)


@bus.answers(NewestBackTest)
def newest_back_test(query: NewestBackTest) -> BackTestStanding | None:
    newest = queries.back_tests_of(query.content_hash, query.rule_id).first()
    return queries.shown(newest) if newest else None


@bus.answers(BackTestSummary)
def back_test_summary(query: BackTestSummary) -> BackTestFigures | None:
    return queries.summary_of(query.content_hash, query.rule_id, query.limits)


@bus.answers(RolloutFiguresOf)
def rollout_figures(query: RolloutFiguresOf) -> RolloutFigures | None:
    return queries.figures_of(query.rollout_id)


@bus.hears(RolloutStarted)
def follow_started_rollout(event: RolloutStarted) -> None:
    services.follow_rollout(event)


@bus.hears(RolloutStepped)
def widen_stepped_rollout(event: RolloutStepped) -> None:
    services.widen_rollout(rollout_id=event.rollout_id, percent=event.percent)


@bus.hears(RolloutRolledBack)
def leave_rolled_back_rollout(event: RolloutRolledBack) -> None:
    services.leave_rollout(rollout_id=event.rollout_id, at=event.at)


@bus.hears(RolloutCompleted)
def leave_completed_rollout(event: RolloutCompleted) -> None:
    services.leave_rollout(rollout_id=event.rollout_id, at=event.at)


@bus.answers(ListUsedRules)
def list_used_rules(query: ListUsedRules) -> RulesUsed:
    return queries.rules_used(query.days)


@bus.answers(Spending)
def spending(query: Spending) -> tuple[DayGiven, ...]:
    return queries.spending(query)
