// Consumers of our tokens behind one pipe: a request a line on stdin, an answer a line on stdout, both JSON.
// A module exports `verify(token)`, or an app of express or fastify whose /orders needs a token.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const running = new Map();

const listen = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));

async function start(app) {
  if (typeof app === "function") return listen(createServer(app));
  return app.listen({ port: 0, host: "127.0.0.1" });
}

async function load(file) {
  const module = await import(pathToFileURL(file).href);
  if (module.verify) return async (token) => JSON.stringify(await module.verify(token));
  const address = await start(module.default);
  return async (token) => {
    const answer = await fetch(`${address}/orders`, { headers: { Authorization: `Bearer ${token}` } });
    const text = `${answer.status} ${await answer.text()}`;
    if (answer.status >= 500) throw Object.assign(new Error(text), { isFault: true });
    if (answer.status !== 200) throw new Error(text);
    return text;
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { file, token } = JSON.parse(line);
  if (!running.has(file)) running.set(file, load(file));
  const answer = await running
    .get(file)
    .then((verify) => verify(token))
    .then((accepted) => ({ accepted }), (error) => ({ [error.isFault ? "fault" : "refused"]: `${error.name}: ${error.message}` }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
