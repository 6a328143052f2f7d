"""Two levels of cache, each emptied by events: in process with a time to live, and Redis."""

from shared_kernel.cache.two_level import TwoLevelCache

__all__ = ["TwoLevelCache"]
