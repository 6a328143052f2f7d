"""Which processes run together, and what tells one set of them from another: data only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# each is a [program:...] of docker/supervisord.conf
PROGRAMS = ("web", "worker", "beat", "relay", "busserver")
WITHOUT_NEIGHBOURS = ("web", "worker", "beat", "relay")


@dataclass(frozen=True)
class ProcessSet:
    """Programs that are started, watched and stopped together, with what their environment adds."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: tuple[str, ...] = WITHOUT_NEIGHBOURS

    @property
    def address(self) -> str | None:
        """Where its web program is reached from this machine, if it has one."""
        if "web" not in self.programs:
            return None
        return f"http://127.0.0.1:{self.environment['PORT']}"


def whole(*, port: int) -> tuple[ProcessSet, ...]:
    """The house as it usually is: every context in one set."""
    return (ProcessSet("main", {"PORT": str(port)}),)


def carried_out(
    context: str,
    *,
    contexts: Iterable[str],
    sockets: Path,
    port: int,
    context_port: int,
    database: Mapping[str, str],
) -> tuple[ProcessSet, ...]:
    """
    The house with one context living in processes and a database of its own; code unchanged.

    The context's set comes first, so that the house finds it there. `contexts` are all that exist,
    `sockets` a directory for the two buses, `database` the variables of the context's database.

    Raises:
        ValueError: there is no such context.

    """
    others = sorted(set(contexts) - {context})
    if context not in set(contexts):
        raise ValueError(f"{context!r} is no context; choose one of {', '.join(others)}")
    bus = {name: f"unix:{sockets / name}.bus" for name in ("main", context)}
    outside = {
        **database,
        "PORT": str(context_port),
        "LOCAL_CONTEXTS": context,
        "BUS_LISTEN": bus[context],
        "BUS_REMOTES": ";".join(f"{name}={bus['main']}" for name in others),
    }
    house = {
        "PORT": str(port),
        "LOCAL_CONTEXTS": f"all,-{context}",
        "BUS_LISTEN": bus["main"],
        "BUS_REMOTES": f"{context}={bus[context]}",
        "EDGE_FORWARDS": f"{context}=http://127.0.0.1:{context_port}",
    }
    return ProcessSet(context, outside, PROGRAMS), ProcessSet("main", house, PROGRAMS)


def contexts_of(base_dir: Path) -> list[str]:
    """The names of all contexts in a clone, as the settings find them."""
    return sorted(apps.parent.name for apps in (base_dir / "contexts").glob("*/apps.py"))
