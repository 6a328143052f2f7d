"""What the database accepts as the application's own doing: with what such acts are proved to it."""

from config.settings.environment import SECRET_KEY, env

__all__ = ["ACT_KEY"]

# `migrate` tells it to the database, in a table that only the owner reads
ACT_KEY = env.str("ACT_KEY", default="") or f"acts {SECRET_KEY}"
