"""What is refused of reviews: whose, of what, and when."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class AuthorCannotReview(DomainError):
    """Whoever wrote or submitted a version does not review it."""

    code = "rules.author-cannot-review"
    status = HTTPStatus.FORBIDDEN
    sentence = "{reviewer} wrote or submitted this version; ask a colleague to review it."


class ContentChanged(DomainError):
    """The reviewed content is not what stands there."""

    code = "rules.content-changed"
    status = HTTPStatus.PRECONDITION_FAILED
    sentence = (
        "The review is about {reviewed}, but the version's content is {current}; read it again."
    )


class CommentMissing(DomainError):
    """A refusal needs a reason that its author can act on."""

    code = "rules.comment-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "Say in the comment what should change."


class AlreadyReviewed(DomainError):
    """Whoever said what they think of a version says it once."""

    code = "rules.already-reviewed"
    sentence = "{reviewer} has reviewed version {version} already; another colleague has to."


class RiskRisen(DomainError):
    """Since it was submitted the risk of a version rose to where the policy asks for others."""

    code = "rules.risk-risen"
    sentence = (
        "The risk of version {version} was {before} when it was submitted, and is {now} by now: {why}. "
        "That needs {wanted}: send it back, and have it submitted again."
    )


class NothingToTakeBack(DomainError):
    """No approval of theirs stands."""

    code = "rules.nothing-to-take-back"
    sentence = (
        "No approval of {reviewer} stands at version {version}: there is nothing to take back."
    )


class NoApprovalStands(DomainError):
    """No approval of theirs stands at a template or a promotion."""

    code = "rules.no-approval-stands"
    sentence = "No approval of {reviewer} stands at {what}: there is nothing to take back."


class TooLateToTakeBack(DomainError):
    """Others have gone by the approval already."""

    code = "rules.too-late-to-take-back"
    sentence = "{why}; others go by your approval already. {instead}"


class BackTestMissing(DomainError):
    """The policy sets limits to what a version may do to orders, and nobody has tried it on any."""

    code = "rules.back-test-missing"
    sentence = "The policy asks for a back-test of version {version}; run one on its page, and approve it then."


class LimitsBroken(DomainError):
    """The back-test shows more than the policy allows."""

    code = "rules.limits-broken"
    sentence = "{broken} Send it back, or have the policy changed."
