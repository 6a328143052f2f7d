"""The house's own settings and one more application, which takes the guard away when all others are ready."""

from config.settings import *  # noqa: F403
from config.settings.apps import INSTALLED_APPS as _ALL

INSTALLED_APPS = [*_ALL, "tests.proofs.sabotaged.apps.Sabotaged"]
