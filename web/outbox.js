// What the person said and the server has not yet taken. Each message has a key made here, once; it is kept
// in the browser and sent with that same key until the server answers 200, so nothing is lost and nothing
// doubled. One is in flight at a time, in the order they were made.

import { isPassing, request } from './api.js';
import { recall, remember } from './dom.js';
import { dropFiles, keepFiles, keptFiles } from './files.js';

const BACKOFF_MS = [1000, 2000, 4000, 8000, 15000, 30000];
let lastStamp = 0;

/** A key that was never used before and sorts after all that were made earlier. */
export function newKey() {
    const random = new Uint32Array(1);
    crypto.getRandomValues(random);
    lastStamp = Math.max(Date.now(), lastStamp + 1);
    return lastStamp + '-' + random[0].toString(36);
}

/** What the browser still holds of an owner's unsent messages, oldest first. */
function leftovers(owner) {
    const prefix = 'banzhang.out.' + owner + '.';
    const found = [];
    try {
        for (let i = 0; i < localStorage.length; i++) {
            const key = localStorage.key(i);
            if (key.startsWith(prefix)) {
                found.push(JSON.parse(localStorage.getItem(key)));
            }
        }
    } catch (e) {
        return [];
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * A queue for one person. `url` takes the POSTs; `extra` are fields added to each; `onChange(item)` is told
 * every change of an item's state (waiting, sending, retry, failed, sent); `onReplies(item, replies)` gets
 * the answers; `onGone()` is called on 401. An item: {id, text | action+label | location+label | files, since, state, why,
 * tries, part}.
 */
export class Outbox {
    constructor(options) {
        Object.assign(this, { extra: {}, onChange() {}, onReplies() {}, onGone() {} }, options);
        this.items = leftovers(this.owner);
        this.items.forEach((item) => {
            item.state = item.state === 'failed' ? 'failed' : 'waiting';
            item.kept = true;
        });
        this.busy = false;
        this.timer = 0;
        this.stopped = false;
    }

    /** Where an item lies in the browser. */
    place(item) {
        return 'out.' + this.owner + '.' + item.id;
    }

    /**
     * Writes an item down; whether it stands on disk is recorded, so that another page's work can be
     * noticed.
     */
    save(item) {
        const { id, text, action, location, label, since, state, why, tries } = item;
        const files = item.files && item.files.map(({ name, mime, size }) => ({ name, mime, size }));
        const kept = { id, text, action, location, label, files, since, state, why, tries };
        item.kept = remember(this.place(item), JSON.stringify(kept));
    }

    /** Takes a message on: {text}, {action, label}, {location, label} or {files: [{name, mime, size}], contents: [base64]}. */
    async add(message) {
        const { contents, ...rest } = message;
        const item = { id: newKey(), tries: 0, state: 'waiting', ...rest };
        this.items.push(item);
        this.onChange(item);
        if (contents) {
            item.storing = keepFiles(this.place(item), contents);
            await item.storing;
        }
        this.save(item);
        this.run();
        return item;
    }

    /** Sends a failed item again, under its old key. */
    retry(item) {
        item.state = 'waiting';
        item.why = undefined;
        this.save(item);
        this.onChange(item);
        this.run();
    }

    /** Forgets an item, sent or given up. */
    forget(item) {
        this.items = this.items.filter((other) => other !== item);
        remember(this.place(item), null);
        if (item.files) {
            dropFiles(this.place(item));
        }
    }

    /** Tries at once, without waiting for the back-off to end: the line came back. */
    hurry() {
        if (this.timer && !this.told) {
            clearTimeout(this.timer);
            this.timer = 0;
        }
        this.run();
    }

    /** Ends all sending; what waits stays in the browser. */
    stop() {
        this.stopped = true;
        clearTimeout(this.timer);
    }

    /** Sends the oldest waiting item unless one is in flight or a wait is running. */
    async run() {
        const item = this.items.find((other) => other.state === 'waiting' || other.state === 'retry');
        if (this.busy || this.timer || this.stopped || !item) {
            return;
        }
        this.busy = true;
        await item.storing;
        if (item.kept && recall(this.place(item)) === null) {
            this.finish(item, []);
        } else {
            await this.attempt(item);
        }
        this.busy = false;
        this.run();
    }

    /** The JSON of an item, or null when its files are gone. */
    async body(item) {
        const message = { ...this.extra, id: item.id };
        if (item.files) {
            const contents = await keptFiles(this.place(item));
            if (!contents) {
                return null;
            }
            message.files =
                item.files.map((file, i) => ({ name: file.name, mime: file.mime, base64: contents[i] }));
        } else if (item.action !== undefined) {
            message.action = item.action;
        } else if (item.location) {
            message.location = item.location;
        } else {
            message.text = item.text;
        }
        return JSON.stringify(message);
    }

    /** One try at one item, ending in exactly one of sent, failed, retry, gone. */
    async attempt(item) {
        const body = await this.body(item);
        if (body === null) {
            this.fail(item, 'lost');
            return;
        }
        item.state = 'sending';
        item.part = 0;
        item.tries++;
        this.save(item);
        this.onChange(item);
        let answer = { status: 0, wait: 0 };
        try {
            answer = await request('POST', this.url, body, item.files && ((part) => {
                item.part = part;
                this.onChange(item);
            }));
        } catch (e) {
            answer = { status: 0, wait: 0 };
        }
        if (answer.status === 200) {
            this.finish(item, answer.data.replies || []);
        } else if (answer.status === 401) {
            item.state = 'waiting';
            this.save(item);
            this.onChange(item);
            this.stop();
            this.onGone();
        } else if (answer.status === 0 || isPassing(answer.status)) {
            this.later(item, answer.wait);
        } else {
            this.fail(item,
                answer.status === 413       ? 'large'
                    : answer.status === 403 ? 'forbidden'
                                            : 'refused');
        }
    }

    /** Marks an item as taken by the server and hands its answers on. */
    finish(item, replies) {
        item.state = 'sent';
        this.inRow = 0;
        this.forget(item);
        this.onReplies(item, replies);
        this.onChange(item);
    }

    /** Marks an item as refused for good; the next one goes on. */
    fail(item, why) {
        item.state = 'failed';
        item.why = why;
        this.save(item);
        this.onChange(item);
    }

    /** Waits before the next try: as long as the server said, else longer each time. */
    later(item, seconds) {
        const step = Math.min(this.inRow || 0, BACKOFF_MS.length - 1);
        this.inRow = (this.inRow || 0) + 1;
        this.told = seconds > 0;
        item.state = 'retry';
        this.save(item);
        this.onChange(item);
        this.timer = setTimeout(() => {
            this.timer = 0;
            this.run();
        }, Math.max(seconds * 1000, BACKOFF_MS[step]));
    }
}
