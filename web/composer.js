// Where the person writes: the usual commands, the chosen files, the text field, and the button to send.

import { el, fill, icon, recall, remember } from './dom.js';
import { LARGEST, shrinkPhoto, sizeText, toBase64 } from './files.js';
import { t } from './words.js';

const LONGEST_TEXT = 4096;
const touchFirst = window.matchMedia('(pointer: coarse)');

/**
 * Builds the foot of a chat. `onSend(message)` gets {text}, {files, contents} or
 * {location, label}; drafts are kept under
 * `owner`.
 */
export class Composer {
    constructor(owner, onSend) {
        this.owner = owner;
        this.onSend = onSend;
        this.chosen = [];
        this.preparing = 0;
        this.root = el('footer', { class: 'foot' });
        this.build();
    }

    /** Makes the parts once; words are those of the page's language now. */
    build() {
        this.quick = el('div', { class: 'quick', attrs: { role: 'toolbar', 'aria-label': t('quick') } });
        this.note = el('p', { class: 'foot-note', hidden: true, attrs: { role: 'alert' } });
        this.tray = el('div', { class: 'tray', hidden: true });
        this.photo = this.picker('image/*', true);
        this.file = this.picker('', false);
        this.plus = el('button', {
            type: 'button',
            class: 'plus',
            attrs: { 'aria-label': t('more'), 'aria-expanded': 'false' },
            on: { click: () => this.togglePanel() }
        },
            icon('plus'));
        this.field = el('textarea', {
            class: 'field form-control',
            rows: 1,
            maxLength: LONGEST_TEXT,
            placeholder: t('input'),
            value: recall('draft.' + this.owner) || '',
            attrs: { 'aria-label': t('input.label') }
        });
        this.send = el('button', { type: 'submit', class: 'send', textContent: t('send') });
        this.form = el('form', { class: 'composer' }, this.plus, this.field, this.send);
        this.panel = el('div', { class: 'panel', hidden: true }, this.tile('photo', () => this.photo.click()),
            this.tile('file', () => this.file.click()), this.tile('place', () => this.tellPlace()));
        fill(this.root, this.note, this.quick, this.tray, this.form, this.panel, this.photo, this.file);
        this.form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.submit();
        });
        this.field.addEventListener('input', () => this.typed());
        this.field.addEventListener('keydown', (event) => this.key(event));
        this.field.addEventListener('paste', (event) => this.paste(event));
        this.field.addEventListener('focus', () => this.togglePanel(false));
        this.typed();
    }

    /** A hidden file input; photos are made smaller when they come from it. */
    picker(accept, photos) {
        const input = el('input', {
            type: 'file',
            class: 'picker',
            accept,
            multiple: true,
            tabIndex: -1,
            attrs: { 'aria-hidden': 'true' }
        });
        input.addEventListener('change', async () => {
            const files = Array.from(input.files);
            this.togglePanel(false);
            await this.choose(files, photos);
            input.value = '';
        });
        return input;
    }

    /** A large tile. */
    tile(word, press) {
        return el('button',
            { type: 'button', class: 'tile tile-' + word, on: { click: press } },
            icon(word), el('span', { textContent: t(word) }));
    }

    /** Asks the phone where it is, and sends that; or says what is in the way. */
    tellPlace() {
        this.togglePanel(false);
        if (!navigator.geolocation) {
            this.say(t('place.failed'));
            return;
        }
        this.say(t('place.finding'));
        navigator.geolocation.getCurrentPosition(
            ({ coords }) => {
                this.say('');
                this.onSend({
                    location: { lat: coords.latitude, lon: coords.longitude },
                    label: t('place.mine')
                });
            },
            (error) => this.say(t(error.code === error.PERMISSION_DENIED ? 'place.denied' : 'place.failed')),
            { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 });
    }

    /** Opens or closes the tiles. */
    togglePanel(open) {
        const show = open === undefined ? this.panel.hidden : open;
        this.panel.hidden = !show;
        this.plus.setAttribute('aria-expanded', String(show));
        if (show) {
            this.field.blur();
        }
    }

    /** Shows the person's usual commands, each sent by one press. */
    setQuick(commands) {
        fill(this.quick, ...commands.map((command) => el('button', {
            type: 'button',
            class: 'chip',
            textContent: command.label,
            on: { click: () => this.onSend({ text: command.text }) },
        })));
        this.quick.hidden = commands.length === 0;
    }

    /** Says something about what was chosen; an empty text takes it away. */
    say(text) {
        this.note.textContent = text;
        this.note.hidden = !text;
    }

    /** Takes files on, smaller where they are photos, and says which are too large. */
    async choose(files, photos) {
        const faults = [];
        this.preparing++;
        this.say(photos ? t('preparing') : '');
        this.typed();
        for (const original of files) {
            try {
                const file = photos ? await shrinkPhoto(original) : original;
                if (file.size > LARGEST) {
                    faults.push(t('large', { name: file.name, size: sizeText(file.size) }));
                } else {
                    const mime = file.type || 'application/octet-stream';
                    this.chosen.push({
                        name: file.name || 'photo.jpg',
                        mime,
                        size: file.size,
                        base64: await toBase64(file),
                        url: URL.createObjectURL(file)
                    });
                }
            } catch (e) {
                faults.push(t('unreadable', { name: original.name }));
            }
        }
        this.preparing--;
        this.say(faults.join(' '));
        this.showTray();
    }

    /** Shows the chosen files with a cross each. */
    showTray() {
        fill(this.tray,
            ...this.chosen.map(
                (file) => el('div', { class: 'chosen' },
                    /^image\//.test(file.mime) ? el('img', { src: file.url, alt: file.name })
                                               : el('span', { class: 'chosen-name' }, icon('file'),
                                                     el('span', { textContent: file.name })),
                    el('button', {
                        type: 'button',
                        class: 'chosen-drop',
                        attrs: { 'aria-label': t('remove', { name: file.name }) },
                        on: { click: () => this.unchoose(file) }
                    },
                        icon('cross')))));
        this.tray.hidden = this.chosen.length === 0;
        this.typed();
    }

    /** Takes one chosen file away again. */
    unchoose(file) {
        this.chosen = this.chosen.filter((other) => other !== file);
        URL.revokeObjectURL(file.url);
        this.showTray();
    }

    /** Keeps the draft, lets the field grow with its text, and shows whether there is anything to send. */
    typed() {
        remember('draft.' + this.owner, this.field.value || null);
        this.field.style.height = 'auto';
        if (this.field.scrollHeight) {
            this.field.style.height = Math.min(this.field.scrollHeight + 2, 132) + 'px';
        }
        this.send.disabled = this.preparing > 0 || (!this.field.value.trim() && !this.chosen.length);
    }

    /**
     * With a keyboard Enter sends and Shift+Enter makes a line; on phones, and while Chinese is composed, it
     * does not.
     */
    key(event) {
        const composing = event.isComposing || event.keyCode === 229;
        if (event.key === 'Enter' && !event.shiftKey && !composing && !touchFirst.matches) {
            event.preventDefault();
            this.submit();
        }
    }

    /** Takes pictures out of the clipboard. */
    paste(event) {
        const files = Array.from((event.clipboardData && event.clipboardData.files) || []);
        if (files.length) {
            event.preventDefault();
            this.choose(files, true);
        }
    }

    /** Sends the text and then the files, in as few messages as their sizes allow. */
    submit() {
        const text = this.field.value.trim();
        if (this.send.disabled) {
            return;
        }
        if (text) {
            this.onSend({ text });
        }
        let batch = [];
        let bytes = 0;
        const flush = () => {
            if (batch.length) {
                this.onSend({
                    files: batch.map(({ name, mime, size, url }) => ({ name, mime, size, url })),
                    contents: batch.map((file) => file.base64)
                });
            }
            batch = [];
            bytes = 0;
        };
        this.chosen.forEach((file) => {
            if (bytes + file.size > LARGEST) {
                flush();
            }
            batch.push(file);
            bytes += file.size;
        });
        flush();
        this.chosen = [];
        this.field.value = '';
        this.say('');
        this.showTray();
    }
}
