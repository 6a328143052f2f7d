"""
Who may do what: people who sign in, and the API keys that act for a tenant.

Words: *principal* (somebody whose credential was proven), *scope* (`context:verb`, what it may do), *prefix* (the
part of a key that may be shown), *digest* (the SHA-256 of a key; the key itself is never kept). A key that belongs to
a person acts in that person's name, so nobody becomes somebody else by changing the credential.
"""
