// An address that opens nothing: the server is asked for the reason, which it has in the person's language.

import { request } from './api.js';
import { el, fill } from './dom.js';
import { setLang, t } from './words.js';

const sheet = document.getElementById('lost');

/** Shows one card. */
function show(text, ...parts) {
    document.title = t('join.sorry');
    fill(sheet,
        el('div', { class: 'sheet' },
            el('span', { class: 'face large', textContent: '班', attrs: { 'aria-hidden': 'true' } }),
            el('h1', { textContent: t('join.sorry') }), el('p', { textContent: text }), ...parts));
}

function big(word, kind, press) {
    return el(
        'button', { type: 'button', class: 'big ' + kind, textContent: t(word), on: { click: press } });
}

/** Asks for the reason; a line that fails can be tried again. */
async function begin() {
    let answer = null;
    try {
        answer = await request('GET', location.pathname + location.search);
    } catch (e) {
        answer = { status: 0, data: {} };
    }
    if (typeof answer.data.error === 'string' && answer.status >= 400 && answer.status < 500) {
        setLang(/[\u4e00-\u9fff]/.test(answer.data.error) ? 'zh-CN' : 'en');
        show(answer.data.error, big('join.chat', 'yes', () => location.assign('/me')));
    } else {
        show(t('join.fail'), big('join.again', 'yes', () => location.reload()));
    }
}

setLang((navigator.language || '').startsWith('en') ? 'en' : 'zh-CN');
begin();
