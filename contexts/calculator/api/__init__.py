"""The HTTP side of the calculator."""
