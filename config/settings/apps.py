"""The applications: the kernel's, the contexts that live here, and the admin where its users live too."""

from config.settings.topology import TOPOLOGY

__all__ = ["AUTH_USER_MODEL", "HAS_ADMIN", "INSTALLED_APPS"]

# people sign in where identity lives; a context that was carried out asks it over the bus
HAS_ADMIN = "identity" in TOPOLOGY.here

_ADMIN = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
]

INSTALLED_APPS = [
    *(_ADMIN if HAS_ADMIN else ["django.contrib.contenttypes", "django.contrib.auth"]),
    "django.contrib.staticfiles",
    "django_prometheus",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "corsheaders",
    "shared_kernel.tenancy",
    "shared_kernel.eventlog",
    "shared_kernel.sagas",
    "shared_kernel.bus",
    "shared_kernel.observability",
    "config",
    *(f"contexts.{name}" for name in sorted(TOPOLOGY.here)),
]

AUTH_USER_MODEL = "identity.User" if HAS_ADMIN else "auth.User"
