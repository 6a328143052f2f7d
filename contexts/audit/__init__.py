"""
Who did what, when, and to what: every decision, approval and administrative act, chained so that tampering shows.

Words: *entry* (one act, as it was told; numbered without gaps for each tenant), *hash* (of an entry with all that it
says and the hash of the entry before), *head* (the newest number and hash), *seal* (an entry that holds the digests
of many evaluations), *finding* (an entry that does not fit, by its number).
"""
