"""
Bundles as files: one file, or a folder for version control with `bundle.json` and a file for each rule in `rules/`.

A folder that people write needs no `bundle.json`. Whatever is wrong is collected with its file, line and column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from contexts.calculation.messages import Attribute, CheckRule, Fault
from contexts.rules.errors import UnreadableWindow
from contexts.rules.policies import moments_of
from contexts.rules.policies.bundles import Bundle, WrittenRule, laid_out
from contexts.rules.policies.places import NotJson, Read, read, shown
from shared_kernel import bus
from shared_kernel.api.bodies import invalid_from
from shared_kernel.decisions import known_points

MANIFEST, RULES = "bundle.json", "rules"
LARGEST = 20_000_000  # bytes of one file
T = TypeVar("T", bound=msgspec.Struct)


class Source(msgspec.Struct, frozen=True):
    """A file that was read, and where in it a rule begins."""

    name: str
    read: Read
    at: str = ""

    def says(self, message: str, pointer: str = "", position: int = 0, length: int = 1) -> str:
        """A fault of the rule, shown where it stands."""
        offset = self.read.offset_of(f"{self.at}{pointer}", position)
        return shown(self.name, self.read.text, offset, message, length)


class Loaded(msgspec.Struct, frozen=True):
    """What files say, each rule with its source; or what is wrong with them."""

    bundle: Bundle
    sources: tuple[Source, ...]
    faults: tuple[str, ...]


def load(path: Path) -> Loaded:
    """Read a bundle from a file or a folder."""
    return _folder(path) if path.is_dir() else _file(path)


def save(bundle: Bundle, path: Path) -> None:
    """Write a bundle to a file or, where the name ends otherwise than in `.json`, to a folder."""
    if path.suffix == ".json":
        path.write_text(laid_out(bundle), encoding="utf-8")
        return
    folder = path / RULES
    folder.mkdir(parents=True, exist_ok=True)
    if (
        path / MANIFEST
    ).exists():  # it is an export of ours: what is gone from the bundle goes from it
        for old in folder.glob("*.json"):
            old.unlink()
    for rule in bundle.rules:
        (folder / f"{rule.slug}.json").write_text(laid_out(rule), encoding="utf-8")
    manifest = msgspec.structs.replace(bundle, rules=())
    (path / MANIFEST).write_text(laid_out(manifest), encoding="utf-8")


def _file(path: Path) -> Loaded:
    faults: list[str] = []
    found = _read(path, path.name, Bundle, faults)
    if found is None:
        return Loaded(Bundle(), (), tuple(faults))
    bundle, source = found
    sources = [
        msgspec.structs.replace(source, at=f"/rules/{number}")
        for number in range(len(bundle.rules))
    ]
    return Loaded(bundle, tuple(sources), tuple(_twice(bundle.rules, sources)))


def _folder(path: Path) -> Loaded:
    faults: list[str] = []
    bundle = Bundle()
    if (path / MANIFEST).exists():
        found = _read(path / MANIFEST, MANIFEST, Bundle, faults)
        if found and found[0].rules:
            faults.append(found[1].says(f"rules stand in {RULES}/ here, a file each", "/rules"))
        bundle = found[0] if found else bundle
    rules, sources = [], []
    for file in sorted((path / RULES).glob("*.json")):
        name = f"{RULES}/{file.name}"
        read_rule = _read(file, name, WrittenRule, faults)
        if read_rule is None:
            continue
        rule, source = read_rule
        if rule.slug != file.stem:
            faults.append(source.says(f"the file should be called {rule.slug}.json", "/slug"))
        rules.append(rule)
        sources.append(source)
    if not rules and not faults:
        faults.append(f"{path}: there is no {MANIFEST} and no {RULES}/*.json")
    return Loaded(
        msgspec.structs.replace(bundle, rules=tuple(rules)), tuple(sources), tuple(faults)
    )


def _read(path: Path, name: str, kind: type[T], faults: list[str]) -> tuple[T, Source] | None:
    try:
        if path.stat().st_size > LARGEST:
            faults.append(f"{name}: is larger than {LARGEST} bytes")
            return None
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        faults.append(f"{name}: cannot be read: {fault}")
        return None
    try:
        held = read(text)
    except NotJson as fault:
        faults.append(shown(name, text, fault.offset, str(fault)))
        return None
    source = Source(name, held)
    try:
        return msgspec.convert(held.value, kind, strict=True), source
    except msgspec.ValidationError as fault:
        invalid = invalid_from(fault)
        faults.append(source.says(str(invalid), "".join(invalid.pointers)))
        return None


def _twice(rules: Sequence[WrittenRule], sources: Sequence[Source]) -> Iterator[str]:
    seen: set[str] = set()
    for rule, source in zip(rules, sources, strict=True):
        if rule.slug in seen:
            yield source.says(f"{rule.slug} stands here twice", "/slug")
        seen.add(rule.slug)


def unsound(loaded: Loaded) -> Iterator[str]:
    """What is wrong with rules at their decision points, shown where it stands; no database is asked."""
    points = known_points()
    for rule, source in zip(loaded.bundle.rules, loaded.sources, strict=True):
        if rule.point not in points:
            known = ", ".join(sorted(points))
            yield source.says(f"there is no decision point {rule.point}; known are {known}", "/point")  # fmt: skip
            continue
        try:
            moments_of(rule.window)
        except UnreadableWindow as refusal:
            yield source.says(str(refusal), "".join(refusal.pointers))
        for fault in _faults(rule, loaded.bundle.attributes):
            message = fault.message
            if fault.suggestion and fault.suggestion not in message:
                message = f"{message}; did you mean {fault.suggestion}?"
            yield source.says(message, fault.pointer, fault.position, fault.length)


def _faults(rule: WrittenRule, attributes: tuple[Attribute, ...]) -> tuple[Fault, ...]:
    question: Any = CheckRule(point=rule.point, text=rule.text, attributes=attributes)
    faults: tuple[Fault, ...] = bus.ask(question).faults
    return faults
