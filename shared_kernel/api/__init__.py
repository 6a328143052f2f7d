"""How the outside talks to us: principals, problem documents, two lanes, idempotency keys, ETags, pages and limits."""
