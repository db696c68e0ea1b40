// /screen: the sign-in screen on the classroom wall. It shows a number until a teacher sends it, then code, QR
// and who is there. The token lives in this tab and travels in a header, never in an address.

import { fill, el } from './dom.js';
import { setLang, t } from './words.js';

const POLL_MS = 2000;
const PATIENCE_MS = 8000;
const STEP = 30;
const KEPT = 'banzhang.screen';
const asked = new URLSearchParams(location.search).get('lang');
const byName = (id) => document.getElementById(id);
let token = recallToken();
let last = null; // what is on the wall, and until when its code is good
let hint = '';
let shownCode = '';

function recallToken() {
    try {
        return sessionStorage.getItem(KEPT);
    } catch (e) {
        return null;
    }
}

/** Keeps the token for a reload of this tab; where nothing can be kept it lives as long as the page. */
function keepToken(value) {
    token = value;
    try {
        if (value) {
            sessionStorage.setItem(KEPT, value);
        } else {
            sessionStorage.removeItem(KEPT);
        }
    } catch (e) {
        token = value;
    }
}

/** One request; resolves to {status, data}, status 0 when no answer came. */
function call(method, url, body) {
    return new Promise((resolve) => {
        const xhr = new XMLHttpRequest();
        xhr.open(method, url);
        xhr.timeout = PATIENCE_MS;
        if (token) {
            xhr.setRequestHeader('X-Screen', token);
        }
        if (body) {
            xhr.setRequestHeader('Content-Type', 'application/json');
        }
        xhr.onload = () => {
            try {
                resolve({ status: xhr.status, data: JSON.parse(xhr.responseText) });
            } catch (e) {
                resolve({ status: 0 });
            }
        };
        xhr.onerror = xhr.ontimeout = xhr.onabort = () => resolve({ status: 0 });
        xhr.send(body);
    });
}

/** Shows one of the two faces of the page. */
function face(name) {
    byName('pairing').hidden = name !== 'pairing';
    byName('wall').hidden = name !== 'wall';
}

/** The number a teacher sends. */
function showPairing(number) {
    setLang(asked || 'zh-CN');
    document.title = t('screen.title');
    byName('pair-title').textContent = t('screen.title');
    byName('number').textContent = number;
    byName('pair-how').textContent = t('screen.how', { number });
    byName('pair-note').textContent = hint ? t(hint) : t('screen.note');
    last = null;
    shownCode = '';
    face('pairing');
}

/** Code and QR change together: the picture is fetched before either is shown. */
function showCode(code) {
    if (code === shownCode) {
        return;
    }
    const next = new Image();
    const put = () => {
        const halves = byName('code').children;
        if (!last || last.state.code !== code) {
            return;
        }
        halves[0].textContent = code.slice(0, 3);
        halves[1].textContent = code.slice(3);
        byName('typed').textContent = t('screen.typed', { code });
        byName('qr').src = next.src;
        byName('qr').alt = t('screen.scan');
        byName('qr').style.visibility = next.naturalWidth ? '' : 'hidden';
        byName('qr').dataset.code = code;
    };
    shownCode = code;
    next.onload = next.onerror = put;
    next.src = '/screen/qr.svg?code=' + code;
}

/** How much of the code's half minute is left. */
function showLife(left) {
    const bar = byName('life');
    const part = left / STEP;
    const grows = part > Number(bar.dataset.part || 0);
    bar.classList.toggle('fresh', grows);
    bar.dataset.part = part;
    bar.style.transform = 'scaleX(' + part + ')';
}

/** Who is there, and after the start who is not. */
function showCount(state) {
    const full = state.missing === 0;
    byName('here').textContent = state.here;
    byName('expected').textContent = ' / ' + state.expected;
    byName('count-label').textContent =
        state.leave ? t('screen.count.leave', { leave: state.leave }) : t('screen.count');
    byName('wall').classList.toggle('all-here', full);
    const more = state.missing - state.names.length;
    const label = full ? 'screen.full' : state.begun ? 'screen.missing' : 'screen.before';
    byName('who-label').textContent = t(label, { count: state.missing, at: state.starts });
    fill(byName('names'), ...state.names.map((name) => el('li', { textContent: name })),
        state.begun && more > 0 ? el('li', { textContent: t('screen.more', { count: more }) }) : null);
}

/** The number that those chosen in a spot check press, while one is on. */
function showCheck(number) {
    byName('typed').hidden = number !== null;
    byName('check').hidden = number === null;
    byName('check-label').textContent = t('screen.check');
    byName('check-number').textContent = number === null ? '' : number;
}

/** A sitting that was put off: nobody can sign in before `opens`, so there is nothing to type or to scan. */
function showWait(state) {
    const halves = byName('code').children;
    shownCode = '';
    halves[0].textContent = '– – –';
    halves[1].textContent = '';
    byName('qr').style.visibility = 'hidden';
    byName('scan').textContent = '';
    byName('typed').textContent = t('screen.opens', { at: state.opens });
}

/** The wall with code, QR and numbers. */
function showWall(state) {
    setLang(asked || state.lang);
    last = { state, until: performance.now() + state.good * 1000 };
    document.title = state.class;
    byName('class').textContent = state.class;
    byName('session').textContent = t('screen.session', { title: state.title, at: state.starts });
    byName('clock').textContent = state.now;
    byName('code-label').textContent = t('screen.code');
    byName('scan').textContent = t('screen.scan');
    byName('wall').classList.remove('stale');
    if (state.opens) {
        showWait(state);
    } else {
        showCode(state.code);
    }
    showCheck(state.check);
    showLife(state.left);
    showCount(state);
    face('wall');
}

/** Says that the line is gone; the code stays as long as it is good. */
function showLine(lost) {
    byName('line').hidden = !lost;
    if (!lost) {
        return;
    }
    const good = last && performance.now() < last.until;
    byName('line').textContent = t(good ? 'screen.lost.good' : 'screen.lost');
    byName('wall').classList.toggle('stale', Boolean(last) && !good);
}

/** Asks for a number when there is no token. */
async function open() {
    const answer = await call('POST', '/screen/open', '{}');
    if (answer.status === 200 && typeof answer.data.token === 'string') {
        keepToken(answer.data.token);
    }
    return answer.status;
}

/** One round: what is to be shown now; gives when to ask again. */
async function look() {
    const answer = token ? await call('GET', '/screen/state') : { status: await open() };
    const data = answer.data;
    if (answer.status === 200 && data && data.state === 'on') {
        hint = '';
        showLine(false);
        showWall(data);
        return data.stopped ? POLL_MS : Math.min(POLL_MS, data.left * 1000 + 60);
    }
    if (answer.status === 200) {
        showLine(false);
        if (data) {
            showPairing(data.number);
        }
        return data ? POLL_MS : 0;
    }
    if (answer.status === 404 || answer.status === 403) {
        hint = answer.status === 403 ? 'screen.note.elsewhere' : last ? 'screen.note.over' : hint;
        keepToken(null);
        return 0;
    }
    showLine(true);
    return POLL_MS;
}

/** Runs for ever, one request at a time. */
async function run() {
    const wait = await look();
    setTimeout(run, wait || 200);
}

setLang(asked || 'zh-CN');
run();
