"""The database and Redis: those the environment names, or this clone's embedded ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launch.errors import VariableMissingError
from shared_kernel import embedded

NEEDED = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


@dataclass(frozen=True)
class Servers:
    """Where the servers are, and how a context that moves out gets a database there."""

    environment: Mapping[str, str]
    endpoints: embedded.Endpoints | None

    def database_for(self, context: str) -> dict[str, str]:
        """
        The variables of a database of that context's own; made here when the servers are embedded.

        Raises:
            VariableMissingError: the servers are not ours, and nobody said where the database is.

        """
        if self.endpoints is None:
            return {name: self._named(context, name) for name in NEEDED[:2]}
        embedded.provision(self.endpoints.superuser_url, context)
        environment = self.endpoints.for_database(context).environment()
        return {name: environment[name] for name in NEEDED[:2]}

    def _named(self, context: str, variable: str) -> str:
        name = f"{context.upper()}_{variable}"
        if name not in self.environment:
            raise VariableMissingError(
                name=name, why="the context that moves out needs a database of its own"
            )
        return self.environment[name]


def uses_embedded(environment: Mapping[str, str]) -> bool:
    """
    Whether this clone's own servers are meant: neither DATABASE_URL nor REDIS_URL names others.

    Raises:
        VariableMissingError: one is named and the rest that belongs to it is not.

    """
    named = [name for name in NEEDED if environment.get(name)]
    if not named:
        return True
    for name in NEEDED:
        if name not in named:
            raise VariableMissingError(
                name=name, why=f"{', '.join(named)} is set, and servers are named together or not"
            )
    return False


def find_servers(base_dir: Path, environment: Mapping[str, str]) -> Servers:
    """The servers to use; the embedded ones are started if they do not run."""
    if not uses_embedded(environment):
        return Servers(dict(environment), None)
    endpoints = embedded.start(base_dir, instance_of(environment))
    return Servers({**environment, **endpoints.environment()}, endpoints)


def instance_of(environment: Mapping[str, str]) -> str:
    return environment.get("VERDICT_INSTANCE", "main")
