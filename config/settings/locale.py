"""Language, time zone and where static files are."""

from config.settings.environment import BASE_DIR

__all__ = [
    "LANGUAGE_CODE",
    "STATICFILES_DIRS",
    "STATIC_URL",
    "TIME_ZONE",
    "USE_TZ",
    "WHITENOISE_USE_FINDERS",
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = True
