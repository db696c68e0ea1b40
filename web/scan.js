// /s/CODE: what the QR on the wall opens. A browser that has joined signs in at once; anybody else is shown
// how to go on in Telegram, in WeCom or by typing.

import { request } from './api.js';
import { writeText } from './bubble.js';
import { big, languageButton, showCard } from './card.js';
import { el } from './dom.js';
import { isEnglish, setLang, t } from './words.js';

const sheet = document.getElementById('scan');
const code = location.pathname.split('/')[2];
const asked = new URLSearchParams(location.search).get('lang');
// The same scan sent twice is one message.
const key = 'scan-' + code + '-' + Math.random().toString(36).slice(2);

/** What the bot said to the sign-in. */
function showReplies(replies) {
    const said = replies[replies.length - 1] || { key: '', text: '' };
    const text = el('div', { class: 'what said' });
    const good = ['signin.ontime', 'signin.late', 'signin.again'].includes(said.key);
    writeText(text, said.text);
    sheet.dataset.key = said.key;
    showCard(sheet, t(good ? 'scan.done' : 'scan.not'), text, big('join.chat', 'yes', () => location.assign('/me')));
}

/** Sends the code as this browser's person; the button is there for a line that fails. */
async function signIn() {
    const button = big('scan.sign', 'yes', signIn);
    let answer = null;
    button.disabled = true;
    showCard(sheet, t('scan.signing'), button);
    try {
        answer = await request(
            'POST', '/me/messages', JSON.stringify({ text: (isEnglish() ? 'signin ' : '签到 ') + code, id: key }));
    } catch (e) {
        answer = { status: 0 };
    }
    if (answer.status === 200 && Array.isArray(answer.data.replies)) {
        showReplies(answer.data.replies);
    } else if (answer.status === 401) {
        showWays();
    } else {
        button.disabled = false;
        showCard(sheet, t('scan.again'), el('p', { textContent: t('join.fail') }), button);
    }
}

/** The ways for who is not known in this browser. */
async function showWays() {
    let ways = {};
    try {
        ways = (await request('GET', '/s/' + code + '/ways')).data;
    } catch (e) {
        ways = {};
    }
    const telegram = /^https:\/\/t\.me\/\w+\?start=s_\d{6}$/.test(ways.telegram || '') ? ways.telegram : null;
    showCard(sheet, t('scan.title'), el('p', { class: 'scan-code', textContent: code.slice(0, 3) + ' ' + code.slice(3) }),
        telegram ? el('a', { class: 'big yes', href: telegram, textContent: t('scan.telegram') }) : null,
        ways.wecom ? el('p', { textContent: t('scan.wecom', { code }) }) : null,
        el('p', { textContent: t('scan.type', { code }) }),
        el('p', { class: 'hint', textContent: t('scan.join') }),
        languageButton(showWays));
}

/** Asks who this browser is. */
async function begin() {
    showCard(sheet, t('loading'));
    try {
        const me = await request('GET', '/me/profile');
        if (me.status === 401) {
            showWays();
            return;
        }
        setLang(asked || me.data.lang || 'zh-CN');
    } catch (e) {
        setLang(asked || 'zh-CN');
    }
    signIn();
}

setLang(asked || 'zh-CN');
begin();
