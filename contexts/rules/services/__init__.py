"""Use cases of rules."""

from contexts.rules.services.absences import change_absence, end_absence, tell_absence
from contexts.rules.services.budgeting import (
    close_budget,
    set_budget,
    tell_used,
    watch_budgets,
)
from contexts.rules.services.clockwork import take_due_steps
from contexts.rules.services.deciding import (
    activate_version,
    free_point,
    halt_point,
    resume_version,
    retire_version,
    unschedule_version,
)
from contexts.rules.services.drafting import (
    clone_rule,
    create_rule,
    discard_draft,
    draft_version,
    rewrite_draft,
    roll_back,
    tag_rule,
)
from contexts.rules.services.filling import fill_template, make_rule
from contexts.rules.services.governing import (
    remove_policy,
    set_policy,
)
from contexts.rules.services.guardrails import (
    state_guardrail,
    withdraw_guardrail,
)
from contexts.rules.services.importing import import_bundle
from contexts.rules.services.judging import risk_of
from contexts.rules.services.noticing import (
    KINDS,
    call_attention,
    post_due_notices,
    queue_notice,
    remove_notice_hook,
    set_notice_hook,
)
from contexts.rules.services.opening import open_rule
from contexts.rules.services.pausing import pause_version
from contexts.rules.services.promoting import approve_promotion, promote_release
from contexts.rules.services.ramping import take_due_rollout_steps
from contexts.rules.services.releasing import make_release, set_stage_policy
from contexts.rules.services.retracting import (
    take_back_approval,
    take_back_promotion_approval,
    take_back_template_approval,
)
from contexts.rules.services.reviewing import (
    approve_version,
    comment_on,
    reject_version,
    submit_version,
)
from contexts.rules.services.rolling import (
    GUARD,
    advance_rollout,
    heed_guard,
    pause_rollout,
    resume_rollout,
    roll_back_rollout,
    start_rollout,
)
from contexts.rules.services.tables import tidied_table, write_table
from contexts.rules.services.templating import (
    approve_template,
    create_template,
    discard_template,
    draft_template,
    reject_template,
    retire_template,
    rewrite_template,
    submit_template,
)
from contexts.rules.services.watching import prove_after_ends

__all__ = [
    "GUARD",
    "KINDS",
    "activate_version",
    "advance_rollout",
    "approve_promotion",
    "approve_template",
    "approve_version",
    "call_attention",
    "change_absence",
    "clone_rule",
    "close_budget",
    "comment_on",
    "create_rule",
    "create_template",
    "discard_draft",
    "discard_template",
    "draft_template",
    "draft_version",
    "end_absence",
    "fill_template",
    "free_point",
    "halt_point",
    "heed_guard",
    "import_bundle",
    "make_release",
    "make_rule",
    "open_rule",
    "pause_rollout",
    "pause_version",
    "post_due_notices",
    "promote_release",
    "prove_after_ends",
    "queue_notice",
    "reject_template",
    "reject_version",
    "remove_notice_hook",
    "remove_policy",
    "resume_rollout",
    "resume_version",
    "retire_template",
    "retire_version",
    "rewrite_draft",
    "rewrite_template",
    "risk_of",
    "roll_back",
    "roll_back_rollout",
    "set_budget",
    "set_notice_hook",
    "set_policy",
    "set_stage_policy",
    "start_rollout",
    "state_guardrail",
    "submit_template",
    "submit_version",
    "tag_rule",
    "take_back_approval",
    "take_back_promotion_approval",
    "take_back_template_approval",
    "take_due_rollout_steps",
    "take_due_steps",
    "tell_absence",
    "tell_used",
    "tidied_table",
    "unschedule_version",
    "watch_budgets",
    "withdraw_guardrail",
    "write_table",
]
