"""Rules that leave the house: with what their bundles are signed."""

from config.settings.environment import SECRET_KEY, env

__all__ = ["RULES_SIGNING_KEY"]

# two houses that exchange rules share it, and nothing else
RULES_SIGNING_KEY = env.str("RULES_SIGNING_KEY", default="") or f"rules {SECRET_KEY}"
