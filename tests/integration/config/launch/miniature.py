"""A house in miniature: one room, the same doors (`manage.py`, `config`), the real launch code."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[4]

MANAGE = """
import os, sys
from django.core.management import execute_from_command_line
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
execute_from_command_line(sys.argv)
"""
SETTINGS = """
import os, environ
url = os.environ["DATABASE_OWNER_URL" if os.environ.get("AS_DATABASE_OWNER") else "DATABASE_URL"]
DATABASES = {"default": environ.Env.db_url_config(url)}
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
INSTALLED_APPS = ["contexts.room"]
ROOT_URLCONF = "config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CELERY_BROKER_URL = os.environ["BROKER_URL"]
CELERY_TASK_DEFAULT_QUEUE = "work." + os.environ["PROCESS_SET"]
CELERY_BEAT_SCHEDULE = {"tick": {"task": "note", "schedule": 1.0, "args": ["beat"]}}
"""
URLS = """
import os
from django.http import HttpResponse, JsonResponse
from django.urls import path
from contexts.room.models import Note
def ready(request):
    Note.objects.create(text="web")
    return HttpResponse("ready")
def house(request):
    names = ["PROCESS_SET", "LOCAL_CONTEXTS", "BUS_LISTEN", "BUS_REMOTES", "DATABASE_URL"]
    return JsonResponse({
        **{name: os.environ.get(name) for name in names},
        "notes": sorted(set(Note.objects.values_list("text", flat=True))),
    })
urlpatterns = [path("health/ready", ready), path("house", house)]
"""
CELERY = """
import os
from celery import Celery
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("miniature")
app.config_from_object("django.conf:settings", namespace="CELERY")
@app.task(name="note")
def note(text):
    import django
    django.setup()
    from contexts.room.models import Note
    Note.objects.create(text=text)
"""
WSGI = """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
"""
MODELS = """
from django.db import models
class Note(models.Model):
    text = models.TextField()
"""
MIGRATION = """
from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel("Note", [
        ("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())])]
"""
COMMAND = """
import os, signal, threading
from django.core.management.base import BaseCommand
from contexts.room.models import Note
class Command(BaseCommand):
    def handle(self, *args, **options):
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        Note.objects.create(text="{name}")
        print('{{"event": "{name} works"}}', flush=True)
        if os.environ.get("BROKEN") == "{name}":
            raise SystemExit("{name} is broken on purpose")
        stopping.wait()
"""


def build(base: Path) -> Path:
    """Write the miniature below `base`, around the repository's own launch code."""
    commands = "contexts/room/management/commands"
    files = {
        "manage.py": MANAGE,
        "config/__init__.py": "",
        "config/settings.py": SETTINGS,
        "config/urls.py": URLS,
        "config/celery.py": CELERY,
        "config/wsgi.py": WSGI,
        "contexts/__init__.py": "",
        "contexts/room/__init__.py": "",
        "contexts/room/apps.py": (
            "from django.apps import AppConfig\n"
            "class RoomConfig(AppConfig):\n    name = 'contexts.room'\n"
        ),
        "contexts/room/models.py": MODELS,
        "contexts/room/migrations/__init__.py": "",
        "contexts/room/migrations/0001_initial.py": MIGRATION,
        "contexts/room/management/__init__.py": "",
        f"{commands}/__init__.py": "",
        f"{commands}/relay.py": COMMAND.format(name="relay"),
        f"{commands}/serve_bus.py": COMMAND.format(name="busserver"),
        "contexts/hall/apps.py": "",
    }
    for name, text in files.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for shared in ("config/launch", "shared_kernel", "docker"):
        (base / shared).symlink_to(REPOSITORY / shared)
    return base
