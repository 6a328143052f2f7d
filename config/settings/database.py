"""One engine, Postgres: the application's role by day, the owner's role for migrations only."""

from config.settings.environment import BASE_DIR, env
from shared_kernel.embedded import locate

__all__ = [
    "DATABASES",
    "DATABASE_CONNINFO",
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "DEFAULT_AUTO_FIELD",
    "INSTANCE",
]

INSTANCE = env.str("VERDICT_INSTANCE", default="main")
_embedded = locate(BASE_DIR, INSTANCE)

DATABASE_URL = env.str("DATABASE_URL", default=_embedded.database_url)
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default=_embedded.owner_url)
# `migrate` runs as the owner; everything else as the application's role, which row-level security binds
_url = DATABASE_OWNER_URL if env.bool("AS_DATABASE_OWNER", default=False) else DATABASE_URL

DATABASES = {
    "default": {
        **env.db_url_config(_url),
        "ENGINE": "shared_kernel.tenancy.postgres",
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
    }
}


# parameters travel beside the statement: pasting them in cost more than everything else for a cart's JSON
_options = DATABASES["default"].setdefault("OPTIONS", {})
_options["server_side_binding"] = True

# the same connection for psycopg itself: LISTEN needs one of its own
DATABASE_CONNINFO = DATABASE_URL
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
