// /j/CODE: "are you 张三?" with what is recorded and for what; one press binds this browser.

import { request } from './api.js';
import { writeText } from './bubble.js';
import { big, languageButton, showCard } from './card.js';
import { el } from './dom.js';
import { setLang, t } from './words.js';

const sheet = document.getElementById('join');
const address = location.pathname.replace(/\/+$/, '');

/** Says why a link does not open, and the next step. */
function showTrouble(status) {
    const known = [404, 410, 429].includes(status);
    const other = languageButton(() => showTrouble(status));
    const text = el('p', { textContent: t('join.' + (known ? status : 'fail')) });
    if (status === 410) {
        showCard(sheet, t('join.sorry'), text, big('join.chat', 'yes', () => location.assign('/me')), other);
    } else {
        showCard(sheet, t('join.sorry'), text, status === 404 ? null : big('join.again', 'yes', ask), other);
    }
}

/** Asks the question. */
function showQuestion(who) {
    const text = el('div', { class: 'what' });
    const yes = big('join.yes', 'yes', () => agree(yes, no));
    const no = big('join.no', 'no', () => showNot(who));
    writeText(text, who.text || '');
    showCard(sheet, t('join.ask', { name: who.name }),
        el('p', { class: 'who', textContent: [who.class, who.role].filter(Boolean).join(' · ') }),
        who.text ? el('section', {}, el('h2', { class: 'label', textContent: t('join.what') }), text)
                 : null,
        yes, no, languageButton(() => showQuestion(who)));
}

/** Somebody else's link: nothing happened, and what to do now. */
function showNot(who) {
    showCard(sheet, t('join.not.title'), el('p', { textContent: t('join.not.text', { name: who.name }) }),
        big('join.back', 'no', () => showQuestion(who)));
}

/** Binds this browser and goes to the chat. */
async function agree(yes, no) {
    let answer = { status: 0 };
    yes.disabled = no.disabled = true;
    yes.textContent = t('join.working');
    try {
        answer = await request('POST', address, JSON.stringify({ agree: true }));
    } catch (e) {
        answer = { status: 0 };
    }
    if (answer.status === 200) {
        const next = answer.data.next;
        location.replace(typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/me');
    } else {
        showTrouble(answer.status);
    }
}

/** Asks the server whose link this is. */
async function ask() {
    showCard(sheet, t('loading'));
    try {
        const answer = await request('GET', address + '/who');
        if (answer.status !== 200) {
            showTrouble(answer.status);
            return;
        }
        setLang(answer.data.lang);
        showQuestion(answer.data);
    } catch (e) {
        showTrouble(0);
    }
}

setLang('zh-CN');
ask();
