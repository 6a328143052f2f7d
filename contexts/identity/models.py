"""People and keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.db import connection, models

from shared_kernel import bus, clock
from shared_kernel.ids import new_id
from shared_kernel.tenancy.models import TenantModel
from shared_kernel.tenancy.scope import tenant_or_none, tenant_scope


class User(AbstractUser):
    """Somebody who signs in, of one tenant, with the scopes that they hold."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField(default=tenant_or_none, editable=False)
    scopes = models.JSONField(
        default=list, blank=True, help_text='Such as ["rules:write", "rules:approve"].'
    )
    teams = models.JSONField(
        default=list, blank=True, help_text='Of whom approvals are wanted, such as ["finance"].'
    )

    @property
    def actor(self) -> str:
        return f"user:{self.username}"

    def check_password(self, raw_password: str | None) -> bool:
        """Django's own; a hash by settings of old is renewed in an act, as every password is."""
        return check_password(raw_password, self.password, self._renew_hash)

    def _renew_hash(self, raw_password: str) -> None:
        self.set_password(raw_password)
        with tenant_scope(self.tenant_id), bus.act():
            self.save(update_fields=["password"])

    def held_scopes(self) -> frozenset[str]:
        return frozenset({"*"} if self.is_superuser else self.scopes)


class ApiKey(TenantModel):
    """A credential of a tenant: prefix to be shown, digest to be compared, scopes, and an end."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=24)
    digest = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    scopes = models.JSONField(default=list)
    plan = models.CharField(max_length=20, default="default")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "prefix"], name="api_key_prefix_unique")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    # Factories

    @classmethod
    def issue(
        cls,
        *,
        name: str,
        scopes: list[str],
        owner: User | None = None,
        plan: str = "default",
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret text, which is shown once and kept nowhere."""
        prefix = f"vk_{secrets.token_hex(4)}"
        secret = f"{prefix}_{secrets.token_urlsafe(32)}"
        key = cls.objects.create(
            name=name,
            prefix=prefix,
            digest=digest_of(secret),
            scopes=scopes,
            owner=owner,
            plan=plan,
            expires_at=expires_at,
        )
        return key, secret

    # Properties

    @property
    def actor(self) -> str:
        return self.owner.actor if self.owner else f"key:{self.prefix}"

    @property
    def is_live(self) -> bool:
        expired = self.expires_at is not None and self.expires_at <= clock.now()
        return (
            self.revoked_at is None and not expired and (self.owner is None or self.owner.is_active)
        )


def digest_of(secret: str) -> str:
    """SHA-256 suffices: a key has 256 random bits, so there is nothing to guess slowly."""
    return hashlib.sha256(secret.encode()).hexdigest()


@contextmanager
def presented(credential: str | UUID) -> Iterator[None]:
    """
    Let the row that this credential names be seen before its tenant is known.

    The policies of `ApiKey` and `User` show a row to whoever presents its digest, login name or id.
    """
    _present(str(credential))
    try:
        yield
    finally:
        _present("")


def _present(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('verdict.presented', %s, false)", [value])
