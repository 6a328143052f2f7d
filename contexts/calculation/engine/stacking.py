"""
How rules stand beside one another, as written: lanes, never and always, bases, caps, budgets, the best for the customer.

A rule's part (its lane, whether it stacks, its cap, the budget it spends) is written with the rule; a set's part, in
`StackingSource`, says which lanes there are, which effects are discounts, of which amounts, and what all rules
may take together. What this cannot do: decide; see `combining.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, NamedTuple

from .errors import DefinitionError, keyed, listed

Stacks = Literal["normal", "never", "always"]
Base = Literal["remaining", "initial"]
STACKS: Final[tuple[Stacks, ...]] = ("normal", "never", "always")
BASES: Final[tuple[Base, ...]] = ("remaining", "initial")
ATTEMPTS: Final = 1_000  # combinations tried for the best, unless a set says otherwise
MAX_ATTEMPTS: Final = 100_000
MAX_DIGITS: Final = 9  # after the point


@dataclass(frozen=True, slots=True)
class CapSource:
    """
    What may be taken at most, as expressions: an `amount`, or a `percent` of an amount.

    The percentage is of the amounts before any discount, unless `of` says of what; `taken` is what was taken
    before, by other decisions, and is counted in.
    """

    amount: str | None = None
    percent: str | None = None
    of: str | None = None
    taken: str | None = None

    def texts(self) -> dict[str, str]:
        """Return the expressions it has, by name."""
        return {name: text for name, text in asdict(self).items() if text is not None}


class Standing(NamedTuple):
    """A rule's part in how rules stack; `bases` are those of its effects."""

    lane: str | None
    stacking: Stacks
    cap: CapSource | None
    budget: str | None
    bases: tuple[Base, ...]


@dataclass(frozen=True, slots=True)
class DiscountType:
    """Which parameter of an effect is a percentage, or an amount, taken off which `target`."""

    target: str
    percent: str | None = None
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class StackingSource:
    """
    How the rules of one set stack, as written.

    `lanes` go one after the other, rules without a lane before them. `discounts` say which effects are discounts, and
    `amounts` what each target amounts to; `caps` hold for all rules together, `budgets` for the rules that name
    them: each an expression over the facts of the call. Discounts are rounded half up to `digits` after
    the point, or not at all. With `best`, of each exclusive choice that is taken which saves most, of at
    most `attempts` combinations.
    """

    lanes: tuple[str, ...] = ()
    discounts: Mapping[str, DiscountType] = field(default_factory=dict)
    amounts: Mapping[str, str] = field(default_factory=dict)
    caps: Mapping[str, CapSource] = field(default_factory=dict)
    budgets: Mapping[str, str] = field(default_factory=dict)
    digits: int | None = None
    best: bool = False
    attempts: int = ATTEMPTS

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON can hold."""
        return {**asdict(self), "lanes": list(self.lanes)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "StackingSource":
        """
        Read what `to_json` gave.

        Raises:
            DefinitionError: a key is unknown, or its value is of another type.

        """
        keyed(document, "a stacking", [item.name for item in fields(cls)])
        try:
            read = {
                **document,
                "lanes": listed(document.get("lanes", ()), "lanes"),
                "discounts": {
                    kind: DiscountType(**it) for kind, it in document.get("discounts", {}).items()
                },
                "caps": {name: CapSource(**it) for name, it in document.get("caps", {}).items()},
            }
            stacking = cls(**read)
        except DefinitionError:
            raise
        except (TypeError, AttributeError, ValueError) as error:
            raise DefinitionError(f"this is not a stacking: {error}") from None
        check_set(stacking)
        return stacking


def check_standing(rule: Standing) -> None:
    """Refuse a rule's part that is not what its fields allow."""
    if not isinstance(rule.lane, str | None) or not isinstance(rule.budget, str | None):
        raise DefinitionError("a rule's lane and budget are strings or null")
    if rule.stacking not in STACKS:
        said = f"a rule's stacking is {', '.join(STACKS)}, not {rule.stacking!r:.40}"
        raise DefinitionError(said)
    if unknown := [base for base in rule.bases if base not in BASES]:
        raise DefinitionError(f"an effect's base is {', '.join(BASES)}, not {unknown[0]!r:.40}")
    if rule.cap is not None:
        check_cap(rule.cap, "a rule's cap")


def check_cap(cap: Any, what: str) -> None:
    """Refuse a cap that says neither an amount nor a percentage, or both."""
    if not isinstance(cap, CapSource) or (cap.amount is None) == (cap.percent is None):
        raise DefinitionError(f"{what} is an amount or a percent")
    if not all(isinstance(text, str) for text in cap.texts().values()):
        raise DefinitionError(f"{what} holds expressions, which are strings")
    if cap.of is not None and cap.percent is None:
        raise DefinitionError(f"{what} has an `of`, which only a percent can have")


def check_set(stacking: StackingSource) -> None:
    """Refuse a set's part that is not what its fields allow."""
    for name in ("discounts", "amounts", "caps", "budgets"):
        if not isinstance(getattr(stacking, name), Mapping):
            raise DefinitionError(f"a stacking's {name} stand by their names")
    texts = (*stacking.lanes, *stacking.amounts, *stacking.amounts.values())
    texts = (*texts, *stacking.budgets, *stacking.budgets.values(), *stacking.caps)
    if not all(isinstance(text, str) for text in texts):
        raise DefinitionError("lanes, amounts, budgets and the names of caps are strings")
    if len(set(stacking.lanes)) < len(stacking.lanes):
        raise DefinitionError("a lane is declared once")
    for name, cap in stacking.caps.items():
        check_cap(cap, f"the cap {name!r:.40}")
    for kind, discount in stacking.discounts.items():
        _check_discount(kind, discount, stacking.amounts)
    digits = stacking.digits
    if digits is not None and (type(digits) is not int or not 0 <= digits <= MAX_DIGITS):
        raise DefinitionError(f"digits are 0 to {MAX_DIGITS}, or null")
    if type(stacking.best) is not bool:
        raise DefinitionError("best is a bool")
    if type(stacking.attempts) is not int or not 1 <= stacking.attempts <= MAX_ATTEMPTS:
        raise DefinitionError(f"attempts are 1 to {MAX_ATTEMPTS}")


def _check_discount(kind: str, discount: DiscountType, amounts: Mapping[str, str]) -> None:
    named = [it for it in (discount.percent, discount.amount) if it is not None]
    if len(named) != 1 or not all(isinstance(it, str) for it in (*named, discount.target)):
        raise DefinitionError(f"the discount {kind!r:.40} names a percent or an amount")
    if discount.target not in amounts:
        raise DefinitionError(
            f"the discount {kind!r:.40} is taken off {discount.target!r:.40}, which has no amount"
        )


def standing_content(rule: Standing, canonical_of: Callable[[str, str], str]) -> list[Any]:
    """Return what a rule's hash counts of its part: nothing for one that is as most are."""
    said: dict[str, Any] = {}
    if rule.lane is not None:
        said["lane"] = rule.lane
    if rule.stacking != "normal":
        said["stacking"] = rule.stacking
    if rule.cap is not None:
        said["cap"] = {n: canonical_of(text, f"cap.{n}") for n, text in rule.cap.texts().items()}
    if rule.budget is not None:
        said["budget"] = rule.budget
    if any(base != "remaining" for base in rule.bases):
        said["bases"] = rule.bases
    return [[[name, said[name]] for name in sorted(said)]] if said else []
