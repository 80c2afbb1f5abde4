"""The common parts of all compact tokens: base64url, strict JSON, and the JOSE Header."""
