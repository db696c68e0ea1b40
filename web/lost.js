// An address that opens nothing: the server is asked for the reason, which it has in the person's language.

import { request } from './api.js';
import { big, showCard } from './card.js';
import { el } from './dom.js';
import { setLang, t } from './words.js';

const sheet = document.getElementById('lost');

/** Says why, and the next step. */
function show(text, button) {
    showCard(sheet, t('join.sorry'), el('p', { textContent: text }), button);
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
