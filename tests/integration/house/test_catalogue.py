"""The generated pages say what the code says, and contexts do not ask in circles."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.catalogue import context_map


def test_the_generated_pages_are_up_to_date(settings, capsys):
    """`make catalogue` would change nothing."""
    call_command("write_catalogue", "--check")
    assert "up to date" in capsys.readouterr().out


def test_a_stale_page_is_refused(settings, tmp_path):
    """The check can fail: somewhere else no page has been written yet."""
    (tmp_path / "docs" / "generated").mkdir(parents=True)
    (tmp_path / "docs" / "generated" / "errors.md").write_text("old")
    (tmp_path / "contexts").symlink_to(settings.BASE_DIR / "contexts")
    (tmp_path / "config").symlink_to(settings.BASE_DIR / "config")
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match=r"errors\.md"):
        call_command("write_catalogue", "--check")


def test_who_asks_whom_is_read_from_the_source():
    """Promotions ask the calculator for shares; nobody asks evaluation but rules: what was, would be, or is tried."""
    edges = context_map.synchronous_edges()
    assert edges[("promotions", "calculator")] == {"calculator.allocate-amount.v1"}
    assert edges[("rules", "evaluation")] == {
        "evaluation.back-test-summary.v1",
        "evaluation.keep-order-file.v1",
        "evaluation.list-order-files.v1",
        "evaluation.list-seen-values.v1",
        "evaluation.list-used-rules.v1",
        "evaluation.newest-back-test.v1",
        "evaluation.rollout-figures.v1",
        "evaluation.spending.v1",
        "evaluation.start-back-test.v1",
        "evaluation.try-rules.v1",
    }


def test_contexts_that_ask_in_a_circle_are_refused():
    circle = {("a", "b"): {"b.x.v1"}, ("b", "c"): {"c.x.v1"}, ("c", "a"): {"a.x.v1"}}
    with pytest.raises(context_map.AskingInCircles, match="a -> b -> c -> a"):
        context_map.refuse_circles(circle)


def test_the_document_has_no_warning(recwarn, capsys):
    """OpenAPI is complete: every view is described, none guessed."""
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
