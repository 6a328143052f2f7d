"""The audit chain: with what its exported heads are signed."""

from config.settings.environment import SECRET_KEY, env

__all__ = ["AUDIT_SIGNING_KEY"]

# whoever checks an export elsewhere needs it: a key of its own can be given away without the house's
AUDIT_SIGNING_KEY = env.str("AUDIT_SIGNING_KEY", default="") or f"audit {SECRET_KEY}"
