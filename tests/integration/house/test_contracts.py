"""Each import contract turns red for the violation it is there for: a contract that cannot fail is none."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parents[3]
ROOTS = ("config", "contexts", "shared_kernel")
VIOLATIONS = {
    "windows": (
        "contexts/promotions/policies/pricing.py",
        "from contexts.rules.models import Rule",
    ),
    "layers": (
        "contexts/rules/models/versions.py",
        "from contexts.rules.services import create_rule",
    ),
    "bare-windows": ("contexts/rules/events/versions.py", "from django.db import models"),
    "kernel": ("shared_kernel/clock.py", "from contexts.rules.errors import SlugTaken"),
    "house": ("contexts/rules/queries/releases.py", "from config.celery import app"),
    "kernel-cycles": ("shared_kernel/tenancy/scope.py", "from shared_kernel.eventlog import once"),
    "engine": ("contexts/calculation/engine/parser.py", "import msgspec"),
}


def lint(house: Path, contract: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--contract",
        contract,
        "--no-cache",
    ]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, to be spoilt."""
    copy = tmp_path_factory.mktemp("house")
    for root in ROOTS:
        shutil.copytree(BASE_DIR / root, copy / root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(BASE_DIR / "pyproject.toml", copy)
    return copy


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_breaks_its_contract(house, contract):
    """Before the violation the contract is kept, with it broken."""
    name, line = VIOLATIONS[contract]
    spoilt = house / name
    text = spoilt.read_text()
    assert lint(house, contract).returncode == 0
    try:
        spoilt.write_text(f"{text}\n{line}\n")
        outcome = lint(house, contract)
    finally:
        spoilt.write_text(text)
    assert outcome.returncode == 1
    assert "BROKEN" in outcome.stdout


def test_a_stray_module_in_a_context_breaks_the_layers(house):
    """Every module of a context has its layer: there is no place for `utils.py`."""
    stray = house / "contexts" / "rules" / "utils.py"
    stray.write_text("X = 1\n")
    try:
        outcome = lint(house, "layers")
    finally:
        stray.unlink()
    assert outcome.returncode == 1


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return names | {
        it.name for node in ast.walk(tree) if isinstance(node, ast.Import) for it in node.names
    }


def foreign_imports(window: Path, context: str) -> set[str]:
    return {
        name
        for name in imported(window)
        if name.startswith("contexts.") and not name.startswith(f"contexts.{context}.")
    }


def windows() -> list[Path]:
    names = ("events", "messages", "decisions", "errors")
    return [path for name in names for path in (BASE_DIR / "contexts").glob(f"*/{name}.py")]


def test_windows_import_no_other_context():
    """A window can be opened without opening another one."""
    assert {str(it): foreign_imports(it, it.parent.name) for it in windows()} == {
        str(it): set() for it in windows()
    }


def test_a_window_that_imports_another_context_is_seen(tmp_path):
    """The check above can fail."""
    window = tmp_path / "events.py"
    window.write_text("from contexts.rules.events import RuleActivated\n")
    assert foreign_imports(window, "coupons") == {"contexts.rules.events"}
    assert foreign_imports(window, "rules") == set()


def test_no_relation_leaves_its_context():
    """No foreign key crosses a context: only ids do."""
    from django.apps import apps

    crossing = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("contexts.")
        for field in model._meta.get_fields()
        if field.is_relation
        and field.related_model is not None
        and field.related_model._meta.app_label != model._meta.app_label
        and field.name not in {"groups", "user_permissions", "logentry"}
    ]
    assert crossing == []


WIRING = ("import_module", "get_model", "Signal(", "@receiver")


def wired_by(text: str) -> list[str]:
    return [word for word in WIRING if word in text]


def test_contexts_are_not_wired_behind_the_linters_back():
    """No import by name and no Django signal between contexts."""
    sources = [it for it in (BASE_DIR / "contexts").rglob("*.py") if "migrations" not in it.parts]
    assert sources
    assert {str(it): found for it in sources if (found := wired_by(it.read_text()))} == {}
    assert wired_by("importlib.import_module('contexts.rules.models')") == ["import_module"]
