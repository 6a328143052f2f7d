"""
The fingerprint of a set of rules: of which rules, in which versions, saying what.

A tree of SHA-256 in three levels, so that one changed rule costs its branch, its bough and the root. A rule's branch
follows from its id alone; a branch is the hash of its rules' digests in the order of their ids, a bough
that of its numbered branches, the root that of the hit policy and the numbered boughs.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from .rules import CompiledRule

_SPREAD: Final = 64  # boughs of the root, and branches of a bough
_AS_JSON: Final = json.JSONEncoder(separators=(",", ":")).encode
_Branch = dict[str, bytes]  # a rule's digest by its id
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Bough:
    branches: Mapping[int, tuple[_Branch, bytes]]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The boughs that hold rules; never changed, only replaced."""

    boughs: Mapping[int, _Bough]

    @classmethod
    def of_rules(cls, rules: Iterable[CompiledRule]) -> Fingerprint:
        return cls({}).replaced(rules, ())

    def replaced(self, changed: Iterable[CompiledRule], removed: Iterable[str]) -> Fingerprint:
        """Return the fingerprint of the set with these rules in it, and without those."""
        touched: dict[_Place, _Branch] = {}
        for rule_id in removed:
            self._open(rule_id, touched).pop(rule_id, None)
        for rule in changed:
            self._open(rule.id, touched)[rule.id] = _digest_of_rule(rule)
        boughs, by_bough = dict(self.boughs), defaultdict[int, dict[int, _Branch]](dict)
        for (bough, branch), kept in touched.items():
            by_bough[bough][branch] = kept
        for number, mine in by_bough.items():
            boughs[number] = _grown(boughs.get(number), mine)
        return Fingerprint({number: it for number, it in boughs.items() if it.branches})

    def _open(self, rule_id: str, touched: dict[_Place, _Branch]) -> _Branch:
        digest = sha256(rule_id.encode()).digest()
        place = digest[0] % _SPREAD, digest[1] % _SPREAD
        if place not in touched:
            bough = self.boughs.get(place[0])
            branch = bough.branches.get(place[1]) if bough else None
            touched[place] = dict(branch[0]) if branch else {}
        return touched[place]

    def of(self, hit_policy: str) -> str:
        """Return 64 hexadecimal digits for the rules under this hit policy."""
        root = sha256(hit_policy.encode())
        root.update(_numbered({number: it.digest for number, it in self.boughs.items()}))
        return root.hexdigest()


def _grown(bough: _Bough | None, touched: Mapping[int, _Branch]) -> _Bough:
    branches = dict(bough.branches) if bough else {}
    branches |= {number: (kept, _hash(kept)) for number, kept in touched.items()}
    branches = {number: branch for number, branch in branches.items() if branch[0]}
    named = _numbered({number: digest for number, (_, digest) in branches.items()})
    return _Bough(branches, sha256(named).digest())


def _numbered(digests: Mapping[int, bytes]) -> bytes:
    return b"".join(number.to_bytes(1, "big") + digests[number] for number in sorted(digests))


def _digest_of_rule(rule: CompiledRule) -> bytes:
    said = _AS_JSON([rule.id, rule.source.version, rule.content_hash])
    return sha256(said.encode()).digest()


def _hash(branch: _Branch) -> bytes:
    return sha256(b"".join(branch[rule_id] for rule_id in sorted(branch))).digest()
