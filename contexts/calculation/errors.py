"""What calculation refuses."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class UnknownPoint(DomainError):
    """No context opened a decision point of that name."""

    code = "calculation.unknown-point"
    status = HTTPStatus.NOT_FOUND
    sentence = "There is no decision point {point}."


class UnknownRuleSet(DomainError):
    """No set of rules with that fingerprint was ever active."""

    code = "calculation.unknown-rule-set"
    status = HTTPStatus.NOT_FOUND
    sentence = "No set of rules with the fingerprint {fingerprint} is known for {point}."


class HashMismatch(DomainError):
    """An activated rule's content does not have the hash that was approved."""

    code = "calculation.hash-mismatch"
    sentence = (
        "Rule {rule_id} version {version} was approved as {approved}, but its content is {content}."
    )
