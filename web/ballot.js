// /ballot/SURVEY: filling in and casting, without identity. Answers and token stay in this browser until the ballot
// is counted; what was cast is cast again as long as it is only held, which changes nothing if the server still
// has it.

import { ask, askSurvey, fingerprint, keep, kept, languageButton, say, show, sorry, startLang, statement }
    from './ballot_kit.js';
import { canBlind, fromHex, sha256 } from './blind.js';
import { readAnswers, renderQuestions, showMissing } from './ballot_form.js';
import { big } from './card.js';
import { el } from './dom.js';
import { t } from './words.js';

const survey = location.pathname.split('/')[2];
const LOOK_MS = 20000;
const SOONEST = 5 * 60;
const LATEST = 6 * 60 * 60;
const SPARE = 15 * 60; // seconds before the end by which it is cast at the latest
const CANNOT = { closed: 'ballot.late', used: 'ballot.used', forged: 'ballot.forged', many: 'ballot.many' };
let form = null;
let timer = 0;

function later(act, ms) {
    clearTimeout(timer);
    timer = setTimeout(act, Math.min(ms, 0x7fffffff));
}

/** A moment by chance: not before five minutes, not after six hours, and in time. */
function chooseMoment() {
    const latest = Math.max(0, Math.min(LATEST, form.left - SPARE));
    const soonest = Math.min(SOONEST, latest);
    const chance = crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;
    return Date.now() + (soonest + chance * (latest - soonest)) * 1000;
}

/** The receipt: by which the voter finds the ballot in the list. */
async function receipt(ballot) {
    const text = await sha256(fromHex(ballot.token));
    const url = location.origin + '/ballot/' + survey + '/list';
    const file = t('ballot.file', {
        title: form.title,
        key: text,
        url,
        print: await fingerprint(form.key)
    });
    const link = el('a', {
        class: 'big',
        textContent: t('ballot.save'),
        href: URL.createObjectURL(new Blob([file], { type: 'text/plain' })),
        download: 'ballot-' + survey + '.txt'
    });
    return [
        el('p', { class: 'label', textContent: t('ballot.receipt') }),
        el('p', { class: 'key', textContent: text }), say('ballot.receipt.note', { url }, 'hint'), link
    ];
}

function listLink() {
    return el('a', { class: 'big yes', href: '/ballot/' + survey + '/list', textContent: t('ballot.list') });
}

/** It is cast: held, or counted. */
async function showCast(ballot) {
    const counted = ballot.state === 'counted';
    const more = await receipt(ballot);
    const parts = [say(counted ? 'ballot.counted' : 'ballot.held', { batch: form.batch }), ...more];
    if (form.state === 'closed') {
        parts.push(listLink());
    }
    show(ballot.state, t(counted ? 'ballot.counted.title' : 'ballot.held.title'), ...parts,
        languageButton(begin));
    if (!counted) {
        later(cast, LOOK_MS);
    }
}

/** Casts what is sealed; the same again is harmless. */
async function cast() {
    const ballot = kept(survey);
    const answer = await ask('/ballot/' + survey + '/cast',
        { token: ballot.token, signature: ballot.signature, answers: ballot.answers });
    if (answer.status === 200) {
        ballot.state = answer.data.state;
        keep(survey, ballot);
        await showCast(ballot);
    } else if (CANNOT[answer.data.code]) {
        sorry(CANNOT[answer.data.code]);
    } else if (answer.data.code === 'answers') {
        delete ballot.answers;
        keep(survey, ballot);
        showForm(ballot);
    } else if (ballot.state === 'held') {
        later(cast, LOOK_MS);
    } else {
        sorry('ballot.line', cast);
        later(cast, LOOK_MS);
    }
}

/** Filled in; it waits for its moment. */
function showSealed(ballot) {
    const ms = ballot.due - Date.now();
    if (ms <= 0) {
        show('casting', t('ballot.casting'));
        cast();
        return;
    }
    const at = new Date(ballot.due);
    const time = String(at.getHours()).padStart(2, '0') + ':' + String(at.getMinutes()).padStart(2, '0');
    show('sealed', t('ballot.sealed.title'), say('ballot.sealed', { time, closes: form.closes }),
        big('ballot.now', '', () => cast()), say('ballot.now.note', null, 'hint'),
        big('ballot.change', '', () => {
            delete ballot.due;
            keep(survey, ballot);
            clearTimeout(timer);
            showForm(ballot);
        }),
        languageButton(begin));
    later(() => showSealed(ballot), ms);
}

function seal(ballot) {
    const answers = readAnswers(form);
    const missing = showMissing(form, answers);
    if (missing) {
        return;
    }
    ballot.answers = answers;
    ballot.due = chooseMoment();
    keep(survey, ballot);
    showSealed(ballot);
}

function showForm(ballot) {
    show('form', form.title, say('ballot.lead', { closes: form.closes }), statement(form, false),
        renderQuestions(form, ballot.answers || {}), big('ballot.seal', 'yes', () => seal(ballot)),
        say('ballot.seal.note', null, 'hint'), languageButton(begin));
}

/** No token here: whoever it is may read the list, or is sent to the chat. */
function showNothing() {
    const closed = form.state === 'closed';
    show('nothing', form.title, say(closed ? 'ballot.closed' : 'ballot.notoken'), closed ? listLink() : null,
        statement(form, false), languageButton(begin));
}

async function begin() {
    const ballot = kept(survey);
    clearTimeout(timer);
    if (!canBlind()) {
        sorry('ballot.insecure');
        return;
    }
    const answer = await askSurvey(survey, 'form');
    form = answer.data;
    if (answer.status !== 200) {
        sorry(answer.status === 404 ? 'ballot.none' : 'ballot.line', begin);
    } else if (ballot.blinded && !ballot.signature && form.state === 'open') {
        location.replace('/token#' + ballot.ticket);
    } else if (!ballot.signature) {
        showNothing();
    } else if (ballot.state === 'counted') {
        await showCast(ballot);
    } else if (ballot.answers && (ballot.state === 'held' || form.state === 'closed')) {
        cast();
    } else if (ballot.answers && ballot.due) {
        showSealed(ballot);
    } else if (form.state === 'closed') {
        showNothing();
    } else {
        showForm(ballot);
    }
}

startLang();
show('working', t('loading'));
begin();
