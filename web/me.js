// /me: the personal chat of whoever this browser was bound to by a link.

import { request } from './api.js';
import { languageButton } from './card.js';
import { Chat } from './chat.js';
import { el, fill, recall, remember } from './dom.js';
import { fitToScreen } from './viewport.js';
import { isEnglish, setLang, t } from './words.js';

const PROFILE_RETRY_MS = 4000;
const CHANGES_PROFILE = /^(lang|language|class|join|account|bind)\b/;
const byName = (id) => document.getElementById(id);
let chat = null;
let profile = null;

/**
 * A stable name for what the browser keeps of this person, so that nobody's unsent words go out as
 * another's.
 */
function ownerOf(person) {
    return 'me.' + (person.account || person.name);
}

/** Shows name, class and commands of the person. */
function showProfile() {
    document.title = t('app');
    byName('title').textContent = t('app');
    byName('subtitle').textContent = [profile.class, profile.name].filter(Boolean).join(' · ');
    chat.composer.setQuick(profile.quick || []);
}

/** Starts the chat, or starts it anew when the language or the person is another. */
function startChat() {
    if (chat) {
        chat.end();
    }
    setLang(profile.lang);
    chat = new Chat(byName('chat'), {
        owner: ownerOf(profile),
        sendUrl: '/me/messages',
        listUrl: (part) => '/me/messages?' + part,
        onGone: showGone,
        onNews: (count) => { document.title = (count ? '(' + count + ') ' : '') + t('app'); },
        onTold: (replies) => {
            if (replies.some((reply) => CHANGES_PROFILE.test(reply.key || ''))) {
                loadProfile();
            }
        },
    });
    showProfile();
    showKeep();
}

/** Asks who this browser is; an old answer serves while the server cannot be reached. */
async function loadProfile() {
    let answer = null;
    try {
        answer = await request('GET', '/me/profile');
    } catch (e) {
        answer = null;
    }
    if (answer && answer.status === 401) {
        remember('profile', null);
        showGone();
        return;
    }
    if (!answer || answer.status !== 200) {
        setTimeout(loadProfile, PROFILE_RETRY_MS);
        return;
    }
    const before = profile;
    profile = answer.data;
    remember('profile', JSON.stringify(profile));
    if (!chat || !before || before.lang !== profile.lang || ownerOf(before) !== ownerOf(profile)) {
        startChat();
    } else {
        showProfile();
    }
}

/** No link was used in this browser, or it was revoked: say how to get one, and take a code by hand. */
function showGone() {
    if (chat) {
        chat.end();
        chat = null;
    }
    setLang(profile ? profile.lang : 'zh-CN');
    drawGone();
}

/** Draws that card in the page's language. */
function drawGone() {
    document.title = t('app');
    byName('title').textContent = t('app');
    byName('chat').hidden = true;
    byName('keep').hidden = true;
    byName('subtitle').textContent = '';
    const code = el('input', {
        class: 'form-control code',
        maxLength: 16,
        autocomplete: 'off',
        autocapitalize: 'characters',
        spellcheck: false,
        attrs: { 'aria-label': t('gone.code.label') }
    });
    const form = el('form', { class: 'code-form' }, code,
        el('button', { type: 'submit', class: 'big yes', textContent: t('gone.go') }));
    form.addEventListener('submit', (event) => {
        const typed = code.value.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();
        event.preventDefault();
        if (typed) {
            location.assign('/j/' + encodeURIComponent(typed));
        }
    });
    byName('gone').hidden = false;
    fill(byName('gone'),
        el('div', { class: 'sheet' }, el('h2', { textContent: t('gone.title') }),
            el('p', { textContent: t('gone.text') }),
            el('p', { class: 'label', textContent: t('gone.code') }), form,
            el('p', { class: 'small-print', textContent: t('gone.hint') }), languageButton(drawGone)));
}

/** Tells once how to come back here, because a link in a chat is soon out of sight. */
function showKeep() {
    const box = byName('keep');
    if (recall('keep')) {
        return;
    }
    const wechat = /MicroMessenger/i.test(navigator.userAgent);
    box.hidden = false;
    fill(box,
        el('p', {}, el('strong', { textContent: t('keep.title') + (isEnglish() ? ': ' : '：') }),
            t(wechat ? 'keep.wechat' : 'keep.browser')),
        el('button', {
            type: 'button',
            class: 'keep-ok',
            textContent: t('keep.ok'),
            on: {
                click: () => {
                    box.hidden = true;
                    remember('keep', '1');
                }
            }
        }));
}

/** Shows the page from what the browser remembers, then asks the server. */
function start() {
    fitToScreen();
    try {
        profile = JSON.parse(recall('profile'));
    } catch (e) {
        profile = null;
    }
    if (profile) {
        startChat();
    }
    document.addEventListener('visibilitychange', () => !document.hidden && chat && loadProfile());
    loadProfile();
}

start();
