"""Keys and card numbers never reach a log."""

import pytest

from shared_kernel.observability.logs import redact


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("card 4111 1111 1111 1111 refused", "card [redacted] refused"),
        ("card 4111-1111-1111-1111", "card [redacted]"),
        ("key vk_1a2b3c4d_abcdefghIJKLMNOP0123 used", "key vk_1a2b3c4d_[redacted] used"),
        ("order 4111111111111112 is no card", "order 4111111111111112 is no card"),
        ("01a1fbcb-67ab-7314-b83d-4f9aba2f32ee", "01a1fbcb-67ab-7314-b83d-4f9aba2f32ee"),
    ],
)
def test_secrets_are_cut_out(written, kept):
    assert redact(None, "info", {"event": written})["event"] == kept
