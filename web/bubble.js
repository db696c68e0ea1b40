// How one message looks: text with safe links, pictures and files, buttons, and for one's own the state of
// sending.

import { el, icon } from './dom.js';
import { sizeText } from './files.js';
import { t } from './words.js';

const LONG_CHARS = 700;
const LONG_LINES = 22;
const LINK = /https?:\/\/[!-~]+/gi;

/** An address that may be opened or shown: ours or http(s), never javascript: or the like. */
export function safeUrl(url) {
    if (typeof url !== 'string') {
        return null;
    }
    return /^https?:\/\//i.test(url) || /^\/(?!\/)/.test(url) || /^blob:/.test(url) ? url : null;
}

/** Cuts from the end of a link what belongs to the sentence around it: stops, quotes, an unopened bracket. */
function trimLink(link) {
    let cut = link.replace(/["'<>`].*$/, '').replace(/[.,;:!?]+$/, '');
    while (/[)\]}]$/.test(cut) && cut.split('(').length < cut.split(')').length) {
        cut = cut.slice(0, -1).replace(/[.,;:!?]+$/, '');
    }
    return cut;
}

/** Writes text into a node, with its http(s) addresses as links. */
export function writeText(node, text) {
    let from = 0;
    LINK.lastIndex = 0;
    for (let match = LINK.exec(text); match; match = LINK.exec(text)) {
        const link = trimLink(match[0]);
        if (link.length > 'https://'.length) {
            node.appendChild(document.createTextNode(text.slice(from, match.index)));
            node.appendChild(el('a', {
                href: link,
                target: '_blank',
                rel: 'noopener noreferrer nofollow',
                textContent: link
            }));
            from = match.index + link.length;
        }
    }
    node.appendChild(document.createTextNode(text.slice(from)));
}

/** The text of a message; a long one is folded under a button. */
function textBlock(text) {
    const block = el('div', { class: 'text', dir: 'auto' });
    writeText(block, text);
    if (text.length <= LONG_CHARS && text.split('\n').length <= LONG_LINES) {
        return [block];
    }
    block.classList.add('folded');
    const more = el('button', {
        type: 'button',
        class: 'fold',
        textContent: t('expand'),
        attrs: { 'aria-expanded': 'false' }
    });
    more.addEventListener('click', () => {
        const folded = block.classList.toggle('folded');
        more.textContent = t(folded ? 'expand' : 'fold');
        more.setAttribute('aria-expanded', String(!folded));
    });
    return [block, more];
}

/** Shows a picture over the whole page until it is tapped, or Escape or Back is pressed. */
function showPicture(url, name, opener) {
    const box =
        el('div', { class: 'viewer', tabIndex: -1, attrs: { role: 'dialog', 'aria-modal': 'true' } },
            el('img', { src: url, alt: t('picture', { name }) }),
            el('button', { type: 'button', class: 'viewer-close', attrs: { 'aria-label': t('close') } },
                icon('cross')));
    const shut = () => {
        window.removeEventListener('popstate', shut);
        box.remove();
        opener.focus();
    };
    const leave = () => history.back();
    history.pushState({ viewer: true }, '');
    window.addEventListener('popstate', shut);
    box.addEventListener('click', leave);
    box.addEventListener('keydown', (event) => event.key === 'Escape' && leave());
    document.body.appendChild(box);
    box.focus();
}

/**
 * One file: a picture to tap, something to play, or a card to open. `onSize` is called when its height is
 * known.
 */
function fileBlock(file, onSize) {
    const url = safeUrl(file.url);
    const name = file.name || t('file');
    const mime = file.mime || '';
    if (url && /^image\/(jpeg|png|gif|webp|bmp|svg\+xml)/.test(mime)) {
        const open = el('button',
            { type: 'button', class: 'picture', attrs: { 'aria-label': t('picture', { name }) } },
            el('img', { src: url, alt: '', on: { load: onSize, error: onSize } }));
        open.addEventListener('click', () => showPicture(url, name, open));
        return open;
    }
    if (url && /^(audio|video)\//.test(mime)) {
        return el(mime.slice(0, 5), { class: 'media', src: url, controls: true, preload: 'metadata' });
    }
    const words = el('span', { class: 'file-name' }, name);
    const card = el(url ? 'a' : 'span', { class: 'file-card' }, icon('file'), words);
    if (file.size) {
        words.appendChild(el('small', { textContent: sizeText(file.size) }));
    }
    if (url) {
        Object.assign(card, { href: url, target: '_blank', rel: 'noopener noreferrer' });
        card.setAttribute('aria-label', t('open', { name }));
    }
    return card;
}

/** The buttons under a message, in their rows; a press is marked, so that a second one is on purpose. */
function buttonRows(rows, onPress) {
    const grid = el('div', { class: 'buttons' });
    rows.filter((row) => row && row.length).forEach((row) => {
        const line = el('div', { class: 'button-row' });
        row.forEach((button) => {
            const node = el('button', { type: 'button', class: 'answer', textContent: button.text });
            node.addEventListener('click', () => {
                if (node.classList.contains('pressing')) {
                    return;
                }
                grid.querySelectorAll('.pressed').forEach((other) => other.classList.remove('pressed'));
                node.classList.add('pressed', 'pressing');
                node.setAttribute('aria-pressed', 'true');
                setTimeout(() => node.classList.remove('pressing'), 1500);
                onPress(button);
            });
            line.appendChild(node);
        });
        grid.appendChild(line);
    });
    return grid;
}

/** Fills a message's body. `handlers`: onPress(button), onSize(). */
export function writeBody(body, message, handlers) {
    const bubble = el('div', { class: 'bubble' });
    const files = message.files || [];
    const rows = (message.buttons || []).filter((row) => row && row.length);
    if (message.text) {
        textBlock(message.text).forEach((node) => bubble.appendChild(node));
    }
    files.forEach((file) => bubble.appendChild(fileBlock(file, handlers.onSize)));
    if (files.length && !message.text && files.every((file) => /^image\//.test(file.mime || ''))) {
        bubble.classList.add('bare');
    }
    body.textContent = '';
    if (bubble.firstChild) {
        body.appendChild(bubble);
    }
    if (rows.length) {
        body.appendChild(buttonRows(rows, handlers.onPress));
    }
}

/** Shows how the sending of an own message stands. `handlers`: onRetry(), onDrop(). */
export function writeState(node, item, handlers) {
    const shown = node.getAttribute('data-state');
    if (shown !== item.state) {
        node.setAttribute('data-state', item.state);
        node.textContent = '';
        if (item.state === 'failed') {
            node.appendChild(
                el('span', { class: 'why', textContent: t('state.failed') + '：' + t('why.' + item.why) }));
            node.appendChild(el('button', {
                type: 'button',
                class: 'retry',
                textContent: t('retry'),
                on: { click: handlers.onRetry }
            }));
            node.appendChild(el('button', {
                type: 'button',
                class: 'drop',
                textContent: t('drop'),
                on: { click: handlers.onDrop }
            }));
        } else if (item.state !== 'sent') {
            if (item.files && item.state === 'sending') {
                node.appendChild(
                    el('progress', { max: 1, value: 0, attrs: { 'aria-label': t('state.sending') } }));
            }
            node.appendChild(el('span', { textContent: t('state.' + item.state) }));
        }
    }
    const bar = node.querySelector('progress');
    if (bar) {
        bar.value = item.part || 0;
    }
}
