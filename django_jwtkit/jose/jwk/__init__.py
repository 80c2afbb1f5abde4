"""Keys (RFC 7517): one key, a set of keys, their uses, and their formats."""
