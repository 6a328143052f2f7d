"""What is sent to addresses that tenants name."""

from config.settings.environment import env

__all__ = ["OUTBOUND_PRIVATE"]

# lets tenants name plain http and addresses of the own network: for trying things out, never where strangers are tenants
OUTBOUND_PRIVATE = env.bool("OUTBOUND_PRIVATE", default=False)
