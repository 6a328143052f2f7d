"""
The one call that everything serves: a cart in, a priced cart out, with a reason on every line.

Words: *evaluation* (one cart priced once), *adjustment* (what changes an amount, and the rule, version and reason that
did), *step* (one decision on the way; a step whose context is absent is left out and named), *record* (the
evaluation as it was, durable before its answer leaves), *replay* (the same cart by the same recorded rules),
*order file* (real orders somebody uploaded), *back-test* (drafts tried over an order file or over records, beside the
rules of the moment), *touched* (a cart that would pay something else), *arm* (whose rules price a cart
while a release is rolled out: today's, the *candidate* ones, or, outside, today's because nobody knows who buys).
"""
