// What the pages of the anonymous ballot share: asking without identity, keeping the token in this browser, cards.

import { fromHex, sha256 } from './blind.js';
import { big, languageButton as otherLanguage } from './card.js';
import { el, fill, recall, remember } from './dom.js';
import { addWords, isEnglish, setLang, t } from './words.js';
import { WORDS } from './words_ballot.js';

const PATIENCE_MS = 20000;
const sheet = document.getElementById('ballot');
const asked = new URLSearchParams(location.search).get('lang');

/** One request without cookie and without the address of this page: {status, data}, status 0 without an answer. */
export async function ask(url, body) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
        const answer = await fetch(url, {
            method: body ? 'POST' : 'GET',
            credentials: 'omit',
            referrerPolicy: 'no-referrer',
            cache: 'no-store',
            headers: body ? { 'Content-Type': 'application/json' } : {},
            body: body ? JSON.stringify(body) : undefined,
            signal: patience.signal,
        });
        return { status: answer.status, data: await answer.json() };
    } catch (e) {
        return { status: 0, data: {} };
    } finally {
        clearTimeout(timer);
    }
}

/** What is asked of a survey, in the page's language. */
export function askSurvey(survey, what) {
    return ask('/ballot/' + survey + '/' + what + '?lang=' + (isEnglish() ? 'en' : 'zh-CN'));
}

/** What this browser keeps of a survey's ballot; {} nothing. */
export function kept(survey) {
    try {
        return JSON.parse(recall('ballot.' + survey) || '{}') || {};
    } catch (e) {
        return {};
    }
}

/** Keeps it; false where the browser keeps nothing. */
export function keep(survey, ballot) {
    return remember('ballot.' + survey, JSON.stringify(ballot)) &&
        recall('ballot.' + survey) === JSON.stringify(ballot);
}

/** Chooses the language: asked for in the address or chosen here before. */
export function startLang() {
    addWords(WORDS);
    setLang(asked || recall('ballot.lang') || 'zh-CN');
    remember('ballot.lang', isEnglish() ? 'en' : 'zh-CN');
}

/** The other language, which this browser keeps to. */
export function languageButton(again) {
    return otherLanguage(() => {
        remember('ballot.lang', isEnglish() ? 'en' : 'zh-CN');
        again();
    });
}

/** Shows one card; `name` says for programs which one. */
export function show(name, heading, ...parts) {
    document.title = heading;
    sheet.dataset.card = name;
    fill(sheet, el('div', { class: 'sheet' }, el('h1', { textContent: heading }), ...parts));
    sheet.scrollTop = 0;
}

/** A paragraph. */
export function say(word, values, kind) {
    return el('p', { class: kind || '', textContent: t(word, values) });
}

/** The statement of the server, below a line that opens it. */
export function statement(form, open) {
    const box = el('details', { class: 'statement' },
        el('summary', { textContent: t('ballot.statement') }),
        el('p', { textContent: form.statement }));
    box.open = open;
    return box;
}

/** The fingerprint of a survey's key, in groups that two people can compare. */
export async function fingerprint(key) {
    const digits = (await sha256(fromHex(key))).slice(0, 16);
    return digits.replace(/(.{4})(?=.)/g, '$1 ').toUpperCase();
}

/** The card for what cannot be shown, with a button that tries again. */
export function sorry(word, again) {
    show('sorry', t('ballot.sorry'), say(word), again ? big('ballot.again', 'yes', again) : null,
        languageButton(() => sorry(word, again)));
}
