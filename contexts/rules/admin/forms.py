"""The editor's form: what a person writes, read into the text of a rule. It saves nothing itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django import forms

from contexts.calculation.messages import Fault
from contexts.rules.admin.effects import EffectRow, effects_in, rows_of
from contexts.rules.admin.tabled import table_in
from contexts.rules.models import RuleVersion
from shared_kernel.decisions import DecisionPoint, EffectText, RuleText, TableText, Window
from shared_kernel.errors import DomainError

BOUND = 1_000_000
CONTENT = (
    "name", "reason", "condition", "priority", "order", "group", "stop", "starts", "ends", "time_zone",
)  # fmt: skip


def _text(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "v-input", "autocomplete": "off", **attributes})


def _whole_number() -> forms.NumberInput:
    return forms.NumberInput(attrs={"class": "v-input", "step": 1})


class RuleForm(forms.Form):
    """Everything that a version says; `slug` only while the rule is new."""

    slug = forms.SlugField(
        label="Short name",
        max_length=80,
        widget=_text(spellcheck="false"),
        help_text="Stays for good; letters, digits and hyphens.",
    )
    name = forms.CharField(label="Name", max_length=120, widget=_text())
    reason = forms.CharField(
        label="Words on the receipt",
        max_length=200,
        widget=_text(),
        help_text="What the customer reads beside the amount.",
    )
    condition = forms.CharField(
        label="Condition",
        max_length=10_000,
        widget=forms.Textarea(
            attrs={
                "class": "v-input v-code",
                "rows": 4,
                "spellcheck": "false",
                "autocapitalize": "off",
                "autocomplete": "off",
                "aria-describedby": "id_condition_helptext condition-check",
            }
        ),
        help_text="When does the rule apply?",
    )
    priority = forms.IntegerField(
        label="Priority",
        min_value=-BOUND,
        max_value=BOUND,
        widget=_whole_number(),
        help_text="Higher goes first.",
    )
    order = forms.IntegerField(
        label="Order",
        min_value=-BOUND,
        max_value=BOUND,
        widget=_whole_number(),
        help_text="Among equal priorities; lower goes first.",
    )
    group = forms.CharField(
        label="Exclusive group",
        max_length=80,
        required=False,
        widget=_text(),
        help_text="One rule of a group applies.",
    )
    stop = forms.BooleanField(
        label="Stop after this rule",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "v-check"}),
        help_text="Rules that come later are not asked.",
    )
    starts = forms.CharField(
        label="Begins",
        max_length=26,
        required=False,
        widget=_text(type="datetime-local", step=60),
        help_text="Nothing: when somebody activates it.",
    )
    ends = forms.CharField(
        label="Ends",
        max_length=26,
        required=False,
        widget=_text(type="datetime-local", step=60),
        help_text="From then on it does not decide. Nothing: when somebody retires it.",
    )
    time_zone = forms.CharField(
        label="Time zone",
        max_length=60,
        required=False,
        widget=_text(list="time-zones", spellcheck="false"),
        help_text="Whose clocks these times are read from, such as Europe/Berlin.",
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    table = forms.CharField(required=False, max_length=2_000_000, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        point: DecisionPoint,
        is_new: bool,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"priority": 0, "order": 0, **(initial or {})})
        self.point = point
        self.faults: tuple[Fault, ...] = ()
        if not is_new:
            del self.fields["slug"]
        if self.table_written:
            self.fields["condition"].required = False

    @classmethod
    def showing(cls, version: RuleVersion, point: DecisionPoint) -> RuleForm:
        """The form as the draft stands."""
        initial = {name: getattr(version, name) for name in (*CONTENT, "revision")}
        form = cls(point=point, is_new=False, initial=initial)
        form.written = list(version.text.effects)
        if version.table:
            form.initial["table"] = msgspec.json.encode(version.table).decode()
        return form

    @property
    def table_written(self) -> str:
        """The table as the grid holds it, or nothing where effects are written."""
        return str((self.data if self.is_bound else self.initial).get("table", "") or "")

    @property
    def table_faults(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.pointer.startswith("/table")]

    written: list[EffectText] = []

    @property
    def effects(self) -> list[EffectText]:
        return effects_in(self.data, self.point) if self.is_bound else self.written

    @property
    def rows(self) -> list[EffectRow]:
        effects = self.effects or [EffectText(kind=self.point.effects[0].kind)]
        return rows_of(self.point, effects, self.faults)

    @property
    def effects_faults(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.pointer == "/effects"]

    def clean_condition(self) -> str:
        """A browser sends line ends of its own; positions and hashes are counted without them."""
        written = str(self.cleaned_data["condition"]).replace("\r\n", "\n")
        return "true" if self.table_written and not written.strip() else written

    def clean_table(self) -> TableText | msgspec.UnsetType:
        """The table; one that the grid did not write is refused."""
        try:
            return table_in(self.data)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def window(self) -> Window:
        """The times in which it decides."""
        given = self.cleaned_data
        return Window(given["starts"], given["ends"], given["time_zone"] or "UTC")

    def text(self, *, rule_id: str = "", version: int = 0) -> RuleText:
        """What was written, as the rules context speaks of it."""
        given = self.cleaned_data
        return RuleText(
            rule_id=rule_id,
            version=version,
            name=given["name"],
            reason=given["reason"],
            condition=given["condition"],
            effects=() if given["table"] else tuple(self.effects),
            priority=given["priority"],
            order=given["order"],
            group=given["group"] or None,
            stop=given["stop"],
            table=given["table"],
        )

    def show_faults(self, faults: Iterable[Fault]) -> None:
        """Each fault at its field; those of effects at their rows."""
        self.faults = tuple(faults)
        wrong = len(self.table_faults)
        if wrong:
            cells = "one place" if wrong == 1 else f"{wrong} places"
            self.add_error(None, f"The table is not sound at {cells}; they are marked in it.")
        for fault in self.faults:
            name = fault.pointer.strip("/").partition("/")[0]
            if name == "table":
                continue  # the grid shows it at its cell
            if name in self.fields:
                self.add_error(name, fault.message)
            else:
                self.add_error(None, f"Effects: {fault.message}")

    def show_refusal(self, refusal: DomainError) -> None:
        """Why it was refused, at the field it is about or above the form."""
        names = [pointer.strip("/").partition("/")[0] for pointer in refusal.pointers]
        known = [name for name in names if name in self.fields]
        self.add_error(known[0] if known else None, str(refusal))
