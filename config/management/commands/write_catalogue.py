"""`manage.py write_catalogue [--check]`: the generated pages of docs/."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.catalogue.pages import pages


class Command(BaseCommand):
    help = "Write docs/generated again, or with --check fail when a page there is stale."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")

    def handle(self, *args: Any, **options: Any) -> None:
        place = settings.BASE_DIR / "docs" / "generated"
        stale = []
        for name, text in pages().items():
            page = place / name
            if page.is_file() and page.read_text() == text:
                continue
            stale.append(name)
            if not options["check"]:
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(text)
        if options["check"] and stale:
            raise CommandError(f"stale: {', '.join(stale)}; run `make catalogue` and commit")
        self.stdout.write(f"written: {', '.join(stale)}" if stale else "everything is up to date")
