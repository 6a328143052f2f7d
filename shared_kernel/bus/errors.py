"""What the bus refuses, and why."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class RefusedInsideUnitOfWork(RuntimeError):
    """
    A question or order was given inside a unit of work.

    After a split it would be a network call inside a transaction: ask first, decide, then record and tell.
    """


class ContextAbsent(DomainError):
    """The context that would answer is not part of this installation."""

    code = "bus.context-absent"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    sentence = "{context} is neither in this process nor at a known address; add it to LOCAL_CONTEXTS or BUS_REMOTES."


class ContextUnreachable(DomainError):
    """The context that would answer lives elsewhere and did not answer in time."""

    code = "bus.context-unreachable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    sentence = "{context} did not answer {message}: {reason}. The request may be repeated."


class AnswerLost(DomainError):
    """The command was performed once already, but its answer did not survive."""

    code = "bus.answer-lost"
    sentence = (
        "{message} with the key {key} has been performed; read the outcome instead of repeating it."
    )
