"""Another process that is always faster."""

import uuid

from django_jwtkit.keys import Ring


class Overtaken:
    """Change the ring after each reading of it, as another process would: `losses` times, or always."""

    def __init__(self, losses=None):
        self.losses, self.looks = losses, 0

    def __call__(self, execute, sql, *more):
        answer = execute(sql, *more)
        if sql.startswith("SELECT") and "generation" in sql and self.losses != self.looks:
            self.looks += 1
            Ring.objects.filter(pk="access").update(generation=uuid.uuid4())
        return answer
