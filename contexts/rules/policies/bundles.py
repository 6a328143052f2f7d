"""
Rules as they leave the house: a bundle of written rules, in one way only, under a digest and a signature.

Canonical JSON has sorted names, no spaces, text as it is, in UTF-8. The digest is SHA-256 over that of the bundle without
its `digest` and `signature`, rules in order of their slugs; the signature is HMAC-SHA256 over `verdict.rules.v1` and the
digest, a space between. However a file is laid out, it is the same bundle if it says the same. What it cannot say: who of two
holders of the key signed it, or that anybody approved the rules; importing makes drafts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from contexts.calculation.messages import Attribute
from contexts.rules.policies.written_tables import WrittenTable
from shared_kernel.decisions import EffectText, RuleText, Window

FORMAT: Final = "verdict.rules.v1"
MOST_RULES: Final = 2000
Expression = Annotated[str, Meta(max_length=10_000)]
Place = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Moment = Annotated[str, Meta(max_length=26)]


class WrittenEffect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An effect, its parameters as expressions."""

    kind: Annotated[str, Meta(max_length=80)]
    params: dict[str, Expression] = {}


class WrittenRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as a file says it: all that a version says, and by which words it is found."""

    slug: Annotated[str, Meta(pattern=r"^[-a-zA-Z0-9_]{1,80}$")]
    point: Annotated[str, Meta(max_length=100)]
    name: Annotated[str, Meta(max_length=120)]
    reason: Annotated[str, Meta(max_length=200)]
    condition: Expression
    effects: Annotated[tuple[WrittenEffect, ...], Meta(max_length=20)] = ()
    table: WrittenTable | msgspec.UnsetType = msgspec.UNSET
    priority: Place = 0
    order: Place = 0
    group: Annotated[str, Meta(max_length=80)] = ""
    stop: bool = False
    starts: Moment = ""
    ends: Moment = ""
    time_zone: Annotated[str, Meta(max_length=60)] = "UTC"
    tags: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=30)] = ()

    @property
    def text(self) -> RuleText:
        """What decides, as a value, of a rule that is not known yet: its slug stands for it."""
        return RuleText(
            rule_id=self.slug, version=1, name=self.name, reason=self.reason, condition=self.condition,
            effects=tuple(EffectText(it.kind, it.params) for it in self.effects),
            priority=self.priority, order=self.order, group=self.group or None, stop=self.stop,
            table=self.table.text if self.table else msgspec.UNSET,
        )  # fmt: skip

    @property
    def window(self) -> Window:
        return Window(self.starts, self.ends, self.time_zone)


class ReleaseNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The release that a bundle was made of."""

    number: int
    name: str
    digest: str


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Written rules, the attributes that they may speak about, and what shows that nobody changed them."""

    format: Literal["verdict.rules.v1"] = FORMAT
    release: ReleaseNamed | None = None
    attributes: tuple[Attribute, ...] = ()
    rules: Annotated[tuple[WrittenRule, ...], Meta(max_length=MOST_RULES)] = ()
    digest: str = ""
    signature: str = ""


def canonical(bundle: Bundle) -> bytes:
    """The bytes that are digested."""
    said = msgspec.to_builtins(bundle)
    del said["digest"], said["signature"]
    said["rules"] = sorted(said["rules"], key=lambda it: str(it["slug"]))
    return msgspec.json.encode(said, order="sorted")


def digest_of(bundle: Bundle) -> str:
    return hashlib.sha256(canonical(bundle)).hexdigest()


def signed(bundle: Bundle, key: str) -> Bundle:
    """The bundle in order, under its digest and signature."""
    rules = tuple(sorted(bundle.rules, key=lambda it: it.slug))
    digest = digest_of(bundle)
    return msgspec.structs.replace(
        bundle, rules=rules, digest=digest, signature=_signature(digest, key)
    )


def forgery(bundle: Bundle, key: str) -> str:
    """Why a bundle is not what was signed, or nothing."""
    if not bundle.signature:
        return "The bundle is not signed."
    if not hmac.compare_digest(bundle.digest.encode(), digest_of(bundle).encode()):
        return "The bundle was changed since it was exported: its digest is of something else."
    if not hmac.compare_digest(bundle.signature.encode(), _signature(bundle.digest, key).encode()):
        return "The bundle is not signed with this house's key."
    return ""


def laid_out(value: msgspec.Struct) -> str:
    """A value as a file that people and version control can read: a name a line."""
    return json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False) + "\n"


def _signature(digest: str, key: str) -> str:
    code = hmac.new(key.encode(), f"{FORMAT} {digest}".encode(), hashlib.sha256).hexdigest()
    return f"hmac-sha256:{code}"
