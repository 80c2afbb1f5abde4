"""What all compact tokens have in common: base64url, strict JSON, and the JOSE Header."""
