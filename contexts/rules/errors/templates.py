"""What is refused of templates and of what they are filled in with."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class TemplateUnsound(DomainError):
    """The template as written cannot be checked against its decision point's facts."""

    code = "rules.template-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class TemplateSlugTaken(DomainError):
    """Another template of this tenant has that slug."""

    code = "rules.template-slug-taken"
    sentence = (
        "A template {slug} exists already; draft a new version of it, or choose another slug."
    )


class WrongTemplateStatus(DomainError):
    """The template's version is not in a status from which this can be done."""

    code = "rules.wrong-template-status"
    sentence = (
        "Version {version} of the template is {status}; only one that is {wanted} can be {verb}."
    )


class TemplateDraftOpen(DomainError):
    """The template has a draft already."""

    code = "rules.template-draft-open"
    sentence = (
        "Version {version} of the template is still a draft; change that one, or discard it first."
    )


class ArgumentsUnsound(DomainError):
    """What the template is to be filled in with is not what it takes; the pointers say which arguments."""

    code = "rules.arguments-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class TemplateUnusable(DomainError):
    """No version of the template is approved, or it is of another decision point."""

    code = "rules.template-unusable"
    sentence = "{fault}"
