"""The clone's own SECRET_KEY, made once, readable by its owner only."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_key(run_dir: Path) -> str:
    """
    The key kept in `run_dir/secret-key`, made when there is none; the settings read the same file.

    Of several first starts at once one key wins, and nobody ever sees half of it.
    """
    place = run_dir / "secret-key"
    if not place.exists():
        run_dir.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f"secret-key.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        with suppress(FileExistsError):
            os.link(draft, place)
        draft.unlink()
    return place.read_text(encoding="ascii").strip()
