"""What the names stand for: kinds of our tokens, sessions of ours, users of ours."""
