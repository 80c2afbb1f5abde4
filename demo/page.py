"""The pages: the story with a button for each step, which works without script, and the browser app."""

from collections.abc import Container, Iterator
from datetime import datetime

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from demo.people import ADMIN, ALICE, PASSWORDS
from demo.story import STORY, BrokenPromiseError, Player, Step, Turn
from demo.story.anatomy import Part, dissect
from django_jwtkit import keys, moments

# This page plays the client, and a client keeps its tokens: they are in the visitor's Django session.
TOKENS = "story_tokens"
TURNS = "story_turns"
# Steps after which others get another answer.
TURNING_POINTS = ("rotate", "revoke", "logout")


@require_safe
def browser_app(request: HttpRequest) -> HttpResponse:
    """Show the page of the browser app; its scripts do the rest."""
    return render(request, "demo/app.html", {"name": ALICE, "password": PASSWORDS[ALICE]})


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """GET shows the story so far; POST does the `step` named in the form, and redirects to it."""
    if request.method != "POST":
        return render(request, "demo/home.html", story_so_far(request))
    name = request.POST.get("step", "")
    if name == "restart":
        for key in (TOKENS, TURNS):
            request.session.pop(key, None)
        return redirect("home")
    step = next((step for step in STORY if step.name == name), None)
    if step is None:
        return HttpResponse("No such step.", status=400, content_type="text/plain")
    do_step(request, step)
    return redirect(f"{request.path}#{step.name}")


def do_step(request: HttpRequest, step: Step) -> None:
    """Do a step, unless it lacks a token, and store what happened in the visitor's session."""
    player = Player(f"127.0.0.1:{request.META['SERVER_PORT']}", request.session.get(TOKENS, {}))
    if not set(step.needs) <= set(player.tokens):
        return
    turns: list[Turn] = []
    try:
        turns.extend(step.act(player))
    except BrokenPromiseError as broken:  # a visitor may press the buttons in another order
        reasons = [str(broken).partition("\n")[0], *out_of_order(step, request.session.get(TURNS, {}))]
        turns.append(Turn("", "\n".join(reasons), good=False))
    request.session[TOKENS] = player.tokens
    request.session[TURNS] = {**request.session.get(TURNS, {}), step.name: [turn._asdict() for turn in turns]}


def out_of_order(step: Step, done: Container[str]) -> Iterator[str]:
    """Yield which other steps explain that this one broke its promise."""
    place = STORY.index(step)
    for number, other in enumerate(STORY):
        if other.name not in TURNING_POINTS:
            continue
        title = f"Step {number + 1} (“{other.title}”)"
        if number < place and other.name not in done:
            yield f"{title} comes first. Press its button, then this one again."
        elif number > place and other.name in done:
            yield f"{title} has already been done, and comes later in the story. “Begin again” starts anew."


def story_so_far(request: HttpRequest) -> dict[str, object]:
    """Return the context of the template."""
    tokens, turns = request.session.get(TOKENS, {}), request.session.get(TURNS, {})
    now = moments.now()
    following = next((step for step in STORY if step.name not in turns), None)
    ring = keys.StoredKey.objects.filter(ring_id="access").order_by(F("sign_from").desc(nulls_last=True))
    return {
        "steps": [
            {
                "step": step,
                "next": step is following,
                "ready": set(step.needs) <= set(tokens),
                "turns": turns.get(step.name, ()),
                "broken": any(not turn["sent"] for turn in turns.get(step.name, ())),
                "parts": token_parts(tokens, turns, step),
            }
            for step in STORY
        ],
        "begun": bool(turns),
        "ring": [key_row(key, now) for key in ring],
        "admin": {"name": ADMIN, "password": PASSWORDS[ADMIN]},
    }


def key_row(key: keys.StoredKey, now: datetime) -> dict[str, object]:
    """Return a key as the table shows it."""
    ends = [end for end in (key.sign_until, key.revoked_at) if end]
    state = key.state(now).name.replace("_", " ").lower()
    return {"kid": key.kid, "state": state, "from": key.sign_from, "until": min(ends, default=None)}


def token_parts(tokens: dict[str, str], turns: dict[str, object], step: Step) -> list[Part]:
    """Return the parts of the token that a step has made."""
    return dissect(tokens[step.makes]) if step.makes in tokens and step.name in turns else []
