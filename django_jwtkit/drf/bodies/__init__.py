"""Bodies of requests and answers: parsers, fields and serializers."""
