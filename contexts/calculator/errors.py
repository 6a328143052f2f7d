"""Every refusal of the calculator, each with its public code."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class UnknownAlgorithm(DomainError):
    """There is no such algorithm or version."""

    code = "calculator.unknown-algorithm"
    status = HTTPStatus.NOT_FOUND
    sentence = "No algorithm {algorithm} is published; {advice}."


class VersionWithdrawn(DomainError):
    """The version answers no new calculations."""

    code = "calculator.version-withdrawn"
    status = HTTPStatus.GONE
    sentence = "{algorithm} was withdrawn ({reason}); {advice}."


class StillReliedOn(DomainError):
    """Recorded decisions rely on the version."""

    code = "calculator.still-relied-on"
    status = HTTPStatus.CONFLICT
    sentence = (
        "{algorithm} served {uses} recorded decisions, the last at {last_used_at}; wait until {days} days "
        "have passed without one, or withdraw it by force."
    )


class AlreadyWithdrawn(DomainError):
    """The version was withdrawn before."""

    code = "calculator.already-withdrawn"
    status = HTTPStatus.CONFLICT
    sentence = "{algorithm} was withdrawn at {at} already; nothing is left to do."


class KeyMissing(DomainError):
    """A calculation is recorded under a key only."""

    code = "calculator.key-missing"
    status = HTTPStatus.BAD_REQUEST
    sentence = (
        "Send an Idempotency-Key with `record`, so that a repeated request is not recorded twice."
    )


class RecordedInBatch(DomainError):
    """A batch leaves no trace."""

    code = "calculator.recorded-in-batch"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "Calculations of a batch are not recorded; send those to keep one by one, each with its key."


class ImpossibleInput(DomainError, ValueError):
    """The input does not fit the algorithm."""

    code = "calculator.impossible-input"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{algorithm} cannot use this input: {reason}"


class NumberOutOfBounds(ImpossibleInput):
    """A number is not finite or has too many digits."""

    code = "calculator.number-out-of-bounds"
    sentence = (
        "{field} must be a finite number of at most 18 digits on either side of the point, {more}."
    )


class ImpossiblePeriod(ImpossibleInput):
    """The days do not form a period, or lie outside of it."""

    code = "calculator.impossible-period"
    sentence = "{inner} does not lie within {outer}; periods include their first day and exclude their last."


class BracketsOutOfOrder(ImpossibleInput):
    """The brackets do not rise."""

    code = "calculator.brackets-out-of-order"
    sentence = (
        "Brackets must rise strictly and only the last may be open, but {upper} follows {lower}."
    )


class BeyondLastBracket(ImpossibleInput):
    """The value lies above every bracket."""

    code = "calculator.beyond-last-bracket"
    sentence = "{value} is above the last bracket, {last}; add a bracket without `up_to`."


class NoRateForDate(ImpossibleInput):
    """None of the rates given converts these currencies on that date."""

    code = "calculator.no-rate-for-date"
    sentence = "No rate leads from {source} to {target} on {on} (at most {days} days old); add one."


class UnknownUnit(ImpossibleInput):
    """There is no such unit of measure."""

    code = "calculator.unknown-unit"
    sentence = "{unit} is not a known unit; known are {known}."


class IncompatibleUnits(ImpossibleInput):
    """The two units measure different things."""

    code = "calculator.incompatible-units"
    sentence = "{source} measures {source_kind} and {target} measures {target_kind}: choose two of one kind."
