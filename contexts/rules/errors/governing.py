"""What is refused of policies, absences, stops, notices and budgets."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class PolicyTaken(DomainError):
    """There is a policy for that point and risk already."""

    code = "rules.policy-taken"
    sentence = "A policy for {point} from {risk} risk exists already; change that one."


class PolicyUnsound(DomainError):
    """Nobody, or nobody in particular, would have to approve."""

    code = "rules.policy-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class AbsenceOver(DomainError):
    """The colleague is back."""

    code = "rules.absence-over"
    sentence = "That absence is over already; tell another."


class AbsenceBegun(DomainError):
    """A colleague stands in already, and what they approved was approved so."""

    code = "rules.absence-begun"
    sentence = "That absence has begun; end it, and tell another."


class DelegateCannotApprove(DomainError):
    """Whoever stands in for somebody approves in their place, and so may approve."""

    code = "rules.delegate-cannot-approve"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = (
        "{delegate} may not approve; name a colleague who holds rules:approve, or ask whoever gives scopes "
        "to give it to them first."
    )


class PointStoppedAlready(DomainError):
    """The point is stopped already."""

    code = "rules.point-stopped"
    sentence = "{point} is stopped already; lift that stop first."


class PointNotStopped(DomainError):
    """Nothing stops the point."""

    code = "rules.point-not-stopped"
    sentence = "{point} is not stopped."


class ReasonMissing(DomainError):
    """Whoever stops something says why."""

    code = "rules.reason-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "Say why; it stands in the audit trail."


class HookUnsound(DomainError):
    """Notices cannot be posted like this."""

    code = "rules.hook-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class BudgetUnsound(DomainError):
    """A budget is of nothing, of nobody, or of no time that can be counted."""

    code = "rules.budget-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class BudgetClosedAlready(DomainError):
    """The budget was closed before."""

    code = "rules.budget-closed"
    sentence = "{name} is closed already; set a new budget to go on watching."
