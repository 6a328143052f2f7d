"""The pages of identity: people and API keys."""

from contexts.identity.admin.keys import ApiKeyAdmin
from contexts.identity.admin.people import UserAdmin

__all__ = ["ApiKeyAdmin", "UserAdmin"]
