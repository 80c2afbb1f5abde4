"""The main table: tokens, requests and keyrings, ours next to others, on one processor."""
