"""Which rules can never apply: proved once for a set of rules, and remembered as long as a process sees that set."""

from __future__ import annotations

from threading import Lock
from uuid import UUID

from cachetools import LRUCache, TTLCache

from contexts.calculation import policies
from contexts.calculation.engine import DefinitionError, ExpressionError
from contexts.calculation.messages import ListNeverApplying, NeverApplying
from contexts.calculation.policies import Standing
from contexts.calculation.queries.reviewing import MOST_SECONDS, finding_of
from contexts.calculation.queries.standing import standing_now, with_drafts
from contexts.calculation.queries.tables import is_within_one
from shared_kernel.decisions import RuleText
from shared_kernel.tenancy import current_tenant

SETS, SECONDS_UNFINISHED = 500, 10
_Key = tuple[UUID, str, str]
# a fingerprint names every rule by its content, and what was declared: what was proved of it stays so
_proved: LRUCache[_Key, NeverApplying] = LRUCache(SETS)
_unfinished: TTLCache[_Key, NeverApplying] = TTLCache(SETS, SECONDS_UNFINISHED)
_reaching = Lock()


def never_applying(query: ListNeverApplying) -> NeverApplying:
    """
    Which of these rules, standing among those active now, never match or never apply.

    What is not known of all, for the time was over or a proof gave no answer, goes on, where it stopped, when it is asked again some seconds later.

    Raises:
        UnknownPoint.

    """
    from contexts.calculation.engine.analysis import never_applying as found_of  # noqa: PLC0415 - loads Z3

    point = policies.open_point(query.point)
    stands = standing_now(point.name)
    looked_at = with_drafts(stands, [it for it in query.texts if _is_sound(stands, it)])
    key = (current_tenant(), point.name, looked_at.fingerprint)
    with _reaching:
        known = _proved.get(key) or _unfinished.get(key)
    if known is not None:
        return known
    found, is_finished = found_of(
        looked_at.rules.rules,
        policies.schema_of(point.name, stands.declared),
        point.hit_policy,
        seconds=min(max(query.seconds, 0.0), MOST_SECONDS),
    )
    told = tuple(finding_of(it) for it in found if not is_within_one(it.rules))
    answer = NeverApplying(findings=told, is_finished=is_finished)
    with _reaching:
        (_proved if is_finished else _unfinished)[key] = answer
    return answer


def _is_sound(stands: Standing, text: RuleText) -> bool:
    """Whether it can be compiled, which is remembered by its content: hundreds are asked about."""
    try:
        policies.rules_of(stands.point, text, stands.declared)
    except (ExpressionError, DefinitionError):
        return False
    return True
