"""What identity refuses."""

from http import HTTPStatus

from shared_kernel.errors import DomainError


class LoginNameTaken(DomainError):
    """Somebody signs in under that name already."""

    code = "identity.login-name-taken"
    sentence = "The login name {username} is not available; choose another one."


class OnlyPeopleApprove(DomainError):
    """A service that approves would be an author's second self."""

    code = "identity.only-people-approve"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = (
        "{scope} needs a person behind the key: issue it in somebody's name, or leave it out."
    )


class ScopeNotHeld(DomainError):
    """Nobody gives what they do not hold themselves."""

    code = "identity.scope-not-held"
    status = HTTPStatus.FORBIDDEN
    sentence = "You do not hold {scope} yourself; leave it out, or ask somebody who holds it."


class OwnTeams(DomainError):
    """Nobody says in which teams they are themselves: teams decide whose approval counts."""

    code = "identity.own-teams"
    status = HTTPStatus.FORBIDDEN
    sentence = "Your own teams are for a colleague to change."
