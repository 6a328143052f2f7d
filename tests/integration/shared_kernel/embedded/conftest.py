import pytest

from shared_kernel.embedded import destroy


@pytest.fixture
def clone(tmp_path):
    """A directory like a clone's; whatever was started for it is removed after the test."""
    base = tmp_path / "clone"
    base.mkdir()
    yield base
    for name in ("main", "other"):
        destroy(base, name)
