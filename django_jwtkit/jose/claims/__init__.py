"""The Claims Set (RFC 7519 §4): what the caller expects of one, and whether one meets it."""
