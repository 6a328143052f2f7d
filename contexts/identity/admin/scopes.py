"""Scopes in forms: nobody gives what they do not hold themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from contexts.identity.policies import SCOPES
from shared_kernel.admin import may


def offer(form: forms.Form, request: HttpRequest) -> None:
    """Let the form give the scopes that whoever is signed in holds, and no other."""
    field = form.fields["scopes"]
    if isinstance(field, forms.MultipleChoiceField):
        field.choices = [(scope, scope) for scope in SCOPES if may(request, scope)]


def chips(scopes: Iterable[str]) -> SafeString:
    shown = format_html_join(
        " ", '<span class="v-chip v-scope">{}</span>', ((scope,) for scope in scopes)
    )
    return shown or SafeString("none")


def scopes_field(help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Scopes",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "v-check"}),
        help_text=help_text,
    )


def text_input(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "v-input", "autocomplete": "off", **attributes})
