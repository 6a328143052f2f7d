"""The conformance command answers every line, whatever it is, and each before the next is asked."""

import json
import subprocess
import sys

import pytest

from contexts.calculation.engine.conformance import answer

REQUESTS = [
    (
        {"id": 1, "expr": "x + 1", "vars": {"x": {"int": "1"}}, "types": {"x": "int"}},
        {"id": 1, "value": {"int": "2"}},
    ),
    (
        {"id": "two", "expr": "y", "vars": {"x.y": {"uint": "3"}}, "container": "x"},
        {"id": "two", "value": {"uint": "3"}},
    ),
    ({"id": 3, "expr": "1 / 0"}, {"id": 3, "error": "divide by zero"}),
    ({"id": 4, "expr": "nope || true", "check": False}, {"id": 4, "value": {"bool": True}}),
    (
        {"id": 5, "expr": "nope || true"},
        {"id": 5, "error": "undeclared reference to 'nope' (in container '')"},
    ),
    ({"id": 6, "expr": "x.y", "vars": {"x": {"map": []}}}, {"id": 6, "error": "no such key: y"}),
    ({"id": 7, "expr": "x", "types": {"x": "int"}}, {"id": 7, "error": "undeclared reference to 'x' (in container '')"}),
    ({"id": 8, "expr": "'\ud83d\ude00'"}, {"id": 8, "value": {"string": "😀"}}),
    ({"id": 9, "expr": "0.0 / 0.0", "vars": None}, {"id": 9, "value": {"double": "NaN"}}),
    ({"id": 10}, {"id": 10, "error": "expr and container are texts"}),
    ({"id": 11, "expr": "1", "vars": []}, {"id": 11, "value": {"int": "1"}}),
    ({"id": 12, "expr": "1", "vars": [1]}, {"id": 12, "error": "vars and types are objects"}),
    *[
        ({"id": 13, "expr": "1", "types": {"x": kind}}, {"id": 13, "error": f"the type of x is none: {str(kind)!r}"})
        for kind in ("list(int", "wibble", 5, None, "int)", "map(string)", "list(int, int)", "int(int)", "", "a b", "list()")
    ],
    *[
        ({"id": 14, "expr": "1", "types": {"x": kind}}, {"id": 14, "value": {"int": "1"}})
        for kind in ("list(int)", "map( string , list(dyn))", "type", "list", "google.protobuf.Any", "optional_type(A)")
    ],
    ({"id": 15, "expr": "{1: 2}[true]", "check": False}, {"id": 15, "error": "no such key: true"}),
    ([1], {"id": None, "error": "a request is an object"}),
]  # fmt: skip

NONSENSE = [
    b"",
    b"nonsense",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'"' + b"a" * 5_000_000,
    b"9" * 6000,
]


@pytest.mark.parametrize(("request_", "expected"), REQUESTS)
def test_a_request_has_its_answer(request_, expected):
    assert answer(json.dumps(request_).encode()) == expected


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"Infinity", b"NaN", b"1" + b"0" * 400])
def test_a_number_that_is_no_double_is_an_error(number):
    line = b'{"id": 1, "expr": "x", "vars": {"x": {"double": ' + number + b"}}}"
    said = answer(line)
    assert said["id"] == 1
    assert said["error"].endswith("outside the range of double")


def test_a_line_that_is_not_utf_8_says_so():
    assert answer(b'{"id": "\xff"}') == {"id": None, "error": "not UTF-8: byte 8 of the line"}


def test_the_process_answers_line_by_line_and_outlives_nonsense():
    command = [sys.executable, "-m", "contexts.calculation.engine.conformance"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for number, line in enumerate(NONSENSE):
            request = json.dumps({"id": number, "expr": f"{number} + 1"}).encode()
            process.stdin.write(line + b"\n" + request + b"\n")
            process.stdin.flush()
            if line.strip():
                said = json.loads(process.stdout.readline())["error"]
                assert said.startswith(("not JSON", "not UTF-8"))
            expected = {"id": number, "value": {"int": str(number + 1)}}
            assert json.loads(process.stdout.readline()) == expected
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0
