"""The pages of identity: people and API keys."""

from django.contrib import admin
from django.contrib.auth.models import Group

from contexts.identity.admin.keys import ApiKeyAdmin
from contexts.identity.admin.people import UserAdmin

__all__ = ["ApiKeyAdmin", "UserAdmin"]

# people hold scopes; Django's groups belong to no tenant, and nothing here asks them
if admin.site.is_registered(Group):
    admin.site.unregister(Group)
