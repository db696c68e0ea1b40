// /j/CODE: "are you 张三?" with what is recorded and for what; one press binds this browser.

import { request } from './api.js';
import { writeText } from './bubble.js';
import { el, fill } from './dom.js';
import { isEnglish, setLang, t } from './words.js';

const sheet = document.getElementById('join');
const address = location.pathname.replace(/\/+$/, '');

/** Shows one card: a face, a heading, and what belongs under it. */
function show(heading, ...parts) {
    document.title = heading;
    fill(sheet,
        el('div', { class: 'sheet' },
            el('span', { class: 'face large', textContent: '班', attrs: { 'aria-hidden': 'true' } }),
            el('h1', { textContent: heading }), ...parts));
}

/** The other language, for who reads this one badly; `again` draws the same card anew. */
function otherLanguage(again) {
    return el('button', {
        type: 'button',
        class: 'language',
        textContent: t('language'),
        on: {
            click: () => {
                setLang(isEnglish() ? 'zh-CN' : 'en');
                again();
            }
        }
    });
}

/** A large button. */
function big(word, kind, press) {
    return el(
        'button', { type: 'button', class: 'big ' + kind, textContent: t(word), on: { click: press } });
}

/** Says why a link does not open, and the next step. */
function showTrouble(status) {
    const known = [404, 410, 429].includes(status);
    const other = otherLanguage(() => showTrouble(status));
    const text = el('p', { textContent: t('join.' + (known ? status : 'fail')) });
    if (status === 410) {
        show(t('join.sorry'), text, big('join.chat', 'yes', () => location.assign('/me')), other);
    } else {
        show(t('join.sorry'), text, status === 404 ? null : big('join.again', 'yes', ask), other);
    }
}

/** Asks the question. */
function showQuestion(who) {
    const text = el('div', { class: 'what' });
    const yes = big('join.yes', 'yes', () => agree(yes, no));
    const no = big('join.no', 'no', () => showNot(who));
    writeText(text, who.text || '');
    show(t('join.ask', { name: who.name }),
        el('p', { class: 'who', textContent: [who.class, who.role].filter(Boolean).join(' · ') }),
        who.text ? el('section', {}, el('h2', { class: 'label', textContent: t('join.what') }), text)
                 : null,
        yes, no, otherLanguage(() => showQuestion(who)));
}

/** Somebody else's link: nothing happened, and what to do now. */
function showNot(who) {
    show(t('join.not.title'), el('p', { textContent: t('join.not.text', { name: who.name }) }),
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
    show(t('loading'));
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
