"""How many requests a second a small project answers, under gunicorn, asked by wrk, both on this machine."""
