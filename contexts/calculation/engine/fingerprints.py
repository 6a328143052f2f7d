"""
The fingerprint of a set of rules: of which rules, in which versions, saying what.

A tree of SHA-256 in two levels, so that one changed rule costs its branch and the root: a rule's branch
follows from its id, a branch is the hash of its rules' digests in order, the root that of the hit policy and the
branches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from .rules import CompiledRule

_BRANCHES: Final = 4096
_Branch = dict[str, bytes]  # a rule's digest by its id


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The branches that hold rules, each with its digest; never changed, only replaced."""

    branches: Mapping[int, tuple[_Branch, bytes]]

    @classmethod
    def of_rules(cls, rules: Iterable[CompiledRule]) -> Fingerprint:
        return cls({}).replaced(rules, ())

    def replaced(self, changed: Iterable[CompiledRule], removed: Iterable[str]) -> Fingerprint:
        """Return the fingerprint of the set with these rules in it, and without those."""
        touched: dict[int, _Branch] = {}
        for rule_id in removed:
            self._open(rule_id, touched).pop(rule_id, None)
        for rule in changed:
            self._open(rule.id, touched)[rule.id] = _digest_of_rule(rule)
        branches = {**self.branches, **{it: (kept, _hash(kept)) for it, kept in touched.items()}}
        return Fingerprint({it: branch for it, branch in branches.items() if branch[0]})

    def _open(self, rule_id: str, touched: dict[int, _Branch]) -> _Branch:
        number = int.from_bytes(sha256(rule_id.encode()).digest()[:4], "big") % _BRANCHES
        if number not in touched:
            touched[number] = dict(self.branches[number][0]) if number in self.branches else {}
        return touched[number]

    def of(self, hit_policy: str) -> str:
        """Return 64 hexadecimal digits for the rules under this hit policy."""
        root = sha256(hit_policy.encode())
        for number in sorted(self.branches):
            root.update(number.to_bytes(2, "big") + self.branches[number][1])
        return root.hexdigest()


def _digest_of_rule(rule: CompiledRule) -> bytes:
    said = json.dumps([rule.id, rule.source.version, rule.content_hash], separators=(",", ":"))
    return sha256(said.encode()).digest()


def _hash(branch: _Branch) -> bytes:
    return sha256(b"".join(branch[rule_id] for rule_id in sorted(branch))).digest()
