"""
A long piece of business over several contexts: steps, each a command with its compensation.

A saga is a durable row. Its steps run one after the other through the bus; each is repeated with jitter until it
succeeds, is refused, or its deadline passes, and then the steps done so far are compensated in reverse order.
Whatever was killed in between is found by the sweep and goes on; the step's key makes its repetition harmless.
"""

from shared_kernel.sagas.definition import Saga, Step, saga_named

__all__ = ["Saga", "Step", "saga_named"]
