"""
What happened, kept: one append-only table that is event log, outbox, audit trail and event store.

`publish` writes here inside the unit of work; the relay hands each event to the queue of every context that hears
it; a listener's inbox row is written with its effect, so the effect happens once. Words: *stream* (one aggregate's
events, numbered), *delivery* (one event on its way to one context), *parked* (a delivery that failed too often and
waits for a person), *inbox* (what a context has heard).
"""
