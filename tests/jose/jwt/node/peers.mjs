// Two peers behind one pipe: a request a line on stdin, an answer a line on stdout, both JSON.
// node peers.mjs FOLDER, where FOLDER/node_modules holds `jose` and `jsonwebtoken`.
import { createPrivateKey, createPublicKey } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { resolve: find } = createRequire(join(resolve(process.argv[2]), "of-the-peers.js"));
const load = (name) => import(pathToFileURL(find(name)).href);
const jose = await load("jose");
const { default: jsonwebtoken } = await load("jsonwebtoken");

const octets = (text) => new TextEncoder().encode(text);
const text = (found) => new TextDecoder().decode(found);

// jsonwebtoken takes node's own keys, and the octets of a secret.
const native = (jwk, read) => (jwk.kty === "oct" ? Buffer.from(jwk.k, "base64url") : read({ key: jwk, format: "jwk" }));

const PEERS = {
  jose: {
    sign: async ({ payload, header, key }) =>
      new jose.CompactSign(octets(payload)).setProtectedHeader(header).sign(await jose.importJWK(key, header.alg)),
    verify: async ({ token, alg, key }) => {
      const seen = await jose.compactVerify(token, await jose.importJWK(key, alg), { algorithms: [alg] });
      return text(seen.payload);
    },
    encrypt: async ({ payload, header: { apu, apv, ...header }, key }) => {
      const making = new jose.CompactEncrypt(octets(payload)).setProtectedHeader(header);
      if (apu) making.setKeyManagementParameters({ apu: octets(apu), apv: octets(apv) });
      return making.encrypt(await jose.importJWK(key, header.alg));
    },
    decrypt: async ({ token, alg, key }) => {
      const seen = await jose.compactDecrypt(token, await jose.importJWK(key, alg), { keyManagementAlgorithms: [alg] });
      return text(seen.plaintext);
    },
  },
  jsonwebtoken: {
    sign: ({ payload, header, key }) =>
      jsonwebtoken.sign(JSON.parse(payload), native(key, createPrivateKey), { algorithm: header.alg, header }),
    verify: ({ token, alg, key }) =>
      JSON.stringify(jsonwebtoken.verify(token, native(key, createPublicKey), { algorithms: [alg] })),
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { peer, act, ...request } = JSON.parse(line);
  const answer = await Promise.resolve(request)
    .then(PEERS[peer][act])
    .then((result) => ({ result }), (error) => ({ refused: `${error.name}: ${error.message}` }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
