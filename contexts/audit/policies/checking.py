"""
Which entries of a chain do not fit, in one walk along it.

Found are a changed byte, a removed entry, entries that were swapped or put in, and a cut tail. Not found is a chain
that somebody wrote anew from some entry to the end, head included: only a head that was exported before shows that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from contexts.audit.policies.chain import START, Entry, Head, Unreadable, hash_of

CHANGED = "changed"
MISSING = "missing"
UNLINKED = "unlinked"
MISPLACED = "misplaced"
BEYOND = "beyond-the-head"
HEAD = "head"
REWRITTEN = "rewritten"
EVALUATION = "evaluation"
UNHEARD = "unheard"


class Misfit(msgspec.Struct, frozen=True):
    """What does not fit: the entry's number, 0 of what has no entry, in which way, and a sentence."""

    sequence: int
    problem: str
    sentence: str


class Walk:
    """One walk along a chain, from behind entry `after`; `findings` of each entry in turn, `end` of the whole."""

    def __init__(
        self, *, after: int = 0, behind: str | None = START, known: Iterable[Head] = ()
    ) -> None:
        """`behind` is the hash that the first entry follows; None where nobody knows it."""
        self.entries = 0
        self.last = Head(after, behind or "")
        # the hashes that the next entry may follow: what the last one says of itself, and what it should say
        self._followed = set() if behind is None else {behind}
        self._accused = (
            False  # the last one was changed: whoever does not follow it is not at fault
        )
        self._known = {it.sequence: it.hash for it in known}

    def findings(self, entry: Entry | Unreadable) -> Iterator[Misfit]:
        """What does not fit of the next entry; they come by number."""
        yield from self._placed(entry)
        self.entries += 1
        if isinstance(entry, Unreadable):
            yield _finding(entry, CHANGED, "holds what nobody could have written")
            self.last, self._followed = Head(entry.sequence, ""), set()
            return
        right = hash_of(entry)
        if right != entry.hash:
            yield _finding(
                entry, CHANGED, f"says {entry.hash}, but what stands there hashes to {right}"
            )
        elif self._followed and entry.previous_hash not in self._followed and not self._accused:
            before = f"entry {self.last.sequence}" if self.last.sequence else "the beginning"
            yield _finding(
                entry, UNLINKED, f"does not follow {before}: one of the two was put in its place"
            )
        promised = self._known.get(entry.sequence, entry.hash)
        if promised != entry.hash:
            yield _finding(entry, REWRITTEN, f"was exported as {promised}, and is {entry.hash} now")
        self.last = Head(max(self.last.sequence, entry.sequence), entry.hash)
        self._followed, self._accused = {entry.hash, right}, right != entry.hash

    def _placed(self, entry: Entry | Unreadable) -> Iterator[Misfit]:
        wanted = self.last.sequence + 1
        if entry.sequence > wanted:
            yield from _missing(wanted, entry.sequence - 1)
            self._followed = set()  # nobody knows what it followed
        elif entry.sequence < wanted:
            yield _finding(entry, MISPLACED, f"stands where entry {wanted} should")
            self._followed = set()

    def end(self, head: Head | None) -> Iterator[Misfit]:
        """What does not fit of the end: `head` is where the chain should end, if anything says so."""
        last = self.last.sequence
        if head is None:
            if self.entries:
                yield Misfit(last, HEAD, f"Entry {last} is the last, but the chain has no head.")
        elif head.sequence > last:
            yield from _missing(last + 1, head.sequence)
        elif head.sequence < last:
            yield beyond(head.sequence + 1, last)
        elif self.last.hash and head.hash not in self._followed | {self.last.hash}:
            yield Misfit(
                last, HEAD, f"Entry {last} hashes to {self.last.hash}, the head says {head.hash}."
            )
        for sequence, _ in sorted(self._known.items()):
            if sequence > last and (head is None or sequence > head.sequence):
                yield Misfit(
                    sequence, MISSING, f"Entry {sequence} was exported and is not there any more."
                )


def _finding(entry: Entry | Unreadable, problem: str, rest: str) -> Misfit:
    return Misfit(entry.sequence, problem, f"Entry {entry.sequence} {rest}.")


def _missing(first: int, last: int) -> Iterator[Misfit]:
    what = f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
    yield Misfit(first, MISSING, f"{what} missing.")


def beyond(first: int, last: int) -> Misfit:
    """Entries that stand behind the head."""
    what = f"Entry {first} stands" if first == last else f"Entries {first} to {last} stand"
    return Misfit(first, BEYOND, f"{what} behind the head: put in by hand.")
