"""
Calculator: exact decimal arithmetic under names and versions that never change.

Its words: an **algorithm** is a pure function published as `name@version` with a typed input and output; once
published, a version gives the same output for the same input for ever. A version may be **withdrawn**: it answers
no new calculation, only the **replay** of decisions that were recorded with it. A calculation leaves no trace
unless it is asked to be **recorded**; then its request and result are kept under the caller's key.
"""
