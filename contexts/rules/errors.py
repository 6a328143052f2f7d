"""What rules refuse."""

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


class GuardrailTaken(DomainError):
    """Another guardrail of that point has that name."""

    code = "rules.guardrail-taken"
    sentence = "A guardrail {name} exists already; withdraw it first, or choose another name."


class WrongStatus(DomainError):
    """The version is not in a status from which this can be done."""

    code = "rules.wrong-status"
    sentence = "Version {version} is {status}; only one that is {wanted} can be {verb}."


class DraftOpen(DomainError):
    """The rule has a draft already."""

    code = "rules.draft-open"
    sentence = "Version {version} is still a draft; change that one, or discard it first."


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


class DraftChanged(DomainError):
    """Somebody changed the draft in the meantime."""

    code = "rules.draft-changed"
    status = HTTPStatus.PRECONDITION_FAILED
    sentence = (
        "You began with revision {begun} of this draft, and it is at revision {current} by now; "
        "load it again and repeat your change."
    )


class CommentMissing(DomainError):
    """A refusal needs a reason that its author can act on."""

    code = "rules.comment-missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "Say in the comment what should change."


class GuardrailBroken(DomainError):
    """The version would let a decision break a guardrail; the counterexample shows which."""

    code = "rules.guardrail-broken"
    sentence = "{findings} Change the rule so that the guardrails hold, and submit it again."


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


class TooLateToTakeBack(DomainError):
    """Others have gone by the approval already."""

    code = "rules.too-late-to-take-back"
    sentence = "{why}; others go by your approval already. {instead}"


class ReleaseUnsound(DomainError):
    """A release cannot consist of this."""

    code = "rules.release-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class MakerCannotApprove(DomainError):
    """Whoever made a release does not approve its promotion."""

    code = "rules.maker-cannot-approve"
    status = HTTPStatus.FORBIDDEN
    sentence = "{reviewer} made release {release}; ask a colleague to approve its promotion."


class OtherDigest(DomainError):
    """The approval is about other members than the release has."""

    code = "rules.other-digest"
    status = HTTPStatus.PRECONDITION_FAILED
    sentence = "The approval is about {read}, but the release's digest is {current}; read it again."


class PromotionApprovedAlready(DomainError):
    """Whoever approves a promotion approves it once."""

    code = "rules.promotion-approved-already"
    sentence = (
        "{reviewer} has approved release {release} for {stage} already; another colleague has to."
    )


class StageLeftOut(DomainError):
    """A release reaches one stage after the other."""

    code = "rules.stage-left-out"
    sentence = "Release {release} has not been at {before}; promote it there first."


class StageReached(DomainError):
    """The release has reached that stage before."""

    code = "rules.stage-reached"
    sentence = (
        "Release {release} has reached {stage} already; to go back to it, make a new release."
    )


class PromotionNotApproved(DomainError):
    """Colleagues still have to approve the promotion."""

    code = "rules.promotion-not-approved"
    sentence = "Release {release} still needs {missing} for {stage}; let them approve it first."


class MemberCannotDecide(DomainError):
    """A member of the release cannot decide; nothing of it was promoted."""

    code = "rules.member-cannot-decide"
    sentence = "{slug}, version {version}: {why}"


class BundleUnsound(DomainError):
    """The bundle cannot be read, or its rules cannot be written like this."""

    code = "rules.bundle-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class BundleForged(DomainError):
    """The bundle is not what was signed."""

    code = "rules.bundle-forged"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


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


class BackTestMissing(DomainError):
    """The policy sets limits to what a version may do to orders, and nobody has tried it on any."""

    code = "rules.back-test-missing"
    sentence = "The policy asks for a back-test of version {version}; run one on its page, and approve it then."


class LimitsBroken(DomainError):
    """The back-test shows more than the policy allows."""

    code = "rules.limits-broken"
    sentence = "{broken} Send it back, or have the policy changed."


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


class HookUnsound(DomainError):
    """Notices cannot be posted like this."""

    code = "rules.hook-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class RolloutUnsound(DomainError):
    """A ramp or a guard cannot be understood, or there is nothing to roll out."""

    code = "rules.rollout-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class RolloutUnderWay(DomainError):
    """One release at a time is rolled out."""

    code = "rules.rollout-under-way"
    sentence = "A roll-out is under way; wait until it is over, or roll it back first."


class RuleTried(DomainError):
    """A roll-out tries another version of the rule."""

    code = "rules.rule-tried"
    sentence = (
        "The roll-out of release {release} tries version {version} of {slug}: roll it back first, "
        "or let it come to its end."
    )


class RolloutNotRunning(DomainError):
    """The roll-out is not in a status from which this can be done."""

    code = "rules.rollout-not-running"
    sentence = "The roll-out is {status}; only one that is {wanted} can be {verb}."


class RolloutElsewhere(DomainError):
    """The roll-out is at another step by now."""

    code = "rules.rollout-elsewhere"
    sentence = "The roll-out is at step {current} by now, not {seen}; look at it again."


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


class NothingStaged(DomainError):
    """No release reached the stage yet."""

    code = "rules.nothing-staged"
    sentence = "No release reached {stage} yet; promote one first."


class ReleaseDemanded(DomainError):
    """Whoever governs said who approves what reaches production: nothing gets there beside a release."""

    code = "rules.release-demanded"
    sentence = (
        "Production has a policy of its own; put version {version} into a release and promote that."
    )


class BudgetUnsound(DomainError):
    """A budget is of nothing, of nobody, or of no time that can be counted."""

    code = "rules.budget-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{fault}"


class BudgetClosedAlready(DomainError):
    """The budget was closed before."""

    code = "rules.budget-closed"
    sentence = "{name} is closed already; set a new budget to go on watching."


class DelegateCannotApprove(DomainError):
    """Whoever stands in for somebody approves in their place, and so may approve."""

    code = "rules.delegate-cannot-approve"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = (
        "{delegate} may not approve; name a colleague who holds rules:approve, or ask whoever gives scopes "
        "to give it to them first."
    )


class NoApprovalStands(DomainError):
    """No approval of theirs stands at a template or a promotion."""

    code = "rules.no-approval-stands"
    sentence = "No approval of {reviewer} stands at {what}: there is nothing to take back."
