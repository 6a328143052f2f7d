"""From rules as written to rules that decide: the engine, spoken to in the platform's own words."""

from contexts.calculation.policies.attributes import (
    Declared,
    attributes_used,
    check_attribute,
    declared_at,
    place_of,
    places_at,
    points_with,
)
from contexts.calculation.policies.blanks import blanks_of
from contexts.calculation.policies.building import vocabulary
from contexts.calculation.policies.checking import (
    checked,
    checked_condition,
    checked_guardrail,
    guardrail_of,
    read_condition,
    write_condition,
)
from contexts.calculation.policies.lacking import fate_of
from contexts.calculation.policies.mapping import spoken_of
from contexts.calculation.policies.opening import opened
from contexts.calculation.policies.points import (
    assumed_of,
    barest_facts,
    effect_types_of,
    open_point,
    price_of,
    schema_of,
)
from contexts.calculation.policies.saying import said_rule
from contexts.calculation.policies.standing import Standing, derived, rules_of, standing_of
from contexts.calculation.policies.templating import checked_template, filled_template

__all__ = [
    "Declared",
    "Standing",
    "assumed_of",
    "attributes_used",
    "barest_facts",
    "blanks_of",
    "check_attribute",
    "checked",
    "checked_condition",
    "checked_guardrail",
    "checked_template",
    "declared_at",
    "derived",
    "effect_types_of",
    "fate_of",
    "filled_template",
    "guardrail_of",
    "open_point",
    "opened",
    "place_of",
    "places_at",
    "points_with",
    "price_of",
    "read_condition",
    "rules_of",
    "said_rule",
    "schema_of",
    "spoken_of",
    "standing_of",
    "vocabulary",
    "write_condition",
]
