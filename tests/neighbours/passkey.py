"""An authenticator for passkeys (WebAuthn), in software: one key, no attestation."""

import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

PRESENT = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Passkey:
    """A passkey for the site `host`."""

    def __init__(self, host: str) -> None:
        self.host, self.id, self.user = host, os.urandom(16), ""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the credential that answers the site's creation `options`."""
        self.user = options["publicKey"]["user"]["id"]
        public = ES256.from_cryptography_key(self._key.public_key())
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        flags = PRESENT | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(sha256(self.host.encode()), flags, 0, credential)
        attestation = AttestationObject.create("none", data, {})
        client = self._client_data("webauthn.create", options)
        response = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(attestation),
        }
        return self._credential(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the assertion that answers the site's request `options`."""
        data = AuthenticatorData.create(sha256(self.host.encode()), PRESENT, 1)
        client = self._client_data("webauthn.get", options)
        signature = self._key.sign(data + client.hash, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.user,
        }
        return self._credential(response)

    def _client_data(self, kind: str, options: dict[str, Any]) -> CollectedClientData:
        challenge = options["publicKey"]["challenge"]
        return CollectedClientData.create(kind, challenge, f"https://{self.host}")

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
