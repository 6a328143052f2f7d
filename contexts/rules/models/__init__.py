"""What rules keep: rules and their versions, what colleagues say, guardrails, budgets, releases, roll-outs, and what is to happen when."""

from contexts.rules.models.budgets import Budget, BudgetCheck
from contexts.rules.models.guardrails import Guardrail
from contexts.rules.models.notices import NoticeDue, NoticeHook
from contexts.rules.models.releases import (
    Promotion,
    Release,
    ReleaseApproval,
    StagePolicy,
    standing_approvals,
)
from contexts.rules.models.reviews import Absence, ApprovalPolicy, Comment, Review, standing
from contexts.rules.models.rollouts import Rollout, RolloutStep
from contexts.rules.models.templates import (
    TEMPLATE_CONTENT,
    RuleTemplate,
    RuleTemplateVersion,
    TemplateStatus,
)
from contexts.rules.models.timing import PointStop, TimedStep
from contexts.rules.models.versions import CONTENT, DECIDED, Rule, RuleVersion, Status

__all__ = [
    "CONTENT",
    "DECIDED",
    "TEMPLATE_CONTENT",
    "Absence",
    "ApprovalPolicy",
    "Budget",
    "BudgetCheck",
    "Comment",
    "Guardrail",
    "NoticeDue",
    "NoticeHook",
    "PointStop",
    "Promotion",
    "Release",
    "ReleaseApproval",
    "Review",
    "Rollout",
    "RolloutStep",
    "Rule",
    "RuleTemplate",
    "RuleTemplateVersion",
    "RuleVersion",
    "StagePolicy",
    "Status",
    "TemplateStatus",
    "TimedStep",
    "standing",
    "standing_approvals",
]
