// The list of messages: kept in the order of their ids, unsent ones last, with a line where the day changes
// and one where the unread begin. An entry: {id, order, mine, at, message, node, body, state, time}.

import { writeBody } from './bubble.js';
import { el } from './dom.js';
import { clockOf, dayName, dayOf } from './time.js';
import { t } from './words.js';

const MOST_SHOWN = 300;

/**
 * Draws and orders entries in its root. `handlers`: onPress(button), onSize() when a picture got its height.
 */
export class MessageList {
    constructor(handlers) {
        this.handlers = handlers;
        this.entries = [];
        this.today = '';
        this.root = el('ol', { class: 'messages', attrs: { role: 'log', 'aria-live': 'polite' } });
    }

    /** Makes an entry's nodes. */
    draw(entry) {
        const face = entry.mine
            ? null
            : el('span', { class: 'face', textContent: '班', attrs: { 'aria-hidden': 'true' } });
        entry.body = el('div', { class: 'body' });
        entry.state = el('div', { class: 'state' });
        entry.time = el('time', { class: 'time' });
        entry.node = el('li', { class: 'msg ' + (entry.mine ? 'mine' : 'theirs') },
            el('span', { class: 'visually-hidden', textContent: t(entry.mine ? 'me.said' : 'bot.said') }),
            el('div', { class: 'line' }, face,
                el('div', { class: 'column' }, entry.body, entry.state, entry.time)));
        this.drawBody(entry);
    }

    /** Fills an entry's body from its message. */
    drawBody(entry) {
        this.label(entry);
        writeBody(entry.body, entry.message, this.handlers);
    }

    /** Writes on the node which message it is. */
    label(entry) {
        entry.node.setAttribute('data-id', entry.id || '');
        entry.node.setAttribute('data-key', entry.message.key || '');
    }

    /** Puts an entry where its order says. */
    insert(entry) {
        let i = this.entries.length;
        while (i > 0 && this.entries[i - 1].order > entry.order) {
            i--;
        }
        const after = this.entries[i];
        this.entries.splice(i, 0, entry);
        this.root.insertBefore(entry.node, after ? after.node : null);
        this.decorateAround(i);
    }

    /** Takes an entry out. */
    remove(entry) {
        const i = this.entries.indexOf(entry);
        if (i >= 0) {
            this.entries.splice(i, 1);
            entry.node.remove();
            this.decorateAround(i);
        }
    }

    /** Gives an entry another order; its node moves only if others stand between. */
    move(entry, order) {
        const i = this.entries.indexOf(entry);
        const before = this.entries[i - 1];
        const after = this.entries[i + 1];
        entry.order = order;
        this.label(entry);
        if ((before && before.order > order) || (after && after.order < order)) {
            this.entries.splice(i, 1);
            this.insert(entry);
            this.decorateAround(i);
        } else if (i >= 0) {
            this.decorateAround(i);
        }
    }

    /** Drops the oldest beyond what a phone shows with ease; gives those that went. */
    trim() {
        const cut = [];
        while (this.entries.length > MOST_SHOWN && this.entries[0].id) {
            cut.push(this.entries.shift());
            cut[cut.length - 1].node.remove();
        }
        if (cut.length) {
            this.decorateAround(0);
        }
        return cut;
    }

    /** Names the days anew when another day has begun. */
    setToday(day) {
        if (day && day !== this.today) {
            this.today = day;
            this.entries.forEach((entry, i) => this.decorate(i));
        }
    }

    /** Renews the day line and the time of the entry at a place and of its neighbours. */
    decorateAround(place) {
        [place - 1, place, place + 1].forEach((i) => this.entries[i] && this.decorate(i));
    }

    /**
     * A day line where the day changes; the time only under the last of a run of the same minute and side.
     */
    decorate(i) {
        const [before, entry, after] = [this.entries[i - 1], this.entries[i], this.entries[i + 1]];
        const day = dayOf(entry.at);
        const fresh = day && (!before || (dayOf(before.at) && dayOf(before.at) !== day));
        const old = entry.node.querySelector('.day');
        const name = fresh ? dayName(day, this.today || day) : '';
        if (old && !fresh) {
            old.remove();
        } else if (old) {
            old.firstChild.textContent = name;
        } else if (fresh) {
            entry.node.insertBefore(
                el('div', { class: 'day' }, el('span', { textContent: name })), entry.node.firstChild);
        }
        const run = after && after.mine === entry.mine && after.at.slice(0, 16) === entry.at.slice(0, 16);
        entry.time.textContent = clockOf(entry.at);
        entry.time.dateTime = entry.at;
        entry.time.hidden = !entry.at || Boolean(run);
        entry.node.classList.toggle('run', Boolean(before && before.mine === entry.mine && !fresh));
    }

    /** Draws the line "new messages" above an entry, the only one in the list. */
    markUnread(entry) {
        this.root.querySelectorAll('.unread').forEach((node) => node.remove());
        entry.node.insertBefore(el('div', { class: 'unread' }, el('span', { textContent: t('unread') })),
            entry.node.querySelector('.line'));
    }
}
