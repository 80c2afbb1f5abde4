// auth.js: the whole client. Log in with login(); then use call() instead of fetch().
let csrf = "";

async function send(path, options = {}) {
  const headers = { ...options.headers, "X-CSRFToken": csrf };
  return fetch(path, { credentials: "same-origin", ...options, headers });
}

async function prepare() {
  if (!csrf) csrf = (await fetch("/auth/csrf/")).headers.get("X-CSRFToken");
}

export async function login(username, password) {
  await prepare();
  const body = JSON.stringify({ username, password });
  return send("/auth/token/", { method: "POST", headers: { "Content-Type": "application/json" }, body });
}

export async function call(path, options) {
  await prepare();
  const answer = await send(path, options);
  if (answer.status !== 401) return answer;
  // One tab refreshes at a time. A tab that has waited asks again first: another one may have refreshed.
  return navigator.locks.request("refresh", async () => {
    const again = await send(path, options);
    if (again.status !== 401) return again;
    const refreshed = await send("/auth/token/refresh/", { method: "POST" });
    return refreshed.ok ? send(path, options) : again; // if it is refused, show the login form
  });
}

export async function logout() {
  await prepare();
  return send("/auth/logout/", { method: "POST" });
}
