"""
A whole rule as one readable text, and back.

    rule "Ten off"
      id "ten"
      version 3
      because "10 % off from 100"
      priority 5
      when cart.country == "DE" && cart.subtotal >= 100
      then percent_off of initial
        percent: 10

The first line names the rule. A clause begins with two spaces and its keyword, in any order; a parameter of `then` or
`cap` begins with four spaces and its name. What is indented further continues the line before it. `id`, `version`
and `when` are needed; `because`, `priority`, `order`, `group`, `stop`, `lane`, `stacking`, `budget`, `cap` and any
number of `then` may follow. What this cannot do: hold comments between clauses.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from . import limits
from .canonical import canonical, quoted
from .errors import DefinitionError, ExpressionError
from .lexer import tokenize
from .parser import parse
from .rules import EffectSource, RuleSource, check_numbers
from .schema import check_name
from .stacking import STACKS, Base, CapSource, check_cap

_CLAUSE: Final = re.compile(r"([a-z]+)[ \t]*")
_PARAM: Final = re.compile(r"([A-Za-z_]\w*)[ \t]*:[ \t]*", re.ASCII)
_INT: Final = re.compile(r"-?[0-9]{1,19}\Z")
_THEN: Final = re.compile(r"([A-Za-z_]\w*)(?:[ \t]+of[ \t]+(initial|remaining))?\Z", re.ASCII)
_CLAUSE_INDENT, _PARAM_INDENT = 2, 4
_NEEDED: Final = ("id", "version", "when")


def rule_text(rule: RuleSource) -> str:
    """
    Return the rule's canonical text; two spellings of one rule have the same.

    Raises:
        ExpressionError: an expression cannot be read.
        DefinitionError: a name is no identifier, a string longer than a literal may be, or a number than 64 bits.

    """
    check_numbers(rule)
    lines = [f"rule {_string(rule.name)}", f"  id {_string(rule.id)}", f"  version {rule.version}"]
    lines += [f"  because {_string(rule.reason)}"] if rule.reason else []
    lines += [f"  priority {rule.priority}"] if rule.priority else []
    lines += [f"  order {rule.order}"] if rule.order else []
    lines += [f"  group {_string(rule.group)}"] if rule.group is not None else []
    lines += ["  stop"] if rule.stop else []
    lines += [f"  lane {_string(rule.lane)}"] if rule.lane is not None else []
    lines += [f"  stacking {rule.stacking}"] if rule.stacking != "normal" else []
    lines += [f"  budget {_string(rule.budget)}"] if rule.budget is not None else []
    if rule.cap is not None:
        lines += ["  cap", *_params(rule.cap.texts(), "cap")]
    lines.append(f"  when {_expression(rule.condition, 'condition')}")
    for number, effect in enumerate(rule.effects):
        base = " of initial" if effect.base == "initial" else ""
        lines.append(f"  then {check_name(effect.kind, what='effect')}{base}")
        lines += _params(effect.params, f"effects[{number}]")
    return "\n".join(lines) + "\n"


def _params(texts: Mapping[str, str], where: str) -> Iterator[str]:
    for name in sorted(texts):
        text = _expression(texts[name], f"{where}.{name}")
        yield f"    {check_name(name, what='parameter')}: {text}"


def _string(text: str) -> str:
    if len(text) > limits.MAX_STRING_LITERAL:
        most = limits.MAX_STRING_LITERAL
        raise DefinitionError(f"{text[:40]!r}… has more than {most} characters: shorten it")
    return quoted(text)


def _expression(text: str, where: str) -> str:
    try:
        return canonical(parse(text))
    except ExpressionError as error:
        raise error.at(where) from None


@dataclass(slots=True)
class _Part:
    """A clause or a parameter: its keyword or name, and where its value stands in the text."""

    word: str
    start: int
    value_start: int
    end: int
    params: list["_Part"] = field(default_factory=list)


def read_rule(text: str) -> RuleSource:
    """
    Read a rule from its text.

    Raises:
        ExpressionError: the text or an expression in it is wrong, with the place in the whole text.

    """
    reading = _Reading(text)
    parts = reading.parts()
    said: dict[str, Any] = {"name": reading.string(parts[0])}
    effects: list[EffectSource] = []
    seen: set[str] = set()
    for part in parts[1:]:
        if part.word == "then":
            effects.append(reading.effect(part))
            continue
        if part.word in seen:
            raise reading.error(f"{part.word} is said twice", part.start, len(part.word))
        seen.add(part.word)
        name, read = _CLAUSES[part.word]
        said[name] = read(reading, part)
        if part.params and part.word != "cap":
            first = part.params[0]
            raise reading.error(f"{part.word} has no parameters", first.start, len(first.word))
    for word in _NEEDED:
        if word not in seen:
            raise reading.error(f"the rule has no {word}", 0, len("rule"))
    return RuleSource(**said, effects=tuple(effects))


class _Reading:
    """A text while it is read; what it refuses is shown where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text

    def error(self, message: str, start: int, length: int = 1) -> ExpressionError:
        return ExpressionError(message, source=self.text, position=start, length=length)

    def parts(self) -> list[_Part]:
        """Return the head and the clauses, each with its parameters."""
        if len(self.text) > limits.MAX_RULE_TEXT:
            raise self.error(f"a rule's text has at most {limits.MAX_RULE_TEXT} characters", 0)
        parts: list[_Part] = []
        position = 0
        while position < len(self.text):
            end = self.text.find("\n", position)
            end = len(self.text) if end < 0 else end
            if self.text[position:end].strip():
                self._line(position, end, parts)
            position = end + 1
        if not parts:
            raise self.error('a rule begins with: rule "its name"', 0)
        return parts

    def _line(self, start: int, end: int, parts: list[_Part]) -> None:
        first = start + len(self.text[start:end]) - len(self.text[start:end].lstrip(" "))
        indent = first - start
        stop = start + len(self.text[start:end].rstrip())
        if not parts or not indent:
            if parts or indent or not self.text.startswith("rule ", first):
                raise self.error(
                    'a rule begins with: rule "its name", and has one such line', first
                )
            parts.append(_Part("rule", first, first + len("rule "), stop))
        elif indent == _CLAUSE_INDENT:
            parts.append(self._clause(first, stop))
        elif indent == _PARAM_INDENT and parts[-1].word in _WITH_PARAMS:
            parts[-1].params.append(self._param(first, stop))
        elif indent >= _PARAM_INDENT:
            continued = parts[-1].params[-1] if parts[-1].params else parts[-1]
            continued.end = stop
        else:
            message = "a clause is indented by two spaces, a parameter by four"
            raise self.error(message, first)

    def _clause(self, start: int, end: int) -> _Part:
        found = _CLAUSE.match(self.text, start, end)
        word = found[1] if found else self.text[start:end]
        if not found or (word not in _CLAUSES and word != "then"):
            known = ", ".join((*_CLAUSES, "then"))
            raise self.error(f"no clause {word!r:.40}, use {known}", start, len(word))
        return _Part(word, start, found.end(), end)

    def _param(self, start: int, end: int) -> _Part:
        found = _PARAM.match(self.text, start, end)
        if not found:
            raise self.error("a parameter is written `name: expression`", start, end - start)
        return _Part(found[1], start, found.end(), end)

    def expression(self, part: _Part) -> str:
        """Return an expression's text; it is parsed where it stands, for its errors."""
        written = self.text[part.value_start : part.end]
        try:
            parse(written)
        except ExpressionError as error:
            position = min(part.value_start + error.position, len(self.text))
            raise ExpressionError(
                error.message,
                source=self.text,
                position=position,
                length=error.length,
                suggestion=error.suggestion,
                where=part.word,
            ) from None
        return written

    def string(self, part: _Part) -> str:
        written = self.text[part.value_start : part.end]
        try:
            tokens = tokenize(written)
        except ExpressionError as error:
            raise self.error(
                error.message, part.value_start + error.position, error.length
            ) from None
        if [token.type or token.kind for token in tokens] != ["string", "end"]:
            raise self.error(f"{part.word} takes a string", part.value_start, len(written))
        return str(tokens[0].value)

    def number(self, part: _Part) -> int:
        written = self.text[part.value_start : part.end]
        if not _INT.match(written):
            raise self.error(f"{part.word} takes an int", part.value_start, len(written))
        number = int(written)
        if not limits.MIN_INT <= number <= limits.MAX_INT:
            message = f"{part.word} has at most 64 bits"
            raise self.error(message, part.value_start, len(written))
        return number

    def word(self, part: _Part) -> str:
        written = self.text[part.value_start : part.end]
        if written not in STACKS:
            message = f"{part.word} is one of {', '.join(STACKS)}"
            raise self.error(message, part.value_start, len(written))
        return written

    def flag(self, part: _Part) -> bool:
        if part.end > part.value_start:
            raise self.error(f"{part.word} stands alone", part.value_start)
        return True

    def cap(self, part: _Part) -> CapSource:
        self.flag(part)
        texts = self.params(part)
        unknown = next((it for it in part.params if it.word not in _CAP), None)
        if unknown is not None:
            message = f"a cap has no {unknown.word}: use {', '.join(_CAP)}"
            raise self.error(message, unknown.start, len(unknown.word))
        cap = CapSource(**texts)
        try:
            check_cap(cap, "a cap")
        except DefinitionError as error:
            raise self.error(str(error), part.start, len(part.word)) from None
        return cap

    def effect(self, part: _Part) -> EffectSource:
        found = _THEN.match(self.text[part.value_start : part.end])
        if not found:
            message = "then takes an effect, and `of initial` if it is not of what remains"
            raise self.error(message, part.value_start, part.end - part.value_start)
        base: Base = "initial" if found[2] == "initial" else "remaining"
        return EffectSource(found[1], self.params(part), base)

    def params(self, part: _Part) -> dict[str, str]:
        texts: dict[str, str] = {}
        for param in part.params:
            if param.word in texts:
                raise self.error(f"{param.word} is said twice", param.start, len(param.word))
            texts[param.word] = self.expression(param)
        return texts


_CAP: Final = ("amount", "percent", "of", "taken")
_WITH_PARAMS: Final = frozenset({"then", "cap"})
_CLAUSES: Final[dict[str, tuple[str, Callable[[_Reading, _Part], Any]]]] = {
    "id": ("id", _Reading.string),
    "version": ("version", _Reading.number),
    "because": ("reason", _Reading.string),
    "priority": ("priority", _Reading.number),
    "order": ("order", _Reading.number),
    "group": ("group", _Reading.string),
    "stop": ("stop", _Reading.flag),
    "lane": ("lane", _Reading.string),
    "stacking": ("stacking", _Reading.word),
    "budget": ("budget", _Reading.string),
    "cap": ("cap", _Reading.cap),
    "when": ("condition", _Reading.expression),
}
