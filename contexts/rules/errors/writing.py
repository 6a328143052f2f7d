"""What is refused of rules as they are written: words, times, tables, drafts."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class RuleUnsound(DomainError):
    """The rule as written cannot be checked against its decision point's facts."""

    code = "rules.unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class UnreadableWindow(DomainError):
    """The times in which a rule is to decide cannot be understood."""

    code = "rules.unreadable-window"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class WindowOver(DomainError):
    """The times in which the version was to decide have passed."""

    code = "rules.window-over"
    sentence = "Version {version} was to decide until {ends}; draft a new version with a later end."


class UnknownDecisionPoint(DomainError):
    """No context opened a decision point of that name."""

    code = "rules.unknown-decision-point"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "There is no decision point {point}; known are {known}."


class SlugTaken(DomainError):
    """Another rule of this tenant has that slug."""

    code = "rules.slug-taken"
    sentence = "A rule {slug} exists already; draft a new version of it, or choose another slug."


class WrongStatus(DomainError):
    """The version is not in a status from which this can be done."""

    code = "rules.wrong-status"
    sentence = "Version {version} is {status}; only one that is {wanted} can be {verb}."


class DraftOpen(DomainError):
    """The rule has a draft already."""

    code = "rules.draft-open"
    sentence = "Version {version} is still a draft; change that one, or discard it first."


class DraftChanged(DomainError):
    """Somebody changed the draft in the meantime."""

    code = "rules.draft-changed"
    status = HTTPStatus.PRECONDITION_FAILED
    sentence = (
        "You began with revision {begun} of this draft, and it is at revision {current} by now; "
        "load it again and repeat your change."
    )


class SheetUnreadable(DomainError):
    """A file is no decision table."""

    code = "rules.sheet-unreadable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class NotATable(DomainError):
    """The version is no table, so it has none to give."""

    code = "rules.not-a-table"
    status = HTTPStatus.NOT_FOUND
    sentence = "Version {version} is no table; it says a condition and effects."
