"""The names of djangorestframework-simplejwt, as thin faces on our rooms: replace the import prefix.

A refresh token stands for a session, and an access token is one of ours. `docs/coming-from-simplejwt.md`
lists every name, and what differs on purpose.
"""
