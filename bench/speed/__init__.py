"""The main table: tokens, requests and keyrings, compared with other packages, on one processor."""
