// /chat: a rehearsal. Two chats side by side (tabs on a phone), each playing a person, and the class's clock.

import { request } from './api.js';
import { languageButton } from './card.js';
import { Chat } from './chat.js';
import { el, fill, recall, remember } from './dom.js';
import { clockOf, dateName, dayOf, later, nextAt, weekdayOf } from './time.js';
import { fitToScreen } from './viewport.js';
import { isEnglish, setLang, t } from './words.js';

const CLOCK_MS = 10000;
const ORDER = ['trainee', 'duty-teacher', 'mentor', 'school-leader', 'lecturer', 'organiser', 'bureau'];
const QUICK = {
    'trainee': 'trainee',
    'duty-teacher': 'teacher',
    'duty_teacher': 'teacher',
    'school-leader': 'teacher',
    'mentor': 'mentor',
    'organiser': 'organiser'
};
const byName = (id) => document.getElementById(id);
const panes = [];
let people = [];
let clock = null;

/* ---- people ---- */

/** The sender a person plays as, before and after joining. */
function fromOf(person) {
    return person.from || 'p' + person.member;
}

/** Whom a side shows: who was chosen last time, else a trainee left and a teacher or mentor right. */
function firstChoice(side) {
    const before = people.find((person) => String(person.member) === recall('sandbox.' + side));
    const roles = side === 'left' ? ['trainee'] : ['duty-teacher', 'duty_teacher', 'mentor', 'organiser'];
    return before || roles.map((role) => people.find((person) => person.role === role)).find(Boolean) ||
        people[side === 'left' ? 0 : people.length - 1];
}

/** People by role, trainees first. */
function groups() {
    const found = new Map();
    const rank = (role) => (ORDER.indexOf(role) + ORDER.length + 1) % (ORDER.length + 1);
    people.slice()
        .sort((a, b) => rank(a.role) - rank(b.role))
        .forEach((person) => { found.set(person.role, (found.get(person.role) || []).concat(person)); });
    return Array.from(found.values());
}

/** Fills a side's picker; who has not joined yet is said. One that stays the same is left alone: it may be open. */
function fillPicker(pane) {
    const label = (person) => person.name + (person.from ? '' : '（' + t('sand.new') + '）');
    const option = (person) => el('option', { value: String(person.member), textContent: label(person) });
    const group = (persons) =>
        el('optgroup', { label: persons[0].role_name || persons[0].role }, ...persons.map(option));
    const shown = people.map(label).join('\n');
    if (pane.shown !== shown) {
        pane.shown = shown;
        fill(pane.picker, ...groups().map(group));
    }
    if (pane.person) {
        pane.picker.value = String(pane.person.member);
    }
}

/** The commands offered to a person. */
function quickOf(person) {
    return person.quick || t('quick.' + (QUICK[person.role] || 'other')).split(' ').map((word) => ({
        label: word,
        text: word
    }));
}

/** Reads who can be played; says whether that worked. */
async function loadPeople() {
    try {
        const answer = await request('GET', '/sandbox/people');
        if (answer.status !== 200) {
            return false;
        }
        people = answer.data.people || [];
    } catch (e) {
        return false;
    }
    panes.forEach((pane) => {
        pane.person =
            people.find((person) => pane.person && person.member === pane.person.member) || pane.person;
        fillPicker(pane);
    });
    return true;
}

/* ---- the two chats ---- */

/** Lays out one side. */
function makePane(side) {
    const pane = { side, person: null, chat: null, news: 0 };
    pane.picker = el('select', { class: 'form-select', attrs: { 'aria-label': t('sand.who') } });
    pane.picker.addEventListener('change',
        () => { play(pane, people.find((person) => String(person.member) === pane.picker.value)); });
    pane.root = el('div', { class: 'chat' });
    pane.node =
        el('section', { class: 'pane pane-' + side, id: 'pane-' + side, attrs: { role: 'tabpanel' } },
            el('label', { class: 'who-bar' }, el('span', { textContent: t('sand.who') }), pane.picker),
            pane.root);
    pane.tab = el('button', {
        type: 'button',
        class: 'tab',
        attrs: { 'role': 'tab', 'aria-controls': 'pane-' + side },
        on: { click: () => showPane(pane) }
    });
    return pane;
}

/** Brings a side to the front on a phone; on a wide screen both are in sight. */
function showPane(pane) {
    panes.forEach((other) => {
        other.node.classList.toggle('front', other === pane);
        other.tab.setAttribute('aria-selected', String(other === pane));
    });
    remember('sandbox.front', pane.side);
    if (pane.chat) {
        pane.chat.wake();
        pane.chat.tidy();
    }
}

/** Writes a tab: the person's name and how much is unread. */
function showTab(pane) {
    fill(pane.tab, el('span', { textContent: pane.person ? pane.person.name : '' }),
        pane.person ? el('small', { textContent: pane.person.role_name || pane.person.role }) : null,
        pane.news ? el('b', { class: 'badge-news', textContent: String(pane.news) }) : null);
}

/** Plays a person on a side; a newcomer's joining is begun as by a person who types the code. */
async function play(pane, person) {
    if (pane.chat) {
        pane.chat.end();
    }
    const from = fromOf(person);
    pane.person = person;
    pane.news = 0;
    remember('sandbox.' + pane.side, String(person.member));
    fillPicker(pane);
    showTab(pane);
    const chat = new Chat(pane.root, {
        owner: 'sandbox.' + pane.side + '.' + from,
        sendUrl: '/sandbox/messages',
        extra: { from },
        listUrl: (part) => '/sandbox/messages?to=' + encodeURIComponent(from) + '&mine=1&' + part,
        onNews: (count) => {
            pane.news = count;
            showTab(pane);
        },
        onTold: (replies) => {
            if (replies.some((reply) => /^join\b/.test(reply.key || ''))) {
                loadPeople();
            }
        },
    });
    pane.chat = chat;
    chat.setNow(clock && clock.now);
    chat.composer.setQuick(quickOf(person));
    if (!person.from && person.code && !chat.outbox.items.length) {
        await beginJoining(chat, from, person);
    }
}

/** Says "加入 CODE" for a newcomer who has said nothing so far. */
async function beginJoining(chat, from, person) {
    try {
        const said =
            await request('GET', '/sandbox/messages?to=' + encodeURIComponent(from) + '&after=0&mine=1');
        if (!chat.ended && said.status === 200 && !said.data.messages.length) {
            chat.say({ text: t('sand.join', { code: person.code }) });
        }
    } catch (e) {
        /* no line now: the person can type the code */
    }
}

/* ---- the clock ---- */

/** Reads the class's clock. */
async function loadClock() {
    try {
        const answer = await request('GET', '/sandbox/clock');
        if (answer.status === 200) {
            clock = answer.data;
            showClock();
            panes.forEach((pane) => pane.chat && pane.chat.setNow(clock.now));
        }
    } catch (e) {
        /* shown as it was; asked again soon */
    }
}

/** Writes the clock's time and says which steps are possible. */
function showClock() {
    byName('now').textContent = clock ? dateName(dayOf(clock.now)) + ' ' + clockOf(clock.now) : '…';
    byName('step-next').disabled = !clock || !clock.next_sitting;
    byName('step-next').title =
        clock && clock.next_sitting ? weekdayOf(clock.next_sitting) + ' ' + clockOf(clock.next_sitting) : '';
}

/** Two minutes before the next sitting, or its start if that is nearer. */
function beforeSitting() {
    const early = later(clock.next_sitting, -2);
    return Date.parse(early) > Date.parse(clock.now) ? early : clock.next_sitting;
}

/** Moves the class's time forward; everything due on the way happens before the answer comes. */
async function move(target) {
    const note = byName('clock-note');
    const buttons = Array.from(document.querySelectorAll('.step'));
    let told = '';
    buttons.forEach((button) => { button.disabled = true; });
    byName('clockbar').classList.add('moving');
    note.textContent = t('sand.moving');
    try {
        const answer = await request('POST', '/sandbox/clock', JSON.stringify({ now: target }));
        told =
            answer.status === 200 ? t('sand.note') : t(answer.status === 409 ? 'sand.back' : 'sand.failed');
    } catch (e) {
        told = t('sand.failed');
    }
    byName('clockbar').classList.remove('moving');
    note.textContent = told;
    buttons.forEach((button) => { button.disabled = false; });
    await loadClock();
    panes.forEach((pane) => pane.chat && pane.chat.poll());
}

/** Lays out the clock's bar. */
function makeClockBar() {
    const step = (name, target) => el('button', {
        type: 'button',
        id: 'step-' + name,
        class: 'step',
        textContent: t('sand.' + name),
        on: { click: () => clock && move(target()) }
    });
    fill(byName('clockbar'),
        el('div', { class: 'clock-line' },
            el('span', { class: 'rehearsal', textContent: t('sand.badge') }),
            el('span', { class: 'visually-hidden', textContent: t('sand.now') }),
            el('strong', { id: 'now', textContent: '…', attrs: { 'aria-live': 'polite' } }),
            languageButton(() => {
                remember('sandbox.lang', isEnglish() ? 'en' : 'zh-CN');
                location.reload();
            })),
        el('div', { class: 'steps', attrs: { role: 'toolbar', 'aria-label': t('sand.now') } },
            step('next', beforeSitting), step('ten', () => later(clock.now, 10)),
            step('evening', () => nextAt(clock.now, 20, 15)), step('day', () => later(clock.now, 1440)),
            step('sunday', () => nextAt(clock.now, 20, 5, 0))),
        el('p', {
            class: 'clock-note',
            id: 'clock-note',
            textContent: t('sand.note'),
            attrs: { role: 'status' }
        }));
}

/** Opens the rehearsal. */
async function start() {
    fitToScreen();
    setLang(recall('sandbox.lang') || 'zh-CN');
    document.title = t('sand.badge') + ' · ' + t('app');
    makeClockBar();
    loadClock();
    setInterval(() => !document.hidden && !document.querySelector('.moving') && loadClock(), CLOCK_MS);
    if (!await loadPeople() || !people.length) {
        fill(byName('panes'),
            el('p', { class: 'empty', textContent: t(people.length ? 'sand.none' : 'sand.off') }));
        return;
    }
    panes.push(makePane('left'), makePane('right'));
    fill(byName('tabs'), ...panes.map((pane) => pane.tab));
    fill(byName('panes'), ...panes.map((pane) => pane.node));
    panes.forEach((pane) => play(pane, firstChoice(pane.side)));
    showPane(panes.find((pane) => pane.side === recall('sandbox.front')) || panes[0]);
}

start();
