"""docs/performance.md: each bench writes its own section and leaves the others' as they are."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
TITLE = "# Performance\n\nFigures of one run on one machine, to be read as ratios.\n"


def write_section(name: str, text: str) -> None:
    """Put the text between the section's marks, which are added at the end where they are missing."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    marked = f"{begin}\n{text.strip()}\n{end}"
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else TITLE
    section = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if section.search(page):
        page = section.sub(lambda _: marked, page)
    else:
        page = f"{page.rstrip()}\n\n{marked}\n"
    PAGE.write_text(page, encoding="utf-8")
