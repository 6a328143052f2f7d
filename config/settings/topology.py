"""Which contexts live in this process, and where the others are."""

from config.settings.environment import BASE_DIR, env
from shared_kernel.bus.topology import topology_from

__all__ = ["ALL_CONTEXTS", "EDGE_FORWARDS", "EDGE_TIMEOUT", "PROCESS_SET", "TOPOLOGY"]

ALL_CONTEXTS = sorted(package.parent.name for package in (BASE_DIR / "contexts").glob("*/apps.py"))
TOPOLOGY = topology_from(
    ALL_CONTEXTS,
    here=env.str("LOCAL_CONTEXTS", default="all"),
    remotes=env.str("BUS_REMOTES", default=""),
)
# the name under which this set of processes is acknowledged to by others
PROCESS_SET = env.str("PROCESS_SET", default="main")

# HTTP origins of contexts that were carried out: `calculator=http://127.0.0.1:8100;...`
EDGE_FORWARDS = dict(
    entry.strip().split("=", 1)
    for entry in env.str("EDGE_FORWARDS", default="").split(";")
    if entry.strip()
)
EDGE_TIMEOUT = env.float("EDGE_TIMEOUT", default=10.0)
