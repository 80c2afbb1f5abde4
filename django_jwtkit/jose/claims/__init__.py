"""The Claims Set (RFC 7519 §4): the expectation of a caller, and its validation."""
