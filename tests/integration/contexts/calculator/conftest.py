import pytest


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """What is done inside is followed by what happens after a commit, such as forgetting a cache."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
