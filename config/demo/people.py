"""Opening the sample shop in a running house."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Credentials:
    """Fresh API keys and passwords by person; they are printed once and kept nowhere."""

    tenant: str
    keys: Mapping[str, str]
    passwords: Mapping[str, str]


def open_shop(base_dir: Path, environment: Mapping[str, str]) -> Credentials:
    """The sample shop's people, with credentials that were made just now."""
    told = subprocess.run(
        [sys.executable, "manage.py", "open_shop"],
        cwd=base_dir,
        env={**os.environ, **environment, "LOG_LEVEL": "WARNING"},
        check=True,
        capture_output=True,
        text=True,
    )
    return Credentials(**json.loads(told.stdout.splitlines()[-1]))
