"""The effects of a rule as rows of its form: each a kind, with its parameters written as expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contexts.calculation.messages import Fault
from contexts.rules.admin.words import drawn
from shared_kernel.decisions import DecisionPoint, EffectText

_FIELD = re.compile(r"effects-(\d{1,4})-kind")
MOST = 20
FILLS: Final = {  # the kind of a template's parameter that may stand there
    "%": "percent", "money": "money", "int": "number", "decimal": "decimal", "bool": "yes_no",
    "timestamp": "moment", "list(string)": "list",
}  # fmt: skip


@dataclass
class EffectRow:
    """One effect as it stands in the form, with what is wrong with it."""

    point: DecisionPoint
    index: str
    written: EffectText
    faults: list[Fault] = field(default_factory=list)

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """Every effect of the point, the chosen one with its values: what the template shows."""
        return [
            {
                "kind": effect.kind,
                "about": effect.about,
                "chosen": effect.kind == self.written.kind,
                "params": [
                    {
                        "name": f"effects-{self.index}-{effect.kind}.{name}",
                        "label": name,
                        "about": fact.about,
                        "fills": FILLS.get(fact.unit) or FILLS.get(fact.type.rstrip("?"), "text"),
                        "value": self._value(effect.kind, name),
                        "faults": self._faults_of(effect.kind, name),
                    }
                    for name, fact in effect.params.items()
                ],
            }
            for effect in self.point.effects
        ]

    @property
    def other_faults(self) -> list[Fault]:
        """What is wrong with the row as a whole."""
        return [fault for fault in self.faults if "/params/" not in fault.pointer]

    def _value(self, kind: str, name: str) -> str:
        return self.written.params.get(name, "") if kind == self.written.kind else ""

    def _faults_of(self, kind: str, name: str) -> list[dict[str, str]]:
        wanted = f"/params/{name}"
        chosen = kind == self.written.kind
        about = [it for it in self.faults if chosen and it.pointer.endswith(wanted)]
        return [{"message": it.message, "drawn": drawn(it)} for it in about]


def effects_in(posted: Mapping[str, str], point: DecisionPoint) -> list[EffectText]:
    """The effects that a form states, in its order; parameters left empty are not stated."""
    indices = sorted(int(found[1]) for name in posted if (found := _FIELD.fullmatch(name)))
    return [_effect_in(posted, point, index) for index in indices[: MOST + 1]]


def _effect_in(posted: Mapping[str, str], point: DecisionPoint, index: int) -> EffectText:
    kind = posted[f"effects-{index}-kind"]
    declared = next((it.params for it in point.effects if it.kind == kind), {})
    given = {name: posted.get(f"effects-{index}-{kind}.{name}", "").strip() for name in declared}
    return EffectText(kind=kind, params={name: value for name, value in given.items() if value})


def rows_of(
    point: DecisionPoint, effects: Iterable[EffectText], faults: Iterable[Fault] = ()
) -> list[EffectRow]:
    """The rows of the form, each with the faults that are about it."""
    about = list(faults)
    return [
        EffectRow(
            point,
            str(number),
            effect,
            [it for it in about if it.pointer.startswith(f"/effects/{number}/")],
        )
        for number, effect in enumerate(effects)
    ]


def empty_row(point: DecisionPoint) -> EffectRow:
    """The row that the page copies when somebody adds an effect."""
    return EffectRow(point, "__index__", EffectText(kind=point.effects[0].kind))
