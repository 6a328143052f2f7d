"""Ramps as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contexts.rules.errors import RolloutUnsound
from contexts.rules.events import RolloutGuard
from contexts.rules.policies.rollouts import RampStep, demand_guards, ramp_of, written


class TestRamps:
    def test_a_ramp_is_read_as_it_is_written(self):
        ramp = ramp_of("shadow 1h, 5% 1h 30m, 12.50% 45, 25 % 2d, 100%")
        assert [(str(it.percent), it.seconds) for it in ramp] == [
            ("0", 3600), ("5", 5400), ("12.5", 45), ("25", 172_800), ("100", 0),
        ]  # fmt: skip

    def test_what_is_written_is_read_again(self):
        """The page shows it, and lets one start the next roll-out with it."""
        text = "shadow 1h, 0.5% 1d 2h 3m 4s, 100%"
        assert written(ramp_of(text)) == text

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("", "is no step"),
            ("100%", "2 to 20 steps"),
            ("5% 1h, 50% 1h", "last step is 100%"),
            ("5% 1h, 100% 1h", "takes no time"),
            ("5%, 100%", "how long 5 % is to last"),
            ("50% 1h, 50% 1h, 100%", "more customers than the one before"),
            ("50% 1h, 5% 1h, 100%", "more customers than the one before"),
            ("5% 1 fortnight, 100%", "is no time"),
            ("0.001% 1h, 100%", "two decimals"),
            ("5% 91d, 100%", "90 days at most"),
            ("120% 1h, 100%", "0 to 100 percent"),
        ],
    )
    def test_what_is_no_ramp_is_refused_with_a_hint(self, text, fault):
        with pytest.raises(RolloutUnsound, match=fault):
            ramp_of(text)

    def test_a_step_without_a_number_is_refused(self):
        """JSON's own way around the text: a percentage that is none."""
        with pytest.raises(RolloutUnsound):
            ramp_of("NaN% 1h, 100%")

    @pytest.mark.parametrize(
        "guards",
        [
            [RolloutGuard("touched", Decimal(-1), 1)],
            [RolloutGuard("touched", Decimal("NaN"), 1)],
            [RolloutGuard("touched", Decimal(1), 0)],
            [RolloutGuard("touched", Decimal(1), 1), RolloutGuard("touched", Decimal(2), 1)],
        ],
    )
    def test_a_guard_that_cannot_be_judged_is_refused(self, guards):
        with pytest.raises(RolloutUnsound):
            demand_guards(guards)

    def test_a_share_as_json_states_it_keeps_its_value(self):
        assert RampStep(Decimal(5)) == RampStep(Decimal("5.0"))
