"""simplejwt's blacklist, which is the table of sessions here: an ended one is blacklisted."""
