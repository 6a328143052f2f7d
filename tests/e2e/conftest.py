"""A real house for the tests: every process, real servers, in both topologies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.demo.client import Client
from config.demo.people import Credentials, open_shop
from config.launch.launcher import Running, launch
from shared_kernel import embedded

BASE_DIR = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "HOME", "LANG", "LC_ALL")


@dataclass(frozen=True)
class House:
    """A running house, and clients of its sample shop."""

    running: Running
    people: Credentials

    def client(self, name: str) -> Client:
        return Client(self.running.addresses["main"], self.people.keys[name])


def environment(instance: str, run_dir: Path) -> dict[str, str]:
    """The environment of somebody who has set nothing, with servers and files of its own."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "VERDICT_INSTANCE": instance, "RUN_DIR": str(run_dir), "RATE_LIMITS": "off"}


@pytest.fixture(
    scope="module", params=[None, "calculator"], ids=["whole", "calculator carried out"]
)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The whole in one set of processes; then the calculator in processes and a database of its own."""
    instance = "e2e-split" if request.param else "e2e-whole"
    given = environment(instance, tmp_path_factory.mktemp("run"))
    with launch(BASE_DIR, carry_out=request.param, environment=given, port=18400) as running:
        yield House(running, open_shop(BASE_DIR, {**given, **running.environment}))
    embedded.destroy(BASE_DIR, instance)
