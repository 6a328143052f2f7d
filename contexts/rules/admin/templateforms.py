"""The form in which a template is written: the rule's own, and a row for each parameter. It saves nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from msgspec import UNSET, structs

from contexts.calculation.messages import Fault
from contexts.rules.admin.forms import RuleForm
from contexts.rules.models import RuleTemplateVersion
from shared_kernel.decisions import DecisionPoint, TemplateParameter, TemplateText

_ROW = re.compile(r"parameters-(\d{1,4})-name")
MOST: Final = 30
KINDS: Final = (
    ("percent", "Percentage"),
    ("money", "Amount of money"),
    ("number", "Whole number"),
    ("decimal", "Number"),
    ("choice", "One of a list"),
    ("text", "Text"),
    ("list", "Several texts"),
    ("moment", "Date and time"),
    ("yes_no", "Yes or no"),
)
PARTS: Final = ("name", "kind", "label", "help", "least", "most", "choices", "default")


@dataclass
class ParameterRow:
    """One parameter as it stands in the form, with what is wrong with it."""

    index: str
    given: dict[str, str]
    faults: list[Fault] = field(default_factory=list)
    kinds: tuple[tuple[str, str], ...] = KINDS

    def part(self, name: str) -> dict[str, Any]:
        """One of its inputs, as the template shows it."""
        wrong = [it.message for it in self.faults if it.pointer.endswith(f"/{name}")]
        return {
            "id": f"parameters-{self.index}-{name}",
            "value": self.given.get(name, ""),
            "faults": wrong,
        }

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        return {name: self.part(name) for name in PARTS}


class TemplateForm(RuleForm):
    """Everything that a version of a template says; `slug` only while the template is new."""

    called = forms.CharField(
        label="Name of the template",
        max_length=120,
        widget=forms.TextInput(attrs={"class": "v-input", "autocomplete": "off"}),
    )
    about = forms.CharField(
        label="When to use it",
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs={"class": "v-input", "autocomplete": "off"}),
        help_text="For whoever chooses among templates.",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        point: DecisionPoint,
        is_new: bool,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, point=point, is_new=is_new, initial=initial)
        for name in ("starts", "ends", "time_zone"):
            del self.fields[name]
        self.fields["name"].label = "Name of the rules"
        self.fields["name"].help_text = "Parameters may stand in it: {percent} % for {tier}."
        self.fields["reason"].help_text = "What the customer reads; parameters may stand in it too."
        if "slug" in self.fields:
            self.fields["slug"].widget.attrs["data-follows"] = "id_called"
        self.parameters: tuple[TemplateParameter, ...] = ()

    @classmethod
    def of_template(cls, version: RuleTemplateVersion, point: DecisionPoint) -> TemplateForm:
        """The form as the draft stands."""
        text = version.text
        initial = {
            "called": text.name, "about": text.about, "revision": version.revision,
            "name": text.rule.name, "reason": text.rule.reason, "condition": text.rule.condition,
            "priority": text.rule.priority, "order": text.rule.order,
            "group": text.rule.group or "", "stop": text.rule.stop,
        }  # fmt: skip
        form = cls(point=point, is_new=False, initial=initial)
        form.written = list(text.rule.effects)
        form.parameters = text.parameters
        return form

    @property
    def parameter_rows(self) -> list[ParameterRow]:
        """A row for each parameter; one to begin with."""
        about = [it for it in self.faults if it.pointer.startswith("/parameters/")]
        given = rows_in(self.data) if self.is_bound else [row_of(it) for it in self.parameters]
        return [
            ParameterRow(
                str(number),
                row,
                [it for it in about if it.pointer.startswith(f"/parameters/{number}/")],
            )
            for number, row in enumerate(given or [{"kind": "percent"}])
        ]

    @property
    def template(self) -> TemplateText:
        """What was written, as the rules context speaks of it."""
        given = self.cleaned_data
        return TemplateText(
            name=given["called"],
            about=given["about"],
            parameters=parameters_in(self.data),
            rule=structs.replace(self.text(), table=UNSET),  # a template has effects, no table
        )

    def show_faults(self, faults: Iterable[Fault]) -> None:
        """Each fault at its field; those of parameters and effects at their rows."""
        every = [_at_field(it) for it in faults]
        about = [it for it in every if it.pointer.startswith("/parameters")]
        super().show_faults([it for it in every if it not in about])
        self.faults = tuple(every)
        for fault in about:
            self.add_error(None, f"Parameters: {fault.message}")


def _at_field(fault: Fault) -> Fault:
    """The same fault, where this form asks for it: the template is `called`, the rule has a name."""
    where = "/called" if fault.pointer == "/name" else fault.pointer.removeprefix("/rule")
    return structs.replace(fault, pointer=where)


def rows_in(posted: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of parameters that a form holds, in its order; one that was left empty is none."""
    indices = sorted(int(found[1]) for name in posted if (found := _ROW.fullmatch(name)))
    rows = [
        {part: posted.get(f"parameters-{index}-{part}", "").strip() for part in PARTS}
        for index in indices[: MOST + 1]
    ]
    return [row for row in rows if any(row[part] for part in PARTS if part != "kind")]


def parameters_in(posted: Mapping[str, str]) -> tuple[TemplateParameter, ...]:
    """The parameters that a form states."""
    return tuple(map(parameter_in, rows_in(posted)))


def parameter_in(row: Mapping[str, str]) -> TemplateParameter:
    """The parameter that one row states, sound or not."""
    return TemplateParameter(
        name=row["name"],
        kind=row["kind"],  # type: ignore[arg-type]  # whether there is such a kind is checked with the rest
        label=row["label"],
        help=row["help"],
        least=row["least"],
        most=row["most"],
        choices=tuple(parts_of(row["choices"])) if row["kind"] == "choice" else (),
        default=_default(row),
    )


def parts_of(written: str) -> list[str]:
    """The texts of a field that takes several, one a line or with commas between."""
    return [it.strip() for it in re.split(r"[\n,]", written) if it.strip()]


def _default(row: Mapping[str, str]) -> str | bool | tuple[str, ...] | None:
    written = row["default"]
    if not written:
        return None
    if row["kind"] == "list":
        return tuple(parts_of(written))
    if row["kind"] == "yes_no" and written.lower() in {"yes", "no"}:
        return written.lower() == "yes"
    return written


def row_of(it: TemplateParameter) -> dict[str, str]:
    default = it.default
    if isinstance(default, bool):
        default = "yes" if default else "no"
    if isinstance(default, tuple | list):
        default = ", ".join(default)
    return {
        "name": it.name, "kind": it.kind, "label": it.label, "help": it.help, "least": it.least,
        "most": it.most, "choices": ", ".join(it.choices), "default": "" if default is None else str(default),
    }  # fmt: skip
