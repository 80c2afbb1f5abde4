"""The home page: the story of a key and a few tokens, with buttons. No script; a form a step."""

from datetime import datetime

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from django_jwtkit import keys, moments

from .acts import Visit
from .anatomy import Part, dissect
from .people import ADMIN, PASSWORDS
from .steps import STEPS, Step

# This page plays the client, and a client keeps its tokens: they lie in the visitor's Django session.
TOKENS = "story_tokens"
TURNS = "story_turns"
OPENED = {"login": "first", "again": "second", "pay": "payment"}


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """GET shows the story so far; POST takes the `step` named in the form, and returns to it."""
    if request.method != "POST":
        return render(request, "testproject/home.html", scene(request))
    name = request.POST.get("step", "")
    if name == "restart":
        for kept in (TOKENS, TURNS):
            request.session.pop(kept, None)
        return redirect("home")
    step = next((step for step in STEPS if step.name == name), None)
    if step is None:
        return HttpResponse("No such step.", status=400, content_type="text/plain")
    take(request, step)
    return redirect(f"{request.path}#{step.name}")


def take(request: HttpRequest, step: Step) -> None:
    """Do what a step does, and remember what was said."""
    tokens = request.session.get(TOKENS, {})
    if step.needs and step.needs not in tokens:
        return
    visit = Visit(f"127.0.0.1:{request.META['SERVER_PORT']}", tokens)
    turns = list(step.act(visit, step.holder))
    request.session[TOKENS] = visit.tokens
    request.session[TURNS] = {**request.session.get(TURNS, {}), step.name: turns}


def scene(request: HttpRequest) -> dict[str, object]:
    """All that the template shows."""
    tokens, turns = request.session.get(TOKENS, {}), request.session.get(TURNS, {})
    now = moments.now()
    following = next((step for step in STEPS if step.name not in turns), None)
    ring = keys.StoredKey.objects.filter(ring_id="access").order_by(F("sign_from").desc(nulls_last=True))
    return {
        "steps": [
            {
                "step": step,
                "next": step is following,
                "ready": not step.needs or step.needs in tokens,
                "turns": turns.get(step.name, ()),
                "parts": opened(tokens, turns, step),
            }
            for step in STEPS
        ],
        "begun": bool(turns),
        "ring": [line(key, now) for key in ring],
        "admin": {"name": ADMIN, "password": PASSWORDS[ADMIN]},
    }


def line(key: keys.StoredKey, now: datetime) -> dict[str, object]:
    """A key as the table shows it."""
    ends = [end for end in (key.sign_until, key.revoked_at) if end]
    state = key.state(now).name.replace("_", " ").lower()
    return {"kid": key.kid, "state": state, "from": key.sign_from, "until": min(ends, default=None)}


def opened(tokens: dict[str, str], turns: dict[str, object], step: Step) -> list[Part]:
    """The parts of the token that a step has just made."""
    token = tokens.get(OPENED.get(step.name, ""))
    return dissect(token) if token and step.name in turns else []
