// /u/TOKEN: files for one purpose, without a login. Each file goes in pieces; after a broken line, or in a page
// opened anew, it goes on where it stopped, and the same file is never there twice.

import { isPassing, request } from './api.js';
import { big, languageButton, showCard } from './card.js';
import { el, icon } from './dom.js';
import { sizeText } from './files.js';
import { setLang, t } from './words.js';

const SMALLEST = 64 * 1024;
const LARGEST = 1024 * 1024;
const QUICK_MS = 1500;
const WAIT_MAX = 15;
const sheet = document.getElementById('upload');
const address = location.pathname.replace(/\/+$/, '');

let page = null; // what the server says of this page
let rows = [];   // {key, name, size, id, have, done, renamed, file, why, retrying, node}
let running = false;
let piece = 256 * 1024;
let wakeUp = null;
let sending = false;

/** How far a file has come, in whole percent. */
function percent(row) {
    return row.size ? Math.floor((row.have + (row.moving || 0)) * 100 / row.size) : 0;
}

/** What is said under a file's name. */
function note(row) {
    if (row.why) {
        return row.why;
    }
    if (row.done) {
        return t('up.done', { size: sizeText(row.size) }) + (row.renamed ? ' · ' + t('up.renamed') : '');
    }
    if (!row.file) {
        return t('up.half', { percent: percent(row) });
    }
    if (row.retrying) {
        return t('up.retry', { percent: percent(row) });
    }
    return row.have + (row.moving || 0) > 0 ? t('up.part', { percent: percent(row) }) : t('up.wait');
}

/** Writes a file's state into its line. */
function refresh(row) {
    if (!row.node) {
        return;
    }
    row.node.className = 'up-file' + (row.done ? ' done' : '') + (row.why ? ' bad' : '');
    row.node.querySelector('.up-name').textContent = row.name;
    row.node.querySelector('.up-note').textContent = note(row);
    row.node.querySelector('.up-bar').value = row.done ? 100 : percent(row);
    row.node.querySelector('.up-bar').hidden = Boolean(row.done || row.why);
}

/** One file's line. */
function line(row) {
    const drop = el('button', {
        type: 'button',
        class: 'up-drop',
        attrs: { 'aria-label': t('remove', { name: row.name }) },
        on: { click: () => remove(row) }
    });
    drop.appendChild(icon('cross'));
    row.node = el('li', {},
        el('div', { class: 'up-line' }, el('span', { class: 'up-name' }), drop),
        el('div', { class: 'up-note' }),
        el('progress', { class: 'up-bar', max: 100, attrs: { 'aria-label': row.name } }));
    refresh(row);
    return row.node;
}

/** The button that hands over: only when everything wanted is there. */
function sendButton() {
    const ready = rows.filter((row) => row.done).length;
    const coming = rows.some((row) => row.file && !row.done && !row.why);
    return el('button', {
        type: 'button',
        class: 'big yes',
        disabled: sending || coming || ready === 0,
        textContent: sending ? t('up.sending') : coming ? t('up.waiting') : t('up.send', { count: ready }),
        on: { click: send }
    });
}

/** Draws the whole page. */
function draw() {
    if (!page) {
        return;
    }
    const input = el('input', {
        type: 'file',
        multiple: true,
        hidden: true,
        on: {
            change: () => {
                add(Array.from(input.files));
                input.value = '';
            }
        }
    });
    const pick = el('button', {
        type: 'button',
        class: rows.length ? 'big no' : 'big yes',
        textContent: t(rows.length ? 'up.more' : 'up.pick'),
        on: { click: () => input.click() }
    });
    showCard(sheet, page.label ? t('up.for', { label: page.label }) : t('up.title'),
        el('p', { class: 'who', textContent: [page.name, page.class].filter(Boolean).join(' · ') }),
        rows.length ? el('ul', { class: 'up-list' }, ...rows.map(line)) : null,
        pick, input, rows.length ? sendButton() : null,
        el('p', { class: 'small-print', textContent: t('up.none', { count: page.count, size: sizeText(page.most) }) +
            (page.until ? ' ' + t('up.until', { until: page.until }) : '') }),
        languageButton(draw));
}

/** Takes chosen files into the list; one that is known already goes on. */
function add(files) {
    files.forEach((file) => {
        const key = [file.name, file.size, file.lastModified].join('|').slice(-100);
        let row = rows.find((one) => one.key === key) ||
            rows.find((one) => !one.file && !one.done && one.name === file.name && one.size === file.size);
        if (!row) {
            row = { key, name: file.name, size: file.size, id: 0, have: 0, done: false };
            rows.push(row);
        }
        row.file = file;
        row.key = row.key || key;
        row.why = file.size === 0 ? t('up.empty')
            : file.size > page.most ? t('up.large', { size: sizeText(page.most) })
            : rows.filter((one) => !one.why).length > page.count ? t('up.many', { count: page.count })
            : null;
    });
    draw();
    run();
}

/** Takes a file off the list, here and on the server. */
async function remove(row) {
    rows = rows.filter((one) => one !== row);
    row.gone = true;
    draw();
    if (row.id) {
        await insist(row, () => request('POST', address + '/drop', JSON.stringify({ id: row.id })));
    }
}

/** Waits, or until the line comes back. */
function pause(seconds) {
    return new Promise((resolve) => {
        wakeUp = resolve;
        setTimeout(resolve, seconds * 1000);
    });
}

/** Asks until there is an answer that asking again would not change. */
async function insist(row, ask) {
    for (let tries = 0; ; tries++) {
        let wait = Math.min(2 ** tries, WAIT_MAX);
        try {
            const answer = await ask();
            if (!isPassing(answer.status)) {
                row.retrying = false;
                return answer;
            }
            wait = answer.wait || wait;
        } catch (e) {
            piece = SMALLEST;
        }
        row.retrying = true;
        row.moving = 0;
        refresh(row);
        await pause(wait);
    }
}

/** Sends the next piece; its answer. Pieces grow on a quick line and shrink on a slow one. */
async function sendPiece(row) {
    const from = row.have;
    const blob = row.file.slice(from, Math.min(from + piece, row.size));
    const begun = Date.now();
    const answer = await insist(row, () => request('PUT', address + '/' + row.id + '?at=' + from, blob,
        (part) => {
            row.moving = part * blob.size;
            refresh(row);
        }));
    piece = Date.now() - begun < QUICK_MS ? Math.min(piece * 2, LARGEST) : Math.max(piece / 2, SMALLEST);
    row.moving = 0;
    return answer;
}

/** Announces a file: the server says how much of it is there already. */
async function announce(row) {
    const body = JSON.stringify({ key: row.key, name: row.name.slice(-120), size: row.size });
    const answer = await insist(row, () => request('POST', address + '/files', body));
    if (answer.status !== 200) {
        row.why = answer.data.error || t('why.refused');
        return false;
    }
    row.id = answer.data.id;
    row.have = answer.data.have;
    row.done = answer.data.done;
    return true;
}

/** Brings one file over. */
async function carry(row) {
    if (!await announce(row)) {
        return;
    }
    while (!row.done && !row.gone) {
        const answer = await sendPiece(row);
        if (answer.status === 200) {
            row.have = answer.data.have;
            row.done = answer.data.done;
        } else if (answer.status !== 409 || !await announce(row)) {
            row.why = row.why || answer.data.error || t('why.refused');
            return;
        }
        refresh(row);
    }
    await look();
}

/** Brings the waiting files over, one after the other. */
async function run() {
    if (running) {
        return;
    }
    running = true;
    for (let row; (row = rows.find((one) => one.file && !one.done && !one.why));) {
        try {
            await carry(row);
        } catch (e) {
            row.why = t('why.lost');
        }
        draw();
    }
    running = false;
}

/** Takes over what the server knows of the files: their true names, and those of an earlier visit. */
async function look() {
    const answer = await request('GET', address + '/state').catch(() => ({ status: 0, data: {} }));
    if (answer.status === 200) {
        page = answer.data;
        page.files.forEach((file) => {
            const row = rows.find((one) => one.id === file.id);
            if (row) {
                Object.assign(row, { name: file.name, renamed: file.renamed, done: file.done });
            } else if (!rows.some((one) => !one.id && one.name === file.name)) {
                rows.push(Object.assign({ file: null }, file));
            }
        });
    }
    return answer;
}

/** Hands over what is there. */
async function send() {
    const row = {};
    const count = rows.filter((one) => one.done).length;
    sending = true;
    draw();
    const answer = await insist(row, () => request('POST', address + '/send', '{}'));
    sending = false;
    if (answer.status === 200 && !answer.data.sent) {
        showCard(sheet, t('up.kept'), el('p', { textContent: t('up.kept.text') }));
    } else if (answer.status === 200) {
        showCard(sheet, t('up.sent'), el('p', { textContent: t('up.sent.text', { count }) }));
    } else {
        showCard(sheet, t('up.sorry'), el('p', { textContent: answer.data.error || t('join.fail') }));
    }
}

/** Opens the page. */
async function open() {
    showCard(sheet, t('loading'));
    const answer = await look();
    if (answer.status !== 200) {
        showCard(sheet, t('up.sorry'), el('p', { textContent: answer.data.error || t('join.fail') }),
            answer.status === 0 ? big('join.again', 'yes', open) : null);
        return;
    }
    setLang(page.lang);
    draw();
}

window.addEventListener('online', () => wakeUp && wakeUp());
window.addEventListener('beforeunload', (event) => {
    if (running) {
        event.preventDefault();
    }
});
setLang('zh-CN');
open();
