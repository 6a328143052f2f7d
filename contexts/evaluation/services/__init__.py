"""Use cases of evaluation: price carts and keep the records, keep order files, run back-tests, follow roll-outs."""

from contexts.evaluation.services.back_tests import ask_for_back_test
from contexts.evaluation.services.counting import count_rollout, count_rollouts
from contexts.evaluation.services.evaluating import (
    evaluate_cart,
    evaluate_carts,
    seal_evaluations,
)
from contexts.evaluation.services.following import (
    follow_rollout,
    leave_rollout,
    widen_rollout,
)
from contexts.evaluation.services.order_files import keep_order_file, remove_order_file
from contexts.evaluation.services.running import run_back_test, sweep_back_tests

__all__ = [
    "ask_for_back_test",
    "count_rollout",
    "count_rollouts",
    "evaluate_cart",
    "evaluate_carts",
    "follow_rollout",
    "keep_order_file",
    "leave_rollout",
    "remove_order_file",
    "run_back_test",
    "seal_evaluations",
    "sweep_back_tests",
    "widen_rollout",
]
