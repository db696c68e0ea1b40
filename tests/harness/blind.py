"""The voter's side of RSABSSA-SHA384-PSS-Randomized, written from RFC 9474 and RFC 8017 with nothing but integers."""

import hashlib
import secrets

E, SALT, PREFIX = 65537, 48, 32


def _mgf(seed, length):
    blocks = (hashlib.sha384(seed + i.to_bytes(4, "big")).digest() for i in range(-(-length // 48)))
    return b"".join(blocks)[:length]


def _xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def encode(message, bits, salt):
    """EMSA-PSS-ENCODE (RFC 8017, 9.1.1) with SHA-384, for so many bits."""
    length = -(-bits // 8)
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(length - len(salt) - 48 - 2) + b"\x01" + salt
    masked = bytearray(_xor(block, _mgf(digest, len(block))))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + digest + b"\xbc"


def verify(n, message, signature):
    """RSASSA-PSS-VERIFY with a salt of 48 bytes."""
    bits, size = n.bit_length() - 1, -(-n.bit_length() // 8)
    if len(signature) != size or int.from_bytes(signature, "big") >= n:
        return False
    length = -(-bits // 8)
    em = pow(int.from_bytes(signature, "big"), E, n).to_bytes(length, "big")
    masked, digest = em[:length - 49], em[length - 49:-1]
    block = bytearray(_xor(masked, _mgf(digest, len(masked))))
    block[0] &= 0xFF >> (8 * length - bits)
    return em == encode(message, bits, bytes(block[-SALT:]))


class Blinded:
    """One message on its way to the signer: `prepared` is kept, `blinded` is sent."""

    def __init__(self, n, message, prefix=None, salt=None, r=None):
        self.n, self.size = n, -(-n.bit_length() // 8)
        self.prefix = prefix or secrets.token_bytes(PREFIX)
        self.prepared = self.prefix + message
        m = int.from_bytes(encode(self.prepared, n.bit_length() - 1, salt or secrets.token_bytes(SALT)), "big")
        r = r or secrets.randbelow(n - 2) + 1
        self.inverse = pow(r, -1, n)
        self.blinded = (m * pow(r, E, n) % n).to_bytes(self.size, "big")

    def finalize(self, signature):
        """The signature of the prepared message, from that of the blinded one; ValueError when it is none."""
        s = (int.from_bytes(signature, "big") * self.inverse % self.n).to_bytes(self.size, "big")
        if not verify(self.n, self.prepared, s):
            raise ValueError("the signer has not signed what it was given")
        return s
