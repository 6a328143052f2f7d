"""Rules in plain words, and of what they speak."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from shared_kernel.bus import Query
from shared_kernel.decisions import RuleText


class SaidRule(msgspec.Struct, frozen=True):
    """
    A rule in plain words: all of it in a `sentence`, its `condition`, and each of its `effects`.

    `outline` has a long condition part by part, each line with its depth. What is not sound has no words.
    """

    sentence: str = ""
    condition: str = ""
    outline: tuple[tuple[int, str], ...] = ()
    effects: tuple[str, ...] = ()


class SaidRules(msgspec.Struct, frozen=True):
    """Rules in plain words, in the order they were asked."""

    rules: tuple[SaidRule, ...]


class SayRules(Query[SaidRules], frozen=True):
    """What do these rules of a decision point say, in the words of whoever keeps shop?"""

    name: ClassVar = "calculation.say-rules.v1"
    point: str
    texts: tuple[RuleText, ...]


class Spoken(msgspec.Struct, frozen=True):
    """A fact that a rule speaks about, by its record and name, and a text that it is compared with, if it is."""

    fact: str
    label: str
    value: str = ""


class SpokenOf(msgspec.Struct, frozen=True):
    """What each of the rules asked about speaks of, in their order; nothing of one that is not sound."""

    rules: tuple[tuple[Spoken, ...], ...]


class ListSpoken(Query[SpokenOf], frozen=True):
    """Which facts do these rules of a decision point speak about, and with which texts do they compare them?"""

    name: ClassVar = "calculation.list-spoken.v1"
    point: str
    texts: tuple[RuleText, ...]
