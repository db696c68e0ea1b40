// The chat: a list of messages kept in order, the outbox for what one says, and the polling for what comes.
// /me shows one of it, the sandbox two. Written for the browsers inside WeChat, old ones included: no syntax
// later than ES2018.

import { isPassing, request } from './api.js';
import { writeState } from './bubble.js';
import { Composer } from './composer.js';
import { el, fill, icon, recall, remember } from './dom.js';
import { fromBase64, keptFiles } from './files.js';
import { MessageList } from './list.js';
import { Outbox } from './outbox.js';
import { dayOf } from './time.js';
import { t } from './words.js';

const POLL_MS = 2500;
const POLL_SLOW_MS = 15000;
const UNSENT = 1e15;
const NEWEST = Number.MAX_SAFE_INTEGER;
const NEAR_TOP = 300;

/**
 * One person's chat in a root element. Options: owner (names what the browser keeps), listUrl('after=7' or
 * 'before=7') for reading, sendUrl and extra for sending, and what to call: onGone() when the server no longer knows this
 * browser, onNews(count) with the number of unread messages, onTold(replies) after each answer.
 */
export class Chat {
    constructor(root, options) {
        Object.assign(this, { extra: {}, onGone() {}, onNews() {}, onTold() {} }, options);
        this.root = root;
        this.byId = new Map();
        this.cursor = 0;
        this.loaded = false;
        this.news = 0;
        this.fails = 0;
        this.ended = false;
        this.composer = new Composer(this.owner, (message) => this.say(message));
        this.build();
        this.outbox = new Outbox({
            owner: this.owner,
            url: this.sendUrl,
            extra: this.extra,
            onChange: (item) => this.itemChanged(item),
            onReplies: (item, replies) => this.answered(item, replies),
            onGone: () => this.gone(),
        });
        this.listen();
        this.outbox.items.forEach((item) => this.itemChanged(item));
        this.outbox.run();
        this.poll();
    }

    /** Lays out the list between a line for troubles and the composer. */
    build() {
        this.list = new MessageList({
            onPress: (button) => this.say({ action: button.action, label: button.text }),
            onSize: () => this.stuck && this.toBottom(),
        });
        this.empty = el('p', { class: 'empty', textContent: t('loading') });
        this.earlier = el('button', {
            type: 'button',
            class: 'earlier',
            textContent: t('earlier'),
            hidden: true,
            on: { click: () => this.askEarlier() }
        });
        this.scroll = el('div', { class: 'scroll', tabIndex: -1 }, this.earlier, this.empty, this.list.root);
        this.trouble = el('p', { class: 'trouble', hidden: true, attrs: { role: 'status' } });
        this.pill = el('button',
            { type: 'button', class: 'pill', hidden: true, on: { click: () => this.toBottom() } });
        fill(this.root, this.trouble, this.scroll, el('div', { class: 'pill-place' }, this.pill),
            this.composer.root);
    }

    /** Wakes up when the page is shown again, the line is back, or the list is scrolled. */
    listen() {
        this.wake = () => {
            if (!document.hidden) {
                this.seen();
                this.outbox.hurry();
            }
            this.poll();
        };
        this.resized = () => this.stuck && this.toBottom();
        document.addEventListener('visibilitychange', this.wake);
        window.addEventListener('online', this.wake);
        window.addEventListener('offline', this.wake);
        window.addEventListener('resize', this.resized);
        this.stuck = true;
        this.lastTop = 0;
        this.scroll.addEventListener('scroll', () => {
            const up = this.scroll.scrollTop < this.lastTop - 2;
            this.lastTop = this.scroll.scrollTop;
            this.stuck = this.atBottom() || (this.stuck && !up);
            this.seen();
            this.showPill();
            if (up && this.lastTop < NEAR_TOP) {
                this.askEarlier();
            }
        });
        if (window.ResizeObserver) {
            this.sizes = new ResizeObserver(this.resized);
            this.sizes.observe(this.scroll);
        }
    }

    /** Ends this chat: another person is chosen, or the browser is no longer known. */
    end() {
        this.ended = true;
        clearTimeout(this.timer);
        this.outbox.stop();
        document.removeEventListener('visibilitychange', this.wake);
        window.removeEventListener('online', this.wake);
        window.removeEventListener('offline', this.wake);
        window.removeEventListener('resize', this.resized);
        if (this.sizes) {
            this.sizes.disconnect();
        }
    }

    /** The server answered 401. */
    gone() {
        if (!this.ended) {
            this.end();
            this.onGone();
        }
    }

    /** Sends what was written, chosen or pressed; it is shown at once. */
    say(message) {
        this.stuck = true;
        return this.outbox.add({ ...message, since: this.cursor });
    }

    /* ---- own messages ---- */

    /** Shows an unsent message at the end; after a reload its pictures come back from the browser's store. */
    async showItem(item) {
        const entry = { item, order: UNSENT + Number(item.id.split('-')[0]) % UNSENT, mine: true, at: '' };
        entry.message = { text: item.files ? '' : item.text || item.label, files: item.files || [] };
        item.entry = entry;
        this.list.draw(entry);
        this.list.insert(entry);
        this.tidy();
        if (item.files && item.files.some((file) => !file.url)) {
            const contents = await keptFiles(this.outbox.place(item));
            (contents || []).forEach((base64, i) => {
                item.files[i].url = URL.createObjectURL(fromBase64(base64, item.files[i].mime));
            });
            this.list.drawBody(entry);
        }
    }

    /** Follows an item's state in its bubble. */
    itemChanged(item) {
        if (!item.entry) {
            this.showItem(item);
        }
        writeState(item.entry.state, item, {
            onRetry: () => this.outbox.retry(item),
            onDrop: () => {
                this.outbox.forget(item);
                this.list.remove(item.entry);
            },
        });
        item.entry.node.classList.toggle('unsent', item.state !== 'sent');
        this.showTrouble();
        if (this.stuck) {
            this.toBottom();
        }
    }

    /** The server took an item: its bubble stands before the answers, whatever else still waits. */
    answered(item, replies) {
        const entry = item.entry;
        const ids = replies.map((reply) => reply.id).filter((id) => !this.byId.has(id));
        if (!entry.id) {
            entry.at = this.now || '';
            this.list.move(entry, ids.length ? Math.min(...ids) - 0.5 : this.newest() + 0.5);
        }
        replies.forEach((reply) => this.accept({ ...reply, told: true }));
        this.tidy();
        this.onTold(replies);
        this.poll(300);
    }

    /** The own bubble that a message of the server's list is about, if it was sent from here. */
    adopted(message) {
        const files = (message.files || []).map((file) => file.name).join('\n');
        return this.list.entries.find((entry) => {
            const item = entry.item;
            if (!item || entry.id || !item.tries || message.id <= (item.since || 0)) {
                return false;
            }
            if (message.update) {
                return message.update === item.id;
            }
            return item.files
                ? item.files.map((file) => file.name).join('\n') === files
                : !files && (message.text || '').trim() === (item.text || item.label || '').trim();
        });
    }

    /* ---- messages of the server ---- */

    /** Takes one message of the server in, once, in its place; an edit replaces what it names. */
    accept(message) {
        if (this.byId.has(message.id)) {
            return;
        }
        const earlier = message.edits ? this.byId.get(message.edits) : null;
        if (earlier) {
            this.byId.set(message.id, earlier);
            if (message.id > earlier.shown && earlier.node.parentNode) {
                earlier.shown = message.id;
                earlier.message = message;
                this.list.drawBody(earlier);
                return;
            }
            if (earlier.node.parentNode) {
                return;
            }
        }
        const own = message.mine ? this.adopted(message) : null;
        if (own) {
            own.id = own.shown = message.id;
            own.at = message.at;
            this.byId.set(message.id, own);
            this.list.move(own, message.id);
            return;
        }
        this.acceptNew(message);
    }

    /** A message not seen before and about none. */
    acceptNew(message) {
        const entry = {
            id: message.id,
            shown: message.id,
            order: message.id,
            mine: Boolean(message.mine),
            at: message.at || '',
            told: message.told,
            message
        };
        this.byId.set(message.id, entry);
        if (message.edits) {
            this.byId.set(message.edits, entry);
        }
        this.list.draw(entry);
        if (!entry.mine && this.loaded && !this.addingEarlier && !(this.isShown() && this.stuck)) {
            if (!this.news) {
                this.list.markUnread(entry);
            }
            this.news++;
        }
        this.list.insert(entry);
    }

    /** The highest id the server has told. */
    newest() {
        return this.list.entries.reduce((most, entry) => Math.max(most, entry.id || 0), this.cursor);
    }

    /* ---- the list ---- */

    /** Takes away what is too old to keep while the end is read; it is asked for again by scrolling up. */
    trim() {
        const cut = this.stuck ? this.list.trim() : [];
        if (cut.length) {
            this.byId.forEach((entry, id) => cut.includes(entry) && this.byId.delete(id));
            this.earlier.hidden = false;
        }
    }

    /** After a change: drop what is too old to keep, scroll, and say what is new. */
    tidy() {
        this.trim();
        this.empty.hidden = this.list.entries.length > 0;
        this.empty.textContent = t(this.loaded ? 'empty' : 'loading');
        if (this.stuck) {
            this.toBottom();
        }
        this.seen();
        this.showPill();
    }

    /* ---- what was seen ---- */

    /** Whether a person looks at this chat now. */
    isShown() {
        return !document.hidden && this.root.offsetParent !== null;
    }

    /** Whether the list shows its end. */
    atBottom() {
        return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 60;
    }

    /** Shows the newest message. */
    toBottom() {
        this.scroll.scrollTop = this.scroll.scrollHeight;
        this.stuck = true;
    }

    /** Counts everything as read when its end is in sight. */
    seen() {
        if (this.loaded && this.isShown() && this.stuck) {
            this.news = 0;
            remember('read.' + this.owner, String(this.newest()));
        }
        this.onNews(this.news);
    }

    /** The way down, when the end is out of sight. */
    showPill() {
        this.pill.hidden = this.stuck || !this.loaded;
        fill(this.pill, icon('down'),
            el('span', { textContent: this.news ? t('fresh', { count: this.news }) : t('bottom') }));
    }

    /** One line when the line or the server is in trouble. */
    showTrouble() {
        const stalled =
            this.outbox && this.outbox.items.some((item) => item.state === 'retry' && item.tries > 1);
        const text = this.fails > 1 || stalled ? t(this.busyServer ? 'busy' : 'offline') : '';
        this.trouble.textContent = text;
        this.trouble.hidden = !text;
    }

    /* ---- polling ---- */

    /** Asks for what is new, now or after some ms; only one question at a time. */
    poll(delay) {
        clearTimeout(this.timer);
        if (this.ended) {
            return;
        }
        if (delay) {
            this.timer = setTimeout(() => this.poll(), delay);
        } else if (this.asking) {
            this.again = true;
        } else {
            this.ask();
        }
    }

    /** One question and what follows from its answer. */
    async ask() {
        let answer = null;
        this.asking = true;
        this.again = false;
        try {
            answer = await request(
                'GET', this.listUrl(this.loaded ? 'after=' + this.cursor : 'before=' + NEWEST));
        } catch (e) {
            answer = null;
        }
        this.asking = false;
        if (this.ended) {
            return;
        }
        if (answer && answer.status === 401) {
            this.gone();
            return;
        }
        const ok = answer && answer.status === 200 && Array.isArray(answer.data.messages);
        this.busyServer = Boolean(answer) && isPassing(answer.status);
        this.fails = ok ? 0 : this.fails + 1;
        if (ok) {
            this.take(answer.data);
        }
        this.showTrouble();
        const slow = document.hidden || navigator.onLine === false;
        const pause = ok ? (slow ? POLL_SLOW_MS : POLL_MS)
                         : Math.max(answer ? answer.wait * 1000 : 0,
                               Math.min(POLL_MS * Math.pow(2, this.fails - 1), POLL_SLOW_MS));
        this.poll(ok && this.again ? 1 : pause);
    }

    /** Takes a polled list in. */
    take(data) {
        const last = data.messages[data.messages.length - 1];
        this.setNow(data.now || this.now || (last && last.at));
        data.messages.forEach((message) => {
            this.accept(message);
            this.cursor = Math.max(this.cursor, message.id);
        });
        if (!this.loaded) {
            this.earlier.hidden = !data.earlier;
            this.firstTaken();
        } else if (data.messages.length) {
            this.tidy();
        }
    }

    /** Asks once for the page above the oldest message, and keeps what is read where it stands. */
    async askEarlier() {
        const oldest = this.list.entries.find((entry) => entry.id);
        if (this.earlier.hidden || this.earlier.disabled || !this.loaded || !oldest) {
            return;
        }
        let answer = null;
        this.earlier.disabled = true;
        this.stuck = false;
        try {
            answer = await request('GET', this.listUrl('before=' + oldest.id));
        } catch (e) {
            answer = null;
        }
        this.earlier.disabled = false;
        if (!this.ended && answer && answer.status === 200 && this.list.entries[0] === oldest) {
            this.takeEarlier(answer.data);
        }
    }

    /** Puts a page above what is shown, without moving it. */
    takeEarlier(data) {
        const below = this.scroll.scrollHeight - this.scroll.scrollTop;
        this.addingEarlier = true;
        data.messages.forEach((message) => this.accept(message));
        this.addingEarlier = false;
        this.earlier.hidden = !data.earlier;
        this.scroll.scrollTop = this.scroll.scrollHeight - below;
        this.lastTop = this.scroll.scrollTop;
    }

    /** Tells the chat what time it is in class, for the names of the days and the times of what is said. */
    setNow(iso) {
        if (iso) {
            this.now = iso;
            this.list.setToday(dayOf(iso));
        }
    }

    /** All history is here: mark where reading ended last time and go there. */
    firstTaken() {
        const read = Number(recall('read.' + this.owner) || 0);
        const first =
            read && this.list.entries.find((entry) => !entry.mine && entry.id > read && !entry.told);
        this.loaded = true;
        this.tidy();
        if (first) {
            this.list.markUnread(first);
            first.node.scrollIntoView({ block: 'start' });
            this.stuck = this.atBottom();
        }
        this.tidy();
    }
}
