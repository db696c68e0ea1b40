// Keeps the page exactly as high as what is seen of it: phones (WeChat on iOS most of all) lay the keyboard
// over it.

/** Follows the visible height from now on, in the CSS variable --seen. */
export function fitToScreen() {
    const view = window.visualViewport;
    if (!view) {
        return;
    }
    const fit = () => {
        if (view.scale <= 1.01) {
            document.documentElement.style.setProperty('--seen', view.height + 'px');
            window.scrollTo(0, 0);
        }
    };
    view.addEventListener('resize', fit);
    fit();
}
