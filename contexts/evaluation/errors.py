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
    sentence = "{at} has not come yet; leave `at` out to price by the rules of now."
