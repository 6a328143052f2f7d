"""Which contexts live in this process, and where the others are. Pure settings, read once."""

from __future__ import annotations

import msgspec


class Topology(msgspec.Struct, frozen=True):
    """The contexts of this process and the addresses of those that were carried out."""

    here: frozenset[str]
    elsewhere: dict[str, str]

    def address_of(self, context: str) -> str | None:
        return self.elsewhere.get(context)


def topology_from(all_contexts: list[str], here: str, remotes: str) -> Topology:
    """
    Read `LOCAL_CONTEXTS` (`all`, `all,-calculator`, or names) and `BUS_REMOTES` (`name=address;...`).

    Raises:
        ValueError: a name is no context, or a context is said to be both here and elsewhere.

    """
    names = [name.strip() for name in here.split(",") if name.strip()]
    known = set(all_contexts)
    unknown = {name.lstrip("-") for name in names} - known - {"all"}
    if unknown:
        raise ValueError(f"LOCAL_CONTEXTS names {sorted(unknown)}; known are {sorted(known)}")
    chosen = set(known) if "all" in names else set()
    chosen |= {name for name in names if not name.startswith("-") and name != "all"}
    chosen -= {name[1:] for name in names if name.startswith("-")}
    elsewhere = dict(_remote(entry) for entry in remotes.split(";") if entry.strip())
    both = chosen & set(elsewhere)
    if both:
        raise ValueError(f"{sorted(both)} are in LOCAL_CONTEXTS and in BUS_REMOTES: choose one")
    return Topology(here=frozenset(chosen), elsewhere=elsewhere)


def _remote(entry: str) -> tuple[str, str]:
    name, separator, address = entry.strip().partition("=")
    if not separator or not address:
        raise ValueError(f"BUS_REMOTES wants name=address;..., not {entry!r}")
    return name.strip(), address.strip()
