// Small helpers to build elements. Text goes in as text nodes only, never as markup: all of it is hostile.

/**
 * Makes an element: props are properties by name, `class`, `on` (events) and `attrs`; children nodes or
 * strings.
 */
export function el(tag, props, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
        if (name === 'class') {
            node.className = value;
        } else if (name === 'on') {
            Object.keys(value).forEach((event) => node.addEventListener(event, value[event]));
        } else if (name === 'attrs') {
            Object.keys(value).forEach((attr) => node.setAttribute(attr, value[attr]));
        } else {
            node[name] = value;
        }
    }
    children.filter((child) => child !== null && child !== undefined).forEach((child) => {
        node.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
    });
    return node;
}

/** Takes all children out of a node and puts these in. */
export function fill(node, ...children) {
    while (node.firstChild) {
        node.removeChild(node.firstChild);
    }
    children.filter(Boolean).forEach((child) => node.appendChild(child));
    return node;
}

const PATHS = {
    plus: 'M12 5v14M5 12h14',
    photo: 'M4 8h3l2-3h6l2 3h3v11H4zM12 10.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4',
    file: 'M6 3h8l5 5v13H6zM14 3v5h5M9 13h7M9 17h7',
    place: 'M12 21c-4-4.6-6.5-7.8-6.5-11a6.5 6.5 0 0 1 13 0c0 3.2-2.5 6.4-6.5 11M12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5',
    down: 'M12 5v14M6 13l6 6 6-6',
    cross: 'M6 6l12 12M18 6L6 18',
};

/** A line drawing by name, in the colour of the text around it and silent to screen readers. */
export function icon(name) {
    const space = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(space, 'svg');
    const path = document.createElementNS(space, 'path');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', PATHS[name]);
    svg.appendChild(path);
    return svg;
}

/** Reads a value kept in this browser; null where the browser keeps nothing. */
export function recall(key) {
    try {
        return localStorage.getItem('banzhang.' + key);
    } catch (e) {
        return null;
    }
}

/** Keeps a value in this browser, or forgets it for null; says whether that worked. */
export function remember(key, value) {
    try {
        if (value === null) {
            localStorage.removeItem('banzhang.' + key);
        } else {
            localStorage.setItem('banzhang.' + key, value);
        }
        return true;
    } catch (e) {
        return false;
    }
}
