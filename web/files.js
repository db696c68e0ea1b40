// Files on their way to the server: photos made smaller, contents as base64, kept in IndexedDB until sent
// (localStorage is too small for them).

export const LARGEST = 8 * 1024 * 1024;
const PHOTO_BYTES = 1.5 * 1024 * 1024;
const PHOTO_SIDE = 2000;

/** A size as people read it. */
export function sizeText(bytes) {
    return bytes < 1024 * 1024 ? Math.max(1, Math.round(bytes / 1024)) + ' KB'
                               : (bytes / 1024 / 1024).toFixed(1) + ' MB';
}

/** Loads a picture; rejects if the browser cannot read it. */
function loadImage(url) {
    return new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image);
        image.onerror = () => reject(new Error('unreadable'));
        image.src = url;
    });
}

/**
 * A large photo as a JPEG of at most 2000 pixels a side; what is small or unreadable comes back as it was.
 */
export async function shrinkPhoto(file) {
    if (file.size <= PHOTO_BYTES || !/^image\//.test(file.type)) {
        return file;
    }
    const url = URL.createObjectURL(file);
    try {
        const image = await loadImage(url);
        const scale = Math.min(1, PHOTO_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
        const canvas = document.createElement('canvas');
        canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
        canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
        const pen = canvas.getContext('2d');
        pen.fillStyle = '#fff';
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(image, 0, 0, canvas.width, canvas.height);
        const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
        if (!blob || blob.size >= file.size) {
            return file;
        }
        const name = (file.name || 'photo').replace(/\.\w+$/, '') + '.jpg';
        return new File([blob], name, { type: 'image/jpeg' });
    } catch (e) {
        return file;
    } finally {
        URL.revokeObjectURL(url);
    }
}

/** The contents of a file as base64; rejects if they cannot be read. */
export function toBase64(file) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
        reader.onerror = () => reject(new Error('unreadable'));
        reader.readAsDataURL(file);
    });
}

/** A blob again from base64, for a preview after the page was opened anew. */
export function fromBase64(base64, mime) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
        bytes[i] = text.charCodeAt(i);
    }
    return new Blob([bytes], { type: mime });
}

const memory = new Map();
let opened = null;

/** Opens the browser's database once; resolves to null where there is none (private windows). */
function database() {
    if (!opened) {
        opened = new Promise((resolve) => {
            try {
                const ask = indexedDB.open('banzhang', 1);
                ask.onupgradeneeded = () => ask.result.createObjectStore('files');
                ask.onsuccess = () => resolve(ask.result);
                ask.onerror = () => resolve(null);
                ask.onblocked = () => resolve(null);
            } catch (e) {
                resolve(null);
            }
        });
    }
    return opened;
}

/** Runs one step on the store of files; resolves to its result, or undefined if the browser refuses. */
async function step(mode, work) {
    const db = await database();
    if (!db) {
        return undefined;
    }
    return new Promise((resolve) => {
        try {
            const change = db.transaction('files', mode);
            const ask = work(change.objectStore('files'));
            change.oncomplete = () => resolve(ask.result);
            change.onerror = () => resolve(undefined);
            change.onabort = () => resolve(undefined);
        } catch (e) {
            resolve(undefined);
        }
    });
}

/**
 * Keeps the base64 contents of a waiting message's files; in memory alone where the browser keeps nothing.
 */
export async function keepFiles(key, contents) {
    memory.set(key, contents);
    await step('readwrite', (store) => store.put(contents, key));
}

/** The kept contents, or undefined if they are gone. */
export async function keptFiles(key) {
    return memory.has(key) ? memory.get(key) : step('readonly', (store) => store.get(key));
}

/** Forgets the contents once they are sent or dropped. */
export function dropFiles(key) {
    memory.delete(key);
    return step('readwrite', (store) => store.delete(key));
}
