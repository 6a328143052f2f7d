"""The settings under which tests run: the house's own, with servers that belong to the tests."""

import os

# servers of their own, unless the caller brings some
if "DATABASE_URL" not in os.environ:
    os.environ["VERDICT_INSTANCE"] = "test"
os.environ.setdefault("RATE_LIMITS", "off")
os.environ.setdefault("LISTEN_FOR_INVALIDATION", "false")

from config.settings import *  # noqa: F403

# a password that a test makes up needs no stretching
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
