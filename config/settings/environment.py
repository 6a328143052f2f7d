"""What is read from the environment, in one place, with its default (django-environ)."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import environ

__all__ = ["BASE_DIR", "DEBUG", "RUN_DIR", "SECRET_KEY", "env"]

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
RUN_DIR = Path(env.str("RUN_DIR", default=str(BASE_DIR / "var")))


def _secret_of_this_clone() -> str:
    """A key made at the first start and kept beside the data, for machines on which nobody set one."""
    place = RUN_DIR / "secret-key"
    if not place.exists():
        RUN_DIR.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f"secret-key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        # of several first starts at once, one key wins, and is whole when it is seen
        with suppress(FileExistsError):
            os.link(draft, place)
        draft.unlink()
    return place.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_of_this_clone()
