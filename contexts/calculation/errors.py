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


class UnknownRecord(DomainError):
    """No decision point has a record of that name whose attributes a tenant could declare."""

    code = "calculation.unknown-record"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "Attributes cannot be declared for {record}; they can for {known}."


class AttributeUnsound(DomainError):
    """An attribute cannot be declared like this."""

    code = "calculation.attribute-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{reason}"


class AttributeTaken(DomainError):
    """The record has a declared attribute of that name."""

    code = "calculation.attribute-taken"
    sentence = "{attribute} is declared already; change it, or choose another name."


class AttributeInUse(DomainError):
    """Active rules depend on what would change."""

    code = "calculation.attribute-in-use"
    sentence = "{attribute} cannot be {verb} while active rules depend on it: {rules}. Retire or rewrite them first."


class HashMismatch(DomainError):
    """An activated rule's content does not have the hash that was approved."""

    code = "calculation.hash-mismatch"
    sentence = (
        "Rule {rule_id} version {version} was approved as {approved}, but its content is {content}."
    )
