"""A published version is pinned: its shapes by fingerprint, its output by vectors to the byte."""

import hashlib
import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contexts.calculator import policies
from contexts.calculator.errors import ImpossibleInput, UnknownAlgorithm
from contexts.calculator.policies.numbers import Input, Output
from contexts.calculator.policies.registry import published
from shared_kernel.errors import DomainError

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text())

# written at publication; a change here is a broken promise: publish the next version instead
SHAPES = {
    "allocation.largest-remainder@1": "07a768705b555259",
    "compound.growth@1": "bb1a8ff9d696c9fd",
    "compound.percentages@1": "f56dcc84d480a2a6",
    "conversion.currency@1": "04c85382c1e3f26f",
    "conversion.unit@1": "c63bed30127880f1",
    "percentage@1": "c56b1ecffc74cfa3",
    "price.tiered@1": "f274503f7516e147",
    "price.volume@1": "f274503f7516e147",
    "proration.amount@1": "47fa400c44d15cfb",
    "proration.days@1": "10f6d5bce76f466e",
    "rate.bracket@1": "2838c67fd201887b",
    "rounding@1": "6330fa64062c24fc",
    "rounding.cash@1": "fdd0c8ebb059319e",
    "sum@1": "46edd5e5be6f14e8",
}


def shape_of(algorithm):
    """The fields and types of input and output, without their prose."""
    return hashlib.sha256(
        msgspec.json.encode(
            _without_prose(msgspec.json.schema_components((algorithm.takes, algorithm.gives))[1]),
            order="sorted",
        )
    ).hexdigest()[:16]


def _without_prose(schema):
    if isinstance(schema, dict):
        return {
            name: _without_prose(inner)
            for name, inner in schema.items()
            if name not in {"description", "title"} or isinstance(inner, dict)
        }
    return [_without_prose(inner) for inner in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["algorithm"])
def test_the_output_is_the_same_to_the_byte(vector):
    name, _, version = vector["algorithm"].partition("@")
    answer = policies.algorithm(name, int(version)).answer(json.dumps(vector["input"]).encode())
    assert answer.decode() == vector["output"]


def test_every_published_version_is_pinned():
    assert {algorithm.key for algorithm in policies.all_published()} == set(SHAPES)
    assert {vector["algorithm"] for vector in VECTORS} == set(SHAPES)


@pytest.mark.parametrize("algorithm", policies.all_published(), ids=lambda algorithm: algorithm.key)
def test_the_shapes_are_those_of_the_publication(algorithm):
    assert shape_of(algorithm) == SHAPES[algorithm.key]
    assert algorithm.summary


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["algorithm"])
def test_the_output_is_read_back_by_its_own_shape(vector):
    name, _, version = vector["algorithm"].partition("@")
    gives = policies.algorithm(name, int(version)).gives
    assert (
        msgspec.json.encode(msgspec.json.decode(vector["output"], type=gives)).decode()
        == vector["output"]
    )


HOSTILE = [
    "NaN",
    "sNaN",
    "-Infinity",
    "1E+999999",
    "0E+999999",
    "1E-999999",
    "9" * 400,
    "-1",
    "0",
    "",
    "x",
    "1e5",
]
hostile = (
    st.sampled_from(HOSTILE)
    | st.integers()
    | st.floats()
    | st.none()
    | st.booleans()
    | st.just([])
    | st.just({})
)
Spot = st.integers(0, 10_000)


def _spots(value, at=()):
    """Every place of a JSON value that can be replaced."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    yield from ((*at, key) for key, _ in inner)
    for key, deeper in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    ):
        yield from _spots(deeper, (*at, key))


def _replaced(value, path, replacement):
    copy = json.loads(json.dumps(value))
    target = copy
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = replacement
    return copy


def test_a_percentage_is_told_as_a_number_is_written():
    """However it came: a step says 100000, not 1E+5."""
    text = b'{"base": {"amount": "1.00", "currency": "EUR"}, "percents": ["1e5", "-7.50"]}'
    answer = msgspec.json.decode(policies.algorithm("compound.percentages", 1).answer(text))
    assert [it["percent"] for it in answer["steps"]] == ["100000", "-7.50"]


@given(st.sampled_from(VECTORS), Spot, hostile)
def test_a_hostile_value_anywhere_is_computed_or_refused_but_never_breaks(vector, spot, value):
    name, _, version = vector["algorithm"].partition("@")
    spots = list(_spots(vector["input"]))
    text = json.dumps(_replaced(vector["input"], spots[spot % len(spots)], value)).encode()
    try:
        said = policies.algorithm(name, int(version)).answer(text).decode()
    except DomainError as refusal:
        said = f"{refusal.status}: {refusal}"
    assert said.startswith(("{", "422: "))
    if said.startswith("{"):
        assert "E+" not in said
        assert "NaN" not in said


def test_a_number_in_json_is_read_exactly_and_never_as_a_float():
    """As a float the value would be 0.1 already, and nothing would be rounded."""
    text = b'{"value": 0.10000000000000001, "quantum": "0.1", "mode": "up"}'
    answer = msgspec.json.decode(policies.algorithm("rounding", 1).answer(text))
    assert answer == {"value": "0.2", "difference": "0.09999999999999999"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "no JSON"),
        (b"[]", "Expected `object`"),
        (b'{"amounts": [], "currency": "EUR", "extra": 1}', "unknown field `extra`"),
        (b'{"currency": "EUR"}', "missing required field `amounts`"),
        (b'{"amounts": [], "currency": "euro"}', "regex"),
        (b"\xff", "no JSON"),
    ],
)
def test_what_has_another_shape_is_refused_with_the_place(text, said):
    with pytest.raises(ImpossibleInput, match=said):
        policies.algorithm("sum", 1).answer(text)


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [("summ", 1, "did you mean sum"), ("sum", 9, "its versions are 1"), ("\0", 1, "published are")],
)
def test_an_unknown_algorithm_is_answered_with_the_likely_one(name, version, said):
    with pytest.raises(UnknownAlgorithm, match=said):
        policies.algorithm(name, version)


class TestVersions:
    @pytest.fixture
    def two_versions(self):
        class Twice(Input, frozen=True):
            value: Decimal

        class Doubled(Output, frozen=True):
            value: Decimal

        def double(asked: Twice) -> Doubled:
            """Twice the value."""
            return Doubled(asked.value + asked.value)

        # the annotations are names of this function: resolve them as a module would
        double.__annotations__ = {"asked": Twice, "return": Doubled}
        published("test.double", 1)(double)
        published("test.double", 2)(double)
        yield double
        from contexts.calculator.policies import registry

        del registry._published["test.double"]

    @pytest.mark.usefixtures("two_versions")
    def test_the_newest_that_is_not_excluded_is_chosen(self):
        assert policies.newest("test.double").version == 2
        assert policies.newest("test.double", without=frozenset({"test.double@2"})).version == 1
        assert (
            policies.newest("test.double", without=frozenset({"test.double@2", "test.double@1"}))
            is None
        )

    def test_a_version_is_published_once(self, two_versions):
        with pytest.raises(TypeError, match="publish the next version"):
            published("test.double", 2)(two_versions)
