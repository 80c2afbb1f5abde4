"""Node's `jose` and `jsonwebtoken`: what they make we read, and what we make they read.

They are looked for in the folder that `JWTKIT_NODE` names, by default `.tox/node`:
`npm install --prefix .tox/node jose@6 jsonwebtoken@9`.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import pytest

from django_jwtkit.errors import TokenError
from django_jwtkit.jose import Key, jwe, jws, jwt
from django_jwtkit.jose.wire.encoding import b64u_encode
from tests.jose.encryption import CASES, opened
from tests.jose.signing import key
from tests.support import services

HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = Path(os.environ.get("JWTKIT_NODE", HERE.parents[2] / ".tox" / "node"))

# What they have of ours. `jose` drops what WebCrypto has not got: ES256K, Ed448, X448; ML-DSA needs Node 24.
HMAC_RSA_EC: Final = (
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512", "ES256", "ES384", "ES512"),
)
SIGNED: Final = [("jose", alg) for alg in (*HMAC_RSA_EC, "Ed25519")] + [
    ("jsonwebtoken", alg) for alg in HMAC_RSA_EC
]
ENCRYPTED: Final = [item for item in CASES if item.crv != "X448"]
CLAIMS: Final = {"sub": "42", "name": "Žofie ✓", "iat": 1_800_000_000, "exp": 4_000_000_000}


@dataclass(frozen=True)
class Node:
    """The process that both peers live in."""

    requests: IO[str]
    answers: IO[str]

    def ask(self, peer: str, act: str, **request: object) -> str:
        """Return what the peer makes; raise `ValueError` with its words where it refuses."""
        self.requests.write(json.dumps({"peer": peer, "act": act, **request}) + "\n")
        self.requests.flush()
        answer = json.loads(self.answers.readline())
        if "refused" in answer:
            raise ValueError(answer["refused"])
        return answer["result"]


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Node with its two packages, or no test."""
    program = shutil.which("node")
    if program is None or not all(
        FOLDER.joinpath("node_modules", name).is_dir() for name in ("jose", "jsonwebtoken")
    ):
        services.missing(
            f"needs node, and in {FOLDER} its packages: npm install --prefix FOLDER jose@6 jsonwebtoken@9"
        )
    command = [program, HERE / "node" / "peers.mjs", FOLDER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as process:
        yield Node(process.stdin, process.stdout)
        process.stdin.close()


def bare(item: Key, *, private: bool) -> dict[str, object]:
    """Return the JWK without alg and use; a symmetric key is never public."""
    jwk = item.to_dict(private=private or item.kty == "oct")
    return {name: value for name, value in jwk.items() if name not in {"alg", "use"}}


@pytest.mark.parametrize(("peer", "alg"), SIGNED)
def test_node_reads_what_we_sign(node, peer, alg):
    """Each signature algorithm that we share."""
    item = key(alg)
    token = jwt.encode(CLAIMS, item, typ="at+jwt")
    assert json.loads(node.ask(peer, "verify", token=token, alg=alg, key=bare(item, private=False))) == CLAIMS


@pytest.mark.parametrize(("peer", "alg"), SIGNED)
def test_we_read_what_node_signs(node, peer, alg):
    """Each signature algorithm that we share; where a character is changed, neither reads it."""
    item = key(alg)
    header = {"alg": alg, "kid": item.kid, "typ": "at+jwt"}
    token = node.ask(peer, "sign", payload=json.dumps(CLAIMS), header=header, key=bare(item, private=True))
    assert jwt.decode(token, item, algorithms={alg}, typ="at+jwt", now=1_800_000_001) == CLAIMS
    protected, _, signature = token.split(".")
    forged = f"{protected}.{b64u_encode(json.dumps(CLAIMS | {'sub': '1'}).encode())}.{signature}"
    with pytest.raises(TokenError):
        jws.verify(forged, item, algorithms={alg})
    with pytest.raises(ValueError, match="signature"):
        node.ask(peer, "verify", token=forged, alg=alg, key=bare(item, private=False))


@pytest.mark.parametrize("item", ENCRYPTED, ids=str)
def test_node_reads_what_we_encrypt(node, item):
    """Each alg, curve and enc that we share; with apu and apv where there is an agreement."""
    parties = {"apu": "QWxpY2U", "apv": "Qm9i"} if item.crv else {}
    token = jwe.encrypt("für dich".encode(), item.key, enc=item.enc, header=parties)
    assert (
        node.ask("jose", "decrypt", token=token, alg=item.alg, key=bare(item.key, private=True)) == "für dich"
    )


@pytest.mark.parametrize("item", ENCRYPTED, ids=str)
def test_we_read_what_node_encrypts(node, item):
    """Each alg, curve and enc that we share; it needs no more than our public key."""
    header = {"alg": item.alg, "enc": item.enc, "kid": item.key.kid}
    parties = {"apu": "Alice", "apv": "Bob"} if item.crv else {}
    public = bare(item.key, private=False)
    token = node.ask("jose", "encrypt", payload="für dich", header=header | parties, key=public)
    assert opened(token, item.key).decode() == "für dich"


def test_nested_tokens_go_both_ways(node):
    """Signed, then encrypted: two steps in `jose`, one call here."""
    signer, recipient = Key.generate("ES256"), Key.generate("RSA-OAEP-256", size=2048)
    claims = CLAIMS | {"exp": int(time.time()) + 60, "iat": int(time.time())}
    ours = jwt.encode(claims, signer, encrypt_to=recipient.public())
    inner = node.ask("jose", "decrypt", token=ours, alg="RSA-OAEP-256", key=bare(recipient, private=True))
    result = node.ask("jose", "verify", token=inner, alg="ES256", key=bare(signer, private=False))
    assert json.loads(result) == claims

    header = {"alg": "ES256", "kid": signer.kid}
    inner = node.ask(
        "jose", "sign", payload=json.dumps(claims), header=header, key=bare(signer, private=True)
    )
    outer = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": recipient.kid}
    theirs = node.ask("jose", "encrypt", payload=inner, header=outer, key=bare(recipient, private=False))
    assert jwt.decode(theirs, signer.public(), algorithms={"ES256"}, decrypt_with=recipient) == claims
