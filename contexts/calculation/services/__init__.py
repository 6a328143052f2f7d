"""Use cases of calculation: keeping its copy of the active rules, and declaring attributes."""

from contexts.calculation.services.attributes import (
    change_attribute,
    declare_attribute,
    retire_attribute,
)
from contexts.calculation.services.publishing import (
    free_point,
    halt_point,
    plan_rule,
    publish_rule,
    unplan_rule,
    withdraw_rule,
)
from contexts.calculation.services.trying import stop_trying, try_rules

__all__ = [
    "change_attribute",
    "declare_attribute",
    "free_point",
    "halt_point",
    "plan_rule",
    "publish_rule",
    "retire_attribute",
    "stop_trying",
    "try_rules",
    "unplan_rule",
    "withdraw_rule",
]
