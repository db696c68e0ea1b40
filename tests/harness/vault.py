"""Opens what the store keeps sealed, by the format that bot/core/vault.c describes: a second reading of it."""

import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def phones(db, master):
    """{name: telephone or None} of all people, with the bytes of the master key."""
    keys = {id: AESGCM(master).decrypt(nonce, sealed, f"vault_key/{id}".encode())
            for id, nonce, sealed in db.execute("SELECT id, nonce, sealed FROM vault_key")}

    def opened(person, sealed):
        if sealed is None:
            return None
        version, key = struct.unpack(">BI", sealed[:5])
        assert version == 1
        return AESGCM(keys[key]).decrypt(sealed[5:17], sealed[17:], f"person.phone_sealed/{person}".encode()).decode()

    return {name: opened(person, sealed) for person, name, sealed in
            db.execute("SELECT id, name, phone_sealed FROM person")}
