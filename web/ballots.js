// /ballot/SURVEY/list: after the end, every ballot by its key. The own one is found by the receipt, and this page
// counts all of them again by itself.

import { askSurvey, fingerprint, kept, languageButton, say, show, sorry, startLang } from './ballot_kit.js';
import { fromHex, sha256 } from './blind.js';
import { big } from './card.js';
import { el } from './dom.js';
import { t } from './words.js';

const survey = location.pathname.split('/')[2];
const WHY = { open: 'list.open', few: 'list.few', none: 'ballot.none' };
let list = null;
let own = '';

/** What was answered, as people read it. */
function label(question, value) {
    const one = (v) => (question.options.find((option) => option.value === v) || { label: String(v) }).label;
    return Array.isArray(value) ? value.map(one).join('、') : one(value);
}

/** One ballot. */
function card(row) {
    return el('li', { class: 'one' + (row.key === own ? ' own' : ''), id: 'b' + row.key },
        row.key === own ? el('p', { class: 'mine-mark', textContent: t('list.own') }) : null,
        el('p', { class: 'key', textContent: row.key }),
        el('dl', {}, ...list.questions.filter((q) => row.answers[q.id] !== undefined).flatMap((q) => [
            el('dt', { textContent: q.ask }), el('dd', { textContent: label(q, row.answers[q.id]) }),
        ])));
}

/** How often each option was chosen, counted here from the ballots. */
function recount(question) {
    const values = list.rows.map((row) => row.answers[question.id]).filter((v) => v !== undefined).flat();
    return el('div', { class: 'recount', attrs: { 'data-id': question.id } },
        el('p', { class: 'label', textContent: question.ask }),
        ...question.options.map((option) => {
            const n = values.filter((value) => value === option.value).length;
            return el('p', { class: 'bar' }, el('span', { textContent: option.label }),
                el('progress', { max: Math.max(1, list.rows.length), value: n }),
                el('b', { textContent: String(n) }));
        }));
}

function find(field) {
    own = field.value.trim().toLowerCase();
    draw();
    const found = document.getElementById('b' + own);
    if (found) {
        found.scrollIntoView({ block: 'center' });
    } else {
        document.querySelector('.found').textContent = t('list.notfound');
    }
}

async function draw() {
    const field = el('input', { class: 'form-control', value: own, attrs: { 'aria-label': t('ballot.receipt') } });
    const mine = list.rows.find((row) => row.key === own);
    show('list', t('list.title', { title: list.title }),
        say('list.figures', { ballots: list.rows.length, tokens: list.tokens, entitled: list.entitled }),
        say(list.rows.length <= list.tokens && list.tokens <= list.entitled ? 'list.fits' : 'list.wrong', null, 'hint'),
        el('p', { class: 'label', textContent: t('list.find') }), field,
        el('p', { class: 'found', textContent: mine ? t('list.found') : '' }), big('list.look', '', () => find(field)),
        el('h2', { textContent: t('list.recount') }),
        ...list.questions.filter((q) => q.options.length).map(recount),
        el('h2', { textContent: t('list.all') }),
        el('ol', { class: 'ballots' }, ...(mine ? [card(mine)] : []),
            ...list.rows.filter((row) => row !== mine).map(card)),
        el('p', { class: 'hint', textContent: t('ballot.print', { print: printed }) }), languageButton(begin));
}

let printed = '';

async function begin() {
    const answer = await askSurvey(survey, 'list.json');
    list = answer.data;
    if (answer.status !== 200) {
        sorry(WHY[answer.data.code] || 'ballot.line', begin);
        return;
    }
    const token = kept(survey).token;
    printed = await fingerprint(list.key);
    own = own || (token ? await sha256(fromHex(token)) : '');
    draw();
}

startLang();
show('working', t('loading'));
begin();
