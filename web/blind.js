// RSABSSA-SHA384-PSS-Randomized (RFC 9474), the voter's side: BigInt and crypto.subtle, nothing else. The random
// numbers can be given, for the RFC's test vectors.

const E = 65537n;
const SALT = 48;
const HASH = 48;
export const PREFIX = 32;

/** Whether this browser can do it: crypto.subtle is there on https and localhost only. */
export function canBlind() {
    return typeof BigInt === 'function' && Boolean(window.crypto && window.crypto.subtle);
}

/** Bytes as lower-case hexadecimal digits. */
export function toHex(bytes) {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Hexadecimal digits as bytes. */
export function fromHex(hex) {
    return Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
}

/** So many random bytes. */
export function random(length) {
    return crypto.getRandomValues(new Uint8Array(length));
}

function toNumber(bytes) {
    return BigInt('0x' + (toHex(bytes) || '0'));
}

function toBytes(number, length) {
    return fromHex(number.toString(16).padStart(2 * length, '0'));
}

function join(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}

async function hash(...parts) {
    return new Uint8Array(await crypto.subtle.digest('SHA-384', join(...parts)));
}

/** The SHA-256 of bytes in hexadecimal: a ballot's key, a key's fingerprint. */
export async function sha256(bytes) {
    return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function power(base, exponent, n) {
    let result = 1n;
    let square = base % n;
    for (let rest = exponent; rest > 0n; rest >>= 1n) {
        if (rest & 1n) {
            result = result * square % n;
        }
        square = square * square % n;
    }
    return result;
}

/** The inverse modulo n; null when there is none. */
function inverse(number, n) {
    let [a, b, x, y] = [number % n, n, 1n, 0n];
    while (b) {
        const q = a / b;
        [a, b, x, y] = [b, a - q * b, y, x - q * y];
    }
    return a === 1n ? (x % n + n) % n : null;
}

async function mask(seed, length) {
    const blocks = [];
    for (let i = 0; i * HASH < length; i++) {
        blocks.push(await hash(seed, Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i)));
    }
    return join(...blocks).slice(0, length);
}

/** EMSA-PSS-ENCODE of RFC 8017, 9.1.1, for so many bits. */
async function encode(message, bits, salt) {
    const length = Math.ceil(bits / 8);
    const digest = await hash(new Uint8Array(8), await hash(message), salt);
    const block = join(new Uint8Array(length - salt.length - HASH - 2), Uint8Array.of(1), salt);
    const masked = await mask(digest, block.length);
    for (let i = 0; i < block.length; i++) {
        masked[i] ^= block[i];
    }
    masked[0] &= 0xff >> (8 * length - bits);
    return join(masked, digest, Uint8Array.of(0xbc));
}

/** Whether a signature fits a prepared message: RSASSA-PSS-VERIFY with a salt of 48 bytes. */
export async function verify(key, prepared, signature) {
    const n = toNumber(key);
    const bits = n.toString(2).length - 1;
    const length = Math.ceil(bits / 8);
    const s = toNumber(signature);
    if (signature.length !== key.length || s >= n) {
        return false;
    }
    const em = toBytes(power(s, E, n), length);
    const masked = em.slice(0, length - HASH - 1);
    const digest = em.slice(length - HASH - 1, length - 1);
    const block = await mask(digest, masked.length);
    for (let i = 0; i < block.length; i++) {
        block[i] ^= masked[i];
    }
    const again = await encode(prepared, bits, block.slice(block.length - SALT));
    return toHex(again) === toHex(em);
}

/** A random number below n that has an inverse, with that. */
function chooseR(n, length) {
    for (;;) {
        const r = toNumber(random(length));
        const back = r > 0n && r < n ? inverse(r, n) : null;
        if (back !== null) {
            return [r, back];
        }
    }
}

/**
 * Prepares and blinds a message for the key (the modulus' bytes): {prepared, blinded, inv}. `given` may hold
 * prefix, salt and inv instead of chance.
 */
export async function blind(key, message, given = {}) {
    const n = toNumber(key);
    const prepared = join(given.prefix || random(PREFIX), message);
    const m = toNumber(await encode(prepared, n.toString(2).length - 1, given.salt || random(SALT)));
    const [r, inv] = given.inv ? [inverse(toNumber(given.inv), n), toNumber(given.inv)] : chooseR(n, key.length);
    if (inverse(m, n) === null) {
        throw new Error('the message cannot be blinded with this key');
    }
    return {
        prepared,
        blinded: toBytes(m * power(r, E, n) % n, key.length),
        inv: toBytes(inv, key.length),
    };
}

/** The signature of the prepared message from that of the blinded one; throws when the signer did not sign. */
export async function finalize(key, prepared, blindSignature, inv) {
    const n = toNumber(key);
    if (blindSignature.length !== key.length) {
        throw new Error('a signature of another length');
    }
    const signature = toBytes(toNumber(blindSignature) * toNumber(inv) % n, key.length);
    if (!await verify(key, prepared, signature)) {
        throw new Error('the server has not signed what it was given');
    }
    return signature;
}
