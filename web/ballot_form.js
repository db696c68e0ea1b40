// The questions of an anonymous form as a page: large choices, conditions, and what is still missing.

import { el } from './dom.js';
import { t } from './words.js';

/** The values of a question's numbered steps or options. */
function choices(question) {
    if (question.kind !== 'scale') {
        return question.options;
    }
    const steps = [];
    for (let value = question.min; value <= question.max; value++) {
        steps.push({ value, label: String(value) });
    }
    return steps;
}

function isChoice(question) {
    return ['choice', 'many', 'scale', 'yesno'].includes(question.kind);
}

/** One choice: a label around its box, so that all of it can be touched. */
function option(question, choice, answer, changed) {
    const many = question.kind === 'many';
    const box = el('input', { type: many ? 'checkbox' : 'radio', name: question.id, value: String(choice.value) });
    box.checked = many ? Array.isArray(answer) && answer.includes(choice.value) : answer === choice.value;
    box.addEventListener('change', changed);
    return el('label', { class: 'choice' }, box, el('span', { textContent: choice.label }));
}

function field(question, answer) {
    if (question.kind === 'text') {
        return el('textarea', {
            class: 'form-control',
            name: question.id,
            rows: 3,
            maxLength: question.max,
            value: answer || '',
            placeholder: question.required ? '' : t('ballot.optional'),
            attrs: { 'aria-label': question.ask }
        });
    }
    return el('input', {
        class: 'form-control',
        type: question.kind === 'date' ? 'date' : 'number',
        name: question.id,
        value: answer === undefined ? '' : String(answer),
        attrs: { 'aria-label': question.ask, step: 'any' }
    });
}

/** The part of the page of one question. */
function block(question, answer, changed) {
    const inside = isChoice(question) ?
        el('div', { class: 'choices in-' + question.kind },
            ...choices(question).map((choice) => option(question, choice, answer, changed))) :
        field(question, answer);
    return el('fieldset', { class: 'question', attrs: { 'data-id': question.id } },
        el('legend', { textContent: question.ask }), inside,
        el('p', { class: 'wrong', attrs: { role: 'alert' } }));
}

function part(id) {
    return Array.from(document.querySelectorAll('.question')).find((node) => node.dataset.id === id);
}

/** The answer as it stands on the page; undefined none. */
function answerOf(question) {
    const node = part(question.id);
    if (isChoice(question)) {
        const values = Array.from(node.querySelectorAll('input:checked'), (box) => Number(box.value));
        if (question.kind === 'many') {
            return values.length ? values : undefined;
        }
        return values[0];
    }
    const text = node.querySelector('textarea, input').value.trim();
    if (!text) {
        return undefined;
    }
    return question.kind === 'number' ? Number(text) : text;
}

/** The questions that are asked, given the answers to those before, with these. */
function walk(form) {
    const answers = {};
    const askedNow = form.questions.filter((question) => {
        const before = question.when && [].concat(answers[question.when.id] === undefined ?
            [] : answers[question.when.id]);
        if (question.when && !before.some((value) => question.when.values.includes(value))) {
            return false;
        }
        const answer = answerOf(question);
        if (answer !== undefined) {
            answers[question.id] = answer;
        }
        return true;
    });
    return { answers, askedNow };
}

/** Hides what is not asked and takes away what was complained about. */
function refresh(form) {
    const { askedNow } = walk(form);
    form.questions.forEach((question) => {
        part(question.id).hidden = !askedNow.includes(question);
    });
}

/** All questions, filled with the answers so far. */
export function renderQuestions(form, answers) {
    const changed = (event) => {
        event.target.closest('.question').querySelector('.wrong').textContent = '';
        refresh(form);
    };
    const all = el('form', { class: 'questions', on: { submit: (event) => event.preventDefault() } },
        ...form.questions.map((question) => block(question, answers[question.id], changed)));
    setTimeout(() => document.body.contains(all) && refresh(form));
    return all;
}

/** The answers as they are cast. */
export function readAnswers(form) {
    return walk(form).answers;
}

/** Says at the first question what is missing or too much; whether there was one. */
export function showMissing(form, answers) {
    const wrong = walk(form).askedNow.filter((question) => {
        const answer = answers[question.id];
        const few = question.required && answer === undefined;
        const size = question.kind === 'number' ? answer : (answer || '').length;
        const off = answer !== undefined && ['many', 'number', 'text'].includes(question.kind) &&
            (size < question.min || size > question.max);
        part(question.id).querySelector('.wrong').textContent =
            few ? t('ballot.missing') : off ? t('ballot.off', { min: question.min, max: question.max }) : '';
        return few || off;
    });
    if (wrong.length) {
        part(wrong[0].id).scrollIntoView({ behavior: 'smooth', block: 'center' });
    }
    return wrong.length > 0;
}
