"""WeCom's callback cryptography, both directions, written from the platform's description."""

import base64
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def aes_key(encoding_aes_key):
    """The 32 bytes behind the 43 characters; the two bits the last one has too many are ignored."""
    assert len(encoding_aes_key) == 43, "an EncodingAESKey has 43 characters"
    bits = 0
    for c in encoding_aes_key:
        bits = bits << 6 | ALPHABET.index(c)
    return (bits >> 2).to_bytes(32, "big")


def signature(token, timestamp, nonce, encrypt):
    """msg_signature: SHA-1 over the four strings, sorted by bytes and joined."""
    parts = sorted(str(x).encode() for x in (token, timestamp, nonce, encrypt))
    return hashlib.sha1(b"".join(parts)).hexdigest()


def encrypt(key, message, receiveid, prefix=None, pad_to=32):
    """Base64 of AES-CBC(16 random bytes ‖ length ‖ message ‖ receiveid), PKCS#7 to a multiple of 32."""
    plain = (prefix or os.urandom(16)) + struct.pack(">I", len(message)) + message + receiveid.encode()
    pad = pad_to - len(plain) % pad_to
    plain += bytes([pad]) * pad
    e = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(e.update(plain) + e.finalize()).decode()


def decrypt(key, text):
    """(message, receiveid, padding) of what encrypt() made; ValueError when it is not that."""
    d = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = d.update(base64.b64decode(text, validate=True)) + d.finalize()
    pad = plain[-1]
    if not 1 <= pad <= 32 or plain[-pad:] != bytes([pad]) * pad:
        raise ValueError("bad padding")
    plain = plain[16:-pad]
    length = struct.unpack(">I", plain[:4])[0]
    if length > len(plain) - 4:
        raise ValueError("bad length")
    return plain[4:4 + length], plain[4 + length:].decode(), pad
