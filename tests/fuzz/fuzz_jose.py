"""Fuzz everything that strangers send: tokens, keys, the Authorization header.

    F=$(mktemp -d) && python3.11 -m venv $F && $F/bin/pip install atheris .  # it runs on some Pythons only
    $F/bin/python -m tests.fuzz.fuzz_jose $F/corpus -max_total_time=600 -artifact_prefix=$F/

The first argument is the folder of the corpus: it is made and sown where it is missing. All the others are
libFuzzer's. An input that crashes is kept as `crash-…`; name that file as the only argument to see it again.

The first octet of an input chooses a row of `TARGETS`, the rest is what that row reads. A result or a refusal
of ours is fine; anything else is a finding, and so is what takes longer than five seconds.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import atheris

# A database in memory, migrated once: the Authorization header goes the whole way.
os.environ["DJANGO_SETTINGS_MODULE"] = "testproject.settings"
os.environ["JWTKIT_SQLITE"] = ":memory:"

with atheris.instrument_imports(include=["django_jwtkit"]):
    import django

    django.setup()
    from django.core.management import call_command
    from django.http import HttpRequest

    from django_jwtkit.drf import JWTAuthentication
    from django_jwtkit.drf.challenges import Refused
    from django_jwtkit.errors import KeyUnusableError, TokenError
    from django_jwtkit.jose import Key, KeySet, jwe, jws, jwt, unverified_header
    from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
    from django_jwtkit.jose.jwa.key_management import ALGORITHMS as KEY_MANAGEMENT
    from django_jwtkit.jose.jwa.signatures import ALGORITHMS
    from django_jwtkit.jose.wire.encoding import b64u_encode

NOW: Final = 1_800_000_000
DICTIONARY: Final = Path(__file__).with_name("jose.dict")
LIMITS: Final = (f"-dict={DICTIONARY}", "-max_len=9000", "-timeout=5", "-rss_limit_mb=1024")

# Fixed octets, so that an input that was found stays one.
MAC: Final = Key.from_dict({"kty": "oct", "k": b64u_encode(bytes(range(32)))}, alg="HS256", kid="mac")
DIRECT: Final = Key.from_dict({"kty": "oct", "k": b64u_encode(bytes(range(32, 64)))}, alg="dir", kid="dir")
SIGNERS: Final = [
    MAC,
    *(Key.generate(alg, kid=alg) for alg in ("RS256", "PS256", "ES256", "Ed25519", "ML-DSA-44")),
]
WRAPPERS: Final = [DIRECT, *(Key.generate(alg, kid=alg) for alg in KEY_MANAGEMENT if alg != "dir")]
SIGNING: Final = KeySet(SIGNERS)
DECRYPTING: Final = KeySet(WRAPPERS)
ALL_JWS: Final = {"algorithms": frozenset(ALGORITHMS)}
ALL_JWE: Final = {"algorithms": frozenset(KEY_MANAGEMENT), "encryptions": frozenset(ENCRYPTIONS)}
EXPECTED: Final = {"issuer": "i", "audience": "a", "now": NOW}


def decode(octets: bytes) -> object:
    """A JWT, as it comes."""
    return jwt.decode(octets, SIGNING, **ALL_JWS, **EXPECTED, typ="at+jwt")


def claims(octets: bytes) -> object:
    """Any payload at all, soundly signed: the strict parser, and the claims behind the signature."""
    return jwt.decode(jws.sign(octets, MAC), MAC, algorithms={"HS256"}, **EXPECTED, leeway=5)


def protected(octets: bytes) -> object:
    """Any JOSE Header at all, up to a line feed, and then the signature."""
    header, _, signature = octets.partition(b"\n")
    text = f"{b64u_encode(header)}.e30.{b64u_encode(signature)}"
    return jws.verify(text, SIGNING, **ALL_JWS)


def envelope(octets: bytes) -> object:
    """Any JOSE Header up to a line feed, then an encrypted key; the rest is as long as GCM has it."""
    header, _, encrypted_key = octets.partition(b"\n")
    pieces = (header, encrypted_key, bytes(12), b"ciphertext", bytes(16))
    return jwe.decrypt(".".join(map(b64u_encode, pieces)), DECRYPTING, **ALL_JWE)


def nested(octets: bytes) -> object:
    """Anything, soundly encrypted, where a JWS has to be."""
    text = jwe.encrypt(octets, DIRECT, header={"cty": "JWT"})
    return jwt.decode(text, SIGNING, **ALL_JWS, **EXPECTED, decrypt_with=DIRECT, max_length=16_000)


def jwk(octets: bytes) -> object:
    """Any JSON object as a key: with its own alg, or with one that the caller names before a line feed."""
    alg, _, text = octets.rpartition(b"\n")
    return Key.from_dict(_json(text), alg=alg.decode("latin-1") or None).to_dict()


def jwk_set(octets: bytes) -> object:
    """Any JSON as a JWK Set."""
    return KeySet.from_dict(_json(octets)).to_dict()


def pem(octets: bytes) -> object:
    """Anything as PEM, for the alg that stands before the first line feed."""
    alg, _, text = octets.partition(b"\n")
    return Key.from_pem(text, alg=alg.decode("latin-1")).to_dict()


def authorization(octets: bytes) -> object:
    """The header of a request, as a WSGI server decodes it."""
    request = HttpRequest()
    request.META["HTTP_AUTHORIZATION"] = octets.decode("latin-1")
    return JWTAuthentication().authenticate(request)


def _json(octets: bytes) -> object:
    """Return what a lenient reader makes of `octets`: a JWK comes from a file or a peer, not through us."""
    try:
        return json.loads(octets)
    except (ValueError, RecursionError):
        return {}


TARGETS: Final[tuple[Callable[[bytes], object], ...]] = (
    decode,
    claims,
    protected,
    envelope,
    nested,
    jwk,
    jwk_set,
    pem,
    authorization,
    unverified_header,
    lambda octets: jws.verify(octets, SIGNING, **ALL_JWS),
    lambda octets: jwe.decrypt(octets, DECRYPTING, **ALL_JWE),
)


def one_input(octets: bytes) -> None:
    """Hand `octets` to the target that they name."""
    if not octets:
        return
    try:
        TARGETS[octets[0] % len(TARGETS)](octets[1:])
    except (TokenError, KeyUnusableError, Refused):
        return


def seeds() -> Iterator[bytes]:
    """Yield an input or more for each target."""
    token = jwt.encode(
        {"sub": "1", "iss": "i", "aud": "a", "exp": NOW + 60, "iat": NOW}, MAC, typ="at+jwt"
    ).encode()
    sealed = [jwe.encrypt(token, key, header={"cty": "JWT"}).encode() for key in WRAPPERS]
    public = [key.public() for key in (*SIGNERS, *WRAPPERS) if key.kty != "oct"]
    jwks = [json.dumps(key.to_dict()).encode() for key in public]
    private = [json.dumps(key.to_dict(private=True)).encode() for key in SIGNERS]
    yield from (bytes([target]) + text for target in (0, 4, 9, 10) for text in (token, *_signed()))
    yield b"\x01" + b'{"sub":"1","iss":"i","aud":["a"],"exp":1800000060,"nbf":1.5,"iat":1800000000,"jti":"x"}'
    yield from (bytes([2]) + unverified_text(text) + b"\n" + bytes(64) for text in _signed())
    yield from (bytes([3]) + unverified_text(text) + b"\n" + bytes(40) for text in sealed)
    yield from (b"\x05\n" + text for text in (*jwks, *private))
    yield b"\x06" + b'{"keys":[' + b",".join(jwks) + b"]}"
    yield from (b"\x07" + key.alg.encode() + b"\n" + key.to_pem() for key in public)
    yield from (b"\x07" + key.alg.encode() + b"\n" + key.to_pem(private=True) for key in SIGNERS[1:])
    yield b"\x08Bearer " + token
    yield from (b"\x0b" + text for text in sealed)


def unverified_text(text: bytes) -> bytes:
    """Return the JOSE Header of `text` as JSON."""
    return json.dumps(unverified_header(text)).encode()


def _signed() -> Iterator[bytes]:
    return (jws.sign(b"{}", key).encode() for key in SIGNERS)


def sow(corpus: Path) -> None:
    """Make the folder of the corpus, unless it is there."""
    if corpus.exists():
        return
    corpus.mkdir(parents=True)
    for number, octets in enumerate(seeds()):
        corpus.joinpath(f"seed-{number:03}").write_bytes(octets)


def main() -> None:
    """Fuzz until libFuzzer stops."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    logging.disable()
    call_command("migrate", verbosity=0)
    sow(Path(sys.argv[1]))
    atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[1:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
