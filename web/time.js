// Class times are ISO texts with their own offset ("2026-03-02T08:40:00+08:00"). They are shown as they
// stand, in the class's zone, whatever zone the phone is in; sums are done on the wall clock they name.

import { t } from './words.js';

/** The date of an ISO time, "2026-03-02". */
export function dayOf(iso) {
    return (iso || '').slice(0, 10);
}

/** The hour and minute of an ISO time, "08:40". */
export function clockOf(iso) {
    return (iso || '').slice(11, 16);
}

/** Minutes that an ISO time's offset is ahead of UTC. */
function offsetOf(iso) {
    const match = /([+-])(\d\d):?(\d\d)$/.exec(iso);
    return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

/** An ISO time as a Date whose UTC fields are the wall clock's. */
function wall(iso) {
    return new Date(Date.parse(iso) + offsetOf(iso) * 60000);
}

/** A wall clock Date written as an ISO time with the offset of another one. */
function write(date, like) {
    const offset = /([+-]\d\d):?(\d\d)$/.exec(like);
    return date.toISOString().slice(0, 19) + (offset ? offset[1] + ':' + offset[2] : 'Z');
}

/** The time so many minutes later. */
export function later(iso, minutes) {
    const date = wall(iso);
    date.setUTCMinutes(date.getUTCMinutes() + minutes);
    return write(date, iso);
}

/** The next time after `iso` at which the wall clock shows hour:minute, on `weekday` (0 Sunday) if given. */
export function nextAt(iso, hour, minute, weekday) {
    const start = wall(iso);
    const date = new Date(start);
    date.setUTCHours(hour, minute, 0, 0);
    while (date <= start || (weekday !== undefined && date.getUTCDay() !== weekday)) {
        date.setUTCDate(date.getUTCDate() + 1);
    }
    return write(date, iso);
}

/** The name of a weekday of an ISO time in the page's language. */
export function weekdayOf(iso) {
    return t('weekdays').split(' ')[new Date(dayOf(iso) + 'T00:00:00Z').getUTCDay()];
}

/** A day by its date and weekday, 3月2日 周一. */
export function dateName(day) {
    const [year, month, date] = day.split('-').map(Number);
    return t('day', { year, month, day: date, weekday: weekdayOf(day) });
}

/** How a day is called in the chat: today, yesterday, 3月2日 周一, with the year if it is another one. */
export function dayName(day, today) {
    const apart = (Date.parse(today + 'T00:00:00Z') - Date.parse(day + 'T00:00:00Z')) / 86400000;
    if (apart === 0) {
        return t('today');
    }
    if (apart === 1) {
        return t('yesterday');
    }
    const [year, month, date] = day.split('-').map(Number);
    return today.slice(0, 4) === day.slice(0, 4) ? dateName(day) : t('day.year', { year, month, day: date });
}
