"""What a real browser loads: the script of our documents, a scenario, and a page of another site."""

import json
import re
from pathlib import Path
from queue import Queue

from django.http import HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tests.browser.project import Orders

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tokens-in-cookies.md"
CLIENT = re.search(r"```js\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
HTML = '<!doctype html><script type="module" src="/{script}.js"></script>'
reports: "Queue[dict[str, object]]" = Queue()
writes: "Queue[tuple[list[str], int]]" = Queue()  # the cookies of each POST to orders/, and its answer

SCENARIO = """
import { call, login, logout } from "/auth.js";
const seen = {};
const names = async () => (await fetch("/cookies/")).json();
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const status = async (answer) => (await answer).status;
const post = { method: "POST" };
try {
  seen.anonymous = await status(call("/orders/"));
  seen.login = await status(login("alice", "correct horse battery staple"));
  seen.read = await status(call("/orders/"));
  seen.write = await status(call("/orders/", post));
  seen.forged = await status(fetch("/orders/", post));
  seen.script = document.cookie;
  seen.away = await names();
  await wait(6500);
  seen.expired = await names();
  seen.renewed = await status(call("/orders/"));
  const token = (await fetch("/auth/csrf/")).headers.get("X-CSRFToken");
  const refresh = () => fetch("/auth/token/refresh/", { method: "POST", headers: { "X-CSRFToken": token } });
  seen.tabs = await Promise.all(Array.from({ length: 10 }, () => status(refresh())));
  seen.after = await status(call("/orders/"));
  await wait(6500);
  seen.logout = await status(logout());
  seen.below = await (await fetch("/auth/cookies/")).json();
  seen.over = await status(call("/orders/"));
  await login("alice", "correct horse battery staple");
} catch (error) {
  seen.error = String(error);
}
await fetch("/report/", { method: "POST", body: JSON.stringify(seen) });
location.href = location.href.replace("localhost", "127.0.0.1").replace("/page/", "/other/");
"""
OTHER_SITE = """
const site = location.origin.replace("127.0.0.1", "localhost");
const attempt = async (options) => {
  try {
    return (await fetch(site + "/orders/", { credentials: "include", ...options })).status;
  } catch {
    return "refused";
  }
};
const seen = { read: await attempt({}), write: await attempt({ method: "POST" }) };
await fetch("/report/", { method: "POST", body: JSON.stringify(seen) });
const form = document.createElement("form");
Object.assign(form, { method: "POST", action: site + "/orders/" });
document.body.append(form);
form.submit();
"""
SCRIPTS = {"auth": CLIENT, "scenario": SCENARIO, "other": OTHER_SITE}


def script(request, name):
    return HttpResponse(SCRIPTS[name], content_type="text/javascript")


def cookies(request):
    """Say which cookies came, by name."""
    return JsonResponse(sorted(request.COOKIES), safe=False)


@csrf_exempt
def report(request):
    reports.put(json.loads(request.body))
    return HttpResponse(status=204)


def orders(request):
    answer = Orders.as_view()(request)
    if request.method == "POST":
        writes.put((sorted(request.COOKIES), answer.status_code))
    return answer


urlpatterns = [
    path("page/", lambda request: HttpResponse(HTML.format(script="scenario"))),
    path("other/", lambda request: HttpResponse(HTML.format(script="other"))),
    path("<str:name>.js", script),
    path("orders/", csrf_exempt(orders)),
    path("cookies/", cookies),
    path("auth/cookies/", cookies),
    path("report/", report),
    path("auth/", include("django_jwtkit.drf.cookie_urls")),
]
