"""Pages about the house that are generated from the house: never written by hand, stale ones fail the tests."""
