"""What evaluation refuses."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class MixedCurrencies(DomainError):
    """An amount of the cart is in another currency than the cart."""

    code = "evaluation.mixed-currencies"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "This amount is in {found}, but the cart is in {currency}; convert it first."


class LineTwice(DomainError):
    """Two lines of the cart have the same id."""

    code = "evaluation.line-twice"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "Two lines have the id {id}; give each line its own."


class NegativePrice(DomainError):
    """A price is below zero."""

    code = "evaluation.negative-price"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{price} is below zero; a return is not a sale, price it by the order it came from."


class InTheFuture(DomainError):
    """The moment asked about has not come yet."""

    code = "evaluation.in-the-future"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{at} has not come yet; leave it out for now, or ask a dry run what is planned for a moment to come."


class OrderFileUnreadable(DomainError):
    """The upload cannot be read as order lines."""

    code = "evaluation.order-file-unreadable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{reason}"


class OrderFilesFull(DomainError):
    """The tenant keeps as many order files as it may."""

    code = "evaluation.order-files-full"
    sentence = "{limit} order files are kept; remove one that is not needed any more."


class DraftUnsound(DomainError):
    """A draft under test is not sound."""

    code = "evaluation.draft-unsound"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{rule} cannot be tested: {reason}."


class PointWithoutPrices(DomainError):
    """The decision point does not change what a cart costs."""

    code = "evaluation.point-without-prices"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "A back-test prices carts, and {point} changes no price; those that do are {known}."


class SourceUnclear(DomainError):
    """A back-test runs over an order file or over recorded evaluations, one of the two."""

    code = "evaluation.source-unclear"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "Name an order file or a number of days, one of the two."


class NothingToTest(DomainError):
    """The source holds no carts."""

    code = "evaluation.nothing-to-test"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "No cart was priced in the last {days} days; take more days, or an order file."


class BackTestUnderWay(DomainError):
    """This very content is being tested."""

    code = "evaluation.back-test-under-way"
    sentence = "A back-test of this very content is under way; wait for its result."


class TooManyBackTests(DomainError):
    """As many back-tests of the tenant are under way as may be."""

    code = "evaluation.too-many-back-tests"
    sentence = "{limit} back-tests are under way; wait until one of them is over."
