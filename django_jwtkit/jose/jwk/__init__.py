"""Keys (RFC 7517): one, a set of them, what each may be used for, and how they come in and go out."""
