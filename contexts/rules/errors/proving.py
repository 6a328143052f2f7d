"""What is refused because of guardrails."""

from shared_kernel.errors import DomainError


class GuardrailTaken(DomainError):
    """Another guardrail of that point has that name."""

    code = "rules.guardrail-taken"
    sentence = "A guardrail {name} exists already; withdraw it first, or choose another name."


class GuardrailBroken(DomainError):
    """The version would let a decision break a guardrail; the counterexample shows which."""

    code = "rules.guardrail-broken"
    sentence = (
        "{findings} Write the rule so that its guardrails hold, or have somebody with the permission rules:govern "
        "withdraw the guardrail."
    )


class GuardrailUnproved(DomainError):
    """It is not known whether a guardrail holds of which a proof is demanded."""

    code = "rules.guardrail-unproved"
    sentence = (
        "{findings} A proof of that is demanded: write the rule so that it can be proved, or have the "
        "guardrail stated without."
    )


class DecidersMoved(DomainError):
    """Others began or ended rules of the point while its guardrails were proved, again and again."""

    code = "rules.deciders-moved"
    sentence = "Rules of {point} began or ended while its guardrails were proved; try it again."
