// What the pages that are one card share: the card itself, its large buttons, the button for the other language.

import { el, fill } from './dom.js';
import { isEnglish, setLang, t } from './words.js';

/** Shows one card in a page's <main>: a face, a heading, and what belongs under it. */
export function showCard(main, heading, ...parts) {
    document.title = heading;
    fill(main,
        el('div', { class: 'sheet' },
            el('span', { class: 'face large', textContent: '班', attrs: { 'aria-hidden': 'true' } }),
            el('h1', { textContent: heading }), ...parts));
}

/** A large button. */
export function big(word, kind, press, values) {
    return el('button',
        { type: 'button', class: 'big ' + kind, textContent: t(word, values), on: { click: press } });
}

/** The other language, for who reads this one badly; `again` draws the same card anew. */
export function languageButton(again) {
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
