// One way to talk to the server. XMLHttpRequest and not fetch, because only it tells how far an upload has
// come.

const PATIENCE_MS = 20000;

/** Seconds to wait from a Retry-After header (seconds or a date), 0 if there is none. */
function waitSeconds(header) {
    if (!header) {
        return 0;
    }
    const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
    return seconds > 0 ? Math.min(seconds, 600) : 0;
}

/**
 * Sends a request with an optional body (a string of JSON, or a Blob) and resolves to {status, data, wait}.
 * Rejects when no whole JSON answer came: no line, silence for 20 s, half an answer, somebody else's page.
 * onProgress is told the part of the body that has left, 0 to 1.
 */
export function request(method, url, body, onProgress) {
    return new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        let timer = 0;
        const fail = () => {
            clearTimeout(timer);
            reject(new Error('no answer'));
        };
        const arm = () => {
            clearTimeout(timer);
            timer = setTimeout(() => xhr.abort(), PATIENCE_MS);
        };
        xhr.open(method, url);
        xhr.setRequestHeader('Accept', 'application/json');
        if (body !== undefined && body !== null) {
            xhr.setRequestHeader('Content-Type',
                body instanceof Blob ? 'application/octet-stream' : 'application/json');
        }
        if (onProgress) {
            xhr.upload.onprogress = (event) => {
                arm();
                onProgress(event.lengthComputable ? event.loaded / event.total : 0);
            };
        }
        xhr.onprogress = arm;
        xhr.onerror = fail;
        xhr.onabort = fail;
        xhr.onload = () => {
            let data = null;
            clearTimeout(timer);
            try {
                data = JSON.parse(xhr.responseText);
            } catch (e) {
                data = null;
            }
            if (xhr.status >= 200 && xhr.status < 300 && (data === null || typeof data !== 'object')) {
                fail();
                return;
            }
            resolve({
                status: xhr.status,
                data: data || {},
                wait: waitSeconds(xhr.getResponseHeader('Retry-After'))
            });
        };
        arm();
        xhr.send(body);
    });
}

/** Says whether an answer of this status may become better by asking again. */
export function isPassing(status) {
    return status === 408 || status === 429 || status >= 500;
}
