"""
Django's PostgreSQL backend, whose session always knows the tenant in scope.

Before a statement the session variable `verdict.tenant` is set if it differs from the scope. The setting is
part of the transaction, so whatever rolls back makes it unknown and it is set again. It needs a session of its
own: a pooler between must pool sessions, not transactions.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from shared_kernel.tenancy.scope import database_scope


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: str | None = None
        self.execute_wrappers.append(self._tell_scope)

    def _tell_scope(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        scope = database_scope()
        # a failed transaction hears nothing but its rollback
        failed = self.connection.info.transaction_status == TransactionStatus.INERROR
        if scope != self._told and not failed:
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('verdict.tenant', %s, false)", [scope])
            self._told = scope
        return execute(sql, params, many, context)

    def connect(self) -> None:
        self._told = None
        super().connect()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]  # the stubs leave Django's hooks out
        self._told = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # as above
        self._told = None
