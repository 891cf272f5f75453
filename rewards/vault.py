"""Secrets at rest: AES-256-GCM under a key that is kept apart from the database.

Sealed bytes are `key id (8) ‖ nonce (12) ‖ ciphertext and tag`. What they belong to goes in as associated data, so that
sealed bytes moved to another row do not open.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rewards.errors import KeyMalformed, SealBroken, VaultKeyWrong

KEY_BYTES = 32
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12


class Vault:
    """Seals with `key` and opens what `key`, or one of the `older` keys, has sealed. Each key has 32 random bytes."""

    def __init__(self, key: bytes, older: tuple[bytes, ...] = ()) -> None:
        for each in (key, *older):
            if len(each) != KEY_BYTES:
                raise KeyMalformed(len(each))
        self._keys = {_key_id(each): each for each in (*older, key)}
        self._current = _key_id(key)
        # Fingerprints must not change with the key, or every one of them would look like a changed account: they are
        # made under the oldest key there is.
        self._print_key = hmac.digest((older or (key,))[0], b"opencall fingerprint", "sha256")

    @staticmethod
    def new_key() -> bytes:
        """A fresh random key."""
        return AESGCM.generate_key(bit_length=8 * KEY_BYTES)

    @property
    def key_id(self) -> str:
        """Names the key that seals, without telling anything about it: 16 hexadecimal digits."""
        return self._current.hex()

    def seal(self, secret: bytes, belongs_to: str) -> bytes:
        """Encrypt `secret`; only whoever names the same `belongs_to` can open it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, secret, belongs_to.encode())
        return self._current + nonce + sealed

    def open(self, sealed: bytes, belongs_to: str) -> bytes:
        """The secret. Raises `VaultKeyWrong` for a key that is not here, `SealBroken` for altered or moved bytes."""
        key_id = sealed[:_KEY_ID_BYTES]
        key = self._keys.get(key_id)
        if key is None:
            raise VaultKeyWrong(key_id.hex())
        nonce = sealed[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES]
        try:
            return AESGCM(key).decrypt(nonce, sealed[_KEY_ID_BYTES + _NONCE_BYTES :], belongs_to.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(belongs_to) from None

    def fingerprint(self, secret: bytes) -> str:
        """HMAC-SHA256 (hex): equal for equal secrets, and no help in guessing a short one without the key."""
        return hmac.digest(self._print_key, secret, "sha256").hex()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"opencall key id" + key).digest()[:_KEY_ID_BYTES]
