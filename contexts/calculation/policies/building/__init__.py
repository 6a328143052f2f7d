"""Conditions in parts, as a builder shows them: read from their text, written as text again, and what they are built of."""

from contexts.calculation.policies.building.reading import tree_of
from contexts.calculation.policies.building.vocabulary import vocabulary
from contexts.calculation.policies.building.writing import text_of

__all__ = ["text_of", "tree_of", "vocabulary"]
