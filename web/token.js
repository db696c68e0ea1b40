// /token#SURVEY.PERSON.MAC: here a person's browser gets its ballot token signed. The ticket travels in the
// fragment and in the body of one request, never in an address that a server sees.

import { ask, askSurvey, fingerprint, keep, kept, languageButton, say, show, sorry, startLang, statement }
    from './ballot_kit.js';
import { blind, canBlind, finalize, fromHex, PREFIX, sha256, toHex } from './blind.js';
import { big } from './card.js';
import { el } from './dom.js';
import { t } from './words.js';

const MESSAGE = new TextEncoder().encode('banzhang ballot');
const ticket = decodeURIComponent(location.hash.slice(1));
const survey = /^\d{1,15}\.\d{1,15}\.[0-9a-f]{32}$/.test(ticket) ? ticket.split('.')[0] : null;
const BUSY = 503;
const RETRY_MS = 2000;
let form = null;

/** What goes wrong while signing, by the code of the refusal. */
const REFUSED = {
    issued: 'ballot.issued',
    closed: 'ballot.over',
    absent: 'ballot.absent',
    ticket: 'ballot.noticket'
};

function toBallot() {
    location.replace('/ballot/' + survey);
}

/** The blinded message: made once and kept before it is sent, so that a bad line costs nothing. */
async function prepare() {
    const before = kept(survey);
    if (before.blinded && before.key === form.key && before.ticket === ticket) {
        return before;
    }
    const made = await blind(fromHex(form.key), MESSAGE);
    const ballot = {
        ticket,
        key: form.key,
        prepared: toHex(made.prepared),
        blinded: toHex(made.blinded),
        inv: toHex(made.inv),
    };
    if (!keep(survey, ballot)) {
        throw new Error('nothing can be kept');
    }
    return ballot;
}

/** Takes the blinding away and keeps the token; what was needed for it is forgotten. */
async function unblind(ballot, signature) {
    const signed = await finalize(
        fromHex(ballot.key), fromHex(ballot.prepared), fromHex(signature), fromHex(ballot.inv));
    keep(survey, {
        key: ballot.key,
        owner: await sha256(new TextEncoder().encode(ticket)),
        token: ballot.prepared.slice(0, 2 * PREFIX),
        signature: toHex(signed),
    });
    toBallot();
}

async function fetchToken() {
    show('working', t('token.working'));
    let ballot = null;
    try {
        ballot = await prepare();
    } catch (e) {
        sorry('ballot.nokeep', fetchToken);
        return;
    }
    const answer = await ask('/token/sign', { ticket, blinded: ballot.blinded });
    if (answer.status === 200) {
        try {
            await unblind(ballot, answer.data.signature);
        } catch (e) {
            sorry('token.bad', fetchToken);
        }
    } else if (REFUSED[answer.data.code]) {
        keep(survey, {}); // what was blinded here for this ticket is never signed
        sorry(REFUSED[answer.data.code]);
    } else if (answer.status === BUSY) {
        setTimeout(fetchToken, RETRY_MS);
    } else {
        sorry('ballot.line', fetchToken);
    }
}

async function showOffer() {
    show('offer', t('token.title', { title: form.title }), statement(form, true),
        big('token.get', 'yes', fetchToken),
        el('p', { class: 'hint', textContent: t('ballot.print', { print: await fingerprint(form.key) }) }),
        languageButton(begin));
}

async function begin() {
    if (!survey) {
        sorry('ballot.noticket');
        return;
    }
    if (!canBlind()) {
        sorry('ballot.insecure');
        return;
    }
    const before = kept(survey);
    const own = before.owner === await sha256(new TextEncoder().encode(ticket));
    if (before.signature && (own || before.state !== 'counted')) {
        if (own) {
            toBallot();
        } else {
            sorry('token.other', toBallot);
        }
        return;
    }
    const answer = await askSurvey(survey, 'form');
    form = answer.data;
    if (answer.status !== 200) {
        sorry(answer.status === 404 ? 'ballot.none' : 'ballot.line', begin);
    } else if (form.state !== 'open') {
        sorry('ballot.over');
    } else if (!form.key) {
        setTimeout(begin, RETRY_MS);
    } else {
        await showOffer();
    }
}

startLang();
show('working', t('loading'));
begin();
