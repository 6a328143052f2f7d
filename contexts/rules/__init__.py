"""
What people write: rules, their versions, and who approved what.

Words: *version* (a rule as it stands; never changes once submitted, an edit is a new one), *in review* (waits for a
colleague), *review* (a colleague's verdict, bound to the content's hash), *activate* (from now on it decides), *retire*
(from now on it does not), *pause* (not for a while), *stop* (no rule of a point decides), *roll-out* (a release
decides for some customers first; as a *shadow* for nobody). Life cycle: draft → in review → approved → scheduled →
active ⇄ paused → retired; a refused version is rejected.
"""
