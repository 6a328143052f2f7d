"""JSON with the place of every part, so that a fault is shown where it stands."""

from __future__ import annotations

import json

import pytest

from contexts.rules.policies.places import NotJson, read, shown

TEXT = '{\n  "a/b": [1, {"c": "x \\"quoted\\" \\u00e9\\ud83d\\ude00 end"}],\n  "n": -1.5e3, "t": true\n}'


def test_it_reads_what_others_read():
    assert read(TEXT).value == json.loads(TEXT)


def test_every_part_has_its_place():
    found = read(TEXT)
    for pointer, begins in (("/a~1b/0", "1, {"), ("/a~1b/1/c", '"x '), ("/n", "-1.5e3"), ("", "{")):
        assert found.text[found.offset_of(pointer) :].startswith(begins)


def test_a_place_in_a_text_counts_its_characters_not_how_they_are_escaped():
    found = read(TEXT)
    value = found.value["a/b"][1]["c"]
    for word, written in (("quoted", 'quoted\\"'), ("end", 'end"}')):
        at = found.offset_of("/a~1b/1/c", value.index(word))
        assert found.text[at:].startswith(written)


def test_a_part_that_is_missing_is_shown_where_it_should_be():
    found = read(TEXT)
    assert found.offset_of("/a~1b/1/missing", 3) == found.offset_of("/a~1b/1")


@pytest.mark.parametrize(
    ("text", "why", "offset"),
    [
        ('{"a": 1, "a": 2}', "twice", 9),
        ('{"a": NaN}', "a value should stand", 6),
        ("[1, Infinity]", "a value should stand", 4),
        ("[1 2]", "a , should stand", 3),
        ("[1,]", "a value should stand", 3),
        ("{} {}", "should have ended", 3),
        ("", "a value should stand", 0),
        ('{"a" 1}', "a : should stand", 5),
        ("[01]", "a , should stand", 2),
        ('["\\ud800"]', "half a character", 1),
        ('["\\u0000"]', "NUL", 1),
        ('["abc', "unterminated", 1),
        ("[" * 40 + "]" * 40, "nested deeper", 33),
    ],
)
def test_what_is_no_json_is_refused_at_its_place(text, why, offset):
    with pytest.raises(NotJson, match=why) as refusal:
        read(text)
    assert refusal.value.offset == offset


def test_a_fault_is_shown_as_compilers_do():
    text = '{\n  "a": "gold or silver"\n}'
    place = read(text).offset_of("/a", 5)
    assert shown("x.json", text, place, "what?", 2) == (
        'x.json:2:14: what?\n    "a": "gold or silver"\n               ^^'
    )
