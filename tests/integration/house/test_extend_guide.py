"""The guide is followed, to the letter, in a copy of the house."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared_kernel import embedded

BASE_DIR = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^```python (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCES = ("config", "contexts", "shared_kernel", "docs", "manage.py", "pyproject.toml")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the house in which every block of the guide stands where it says."""
    copy = tmp_path_factory.mktemp("guide") / "house"
    copy.mkdir()
    for name in SOURCES:
        take = shutil.copytree if (BASE_DIR / name).is_dir() else shutil.copy
        take(BASE_DIR / name, copy / name)
    shared = ("__init__.py", "conftest.py", "databases.py", "settings.py")
    for name in (*shared, "integration/__init__.py", "integration/contexts/conftest.py"):
        (copy / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BASE_DIR / "tests" / name, copy / "tests" / name)
    for name, text in BLOCK.findall((BASE_DIR / "docs/guides/extend.md").read_text()):
        place = copy / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    yield copy
    embedded.destroy(copy, "test")


def run(house: Path, *command: str) -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command, cwd=house, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_guide_works_as_it_stands(house):
    """Migrations are made, contracts and checks hold, the new context decides, and the catalogue lists it."""
    fences = house / "contexts/gifts/migrations/0002_fences.py"
    (fences.parent / "__init__.py").touch()
    set_aside = fences.read_text()
    fences.unlink()  # the guide makes the first migration before it writes the second
    python, tools = sys.executable, Path(sys.executable).parent
    run(house, python, "manage.py", "makemigrations", "gifts")
    fences.write_text(set_aside)
    run(house, str(tools / "lint-imports"), "--no-cache")
    run(house, python, "manage.py", "makemigrations", "--check", "--dry-run")
    run(house, python, "-m", "pytest", "-q", "tests/integration/contexts/gifts")
    run(house, python, "manage.py", "write_catalogue")
    assert "gifts.gift-wrapped.v1" in (house / "docs/generated/messages.md").read_text()
    assert "wrap_free" in (house / "docs/generated/decision-points.md").read_text()
