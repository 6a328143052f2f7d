"""What is refused of releases, bundles and roll-outs."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


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
    """A roll-out tries a version of the rule, beside what decides."""

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
