// app.js: shows the login form or the account. Only the server knows which: no script can read the cookies.
import "./exchanges.js";
import { call, login, logout } from "./auth.js";

const element = (id) => document.getElementById(id);
const post = { method: "POST" };

function say(words) {
  element("status").textContent = words;
}

async function explain(answer) {
  if (answer.status === 401) return "You are logged out. Log in again.";
  const { detail } = await answer.json().catch(() => ({}));
  return `The server answered ${answer.status}. ${detail ?? ""}`;
}

// Do what a button asks for, say how it went, and show the page that belongs to the answer.
async function act(request, words) {
  const answer = await request();
  say(answer.ok ? words : await explain(answer));
  await show();
}

async function show() {
  const answer = await call("/api/me/");
  if (!answer.ok && answer.status !== 401) return say(await explain(answer));
  if (answer.ok) {
    element("name").textContent = (await answer.json()).username;
    await showSessions();
  }
  if (!answer.ok) element("answer").textContent = ""; // the next user must not see it
  const hasChanged = element("account").hidden === answer.ok;
  element("visitor").hidden = answer.ok;
  element("account").hidden = !answer.ok;
  // The button that had the focus is gone: a keyboard goes on at the new part of the page.
  if (hasChanged) element(answer.ok ? "welcome" : "username").focus();
}

async function showSessions() {
  const answer = await call("/auth/sessions/");
  if (answer.ok) element("sessions").replaceChildren(...(await answer.json()).map(describe));
}

// A client chooses the text of its user agent, so it is set as text, never as HTML.
function describe(session) {
  const line = element("session").content.cloneNode(true);
  const client = session.current ? "This browser" : session.user_agent || "A client without a name";
  const start = new Date(session.created_at);
  line.querySelector(".client").textContent = client;
  line.querySelector(".address").textContent = session.address;
  line.querySelector("time").textContent = start.toLocaleString();
  line.querySelector("time").dateTime = session.created_at;
  const button = line.querySelector("button");
  button.setAttribute("aria-label", `End the session of ${client}, ${start.toLocaleString()}`);
  button.addEventListener("click", () => {
    act(() => call(`/auth/sessions/${session.id}/`, { method: "DELETE" }), "The session has ended.");
  });
  return line;
}

element("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await login(element("username").value, element("password").value);
  element("password").value = "";
  if (answer.status === 401) return say("The user name or the password is wrong.");
  say(answer.ok ? "" : await explain(answer));
  await show();
});

element("call").addEventListener("click", async () => {
  const answer = await call("/api/me/");
  if (!answer.ok) return act(() => answer);
  element("answer").textContent = JSON.stringify(await answer.json(), null, 2);
});

element("logout").addEventListener("click", () => act(logout, "You are logged out."));
element("logout_all").addEventListener("click", () => {
  act(() => call("/auth/logout/all/", post), "You are logged out in every browser and app.");
});

// A request that never reached the server.
addEventListener("unhandledrejection", () => say("The server does not answer. Try again."));

show();
