"""A chat page as the person before it sees and uses it."""

from harness import eventually

SEEN = """
const root = arguments[0] ? document.querySelector(arguments[0]) : document;
return Array.from(root.querySelectorAll('.msg')).map((m) => ({
    mine: m.classList.contains('mine'), id: m.dataset.id, key: m.dataset.key,
    text: (m.querySelector('.text') || {}).textContent || '',
    files: Array.from(m.querySelectorAll('.picture img, a.file-card')).map((f) => f.src || f.href),
    buttons: Array.from(m.querySelectorAll('.answer')).map((b) => b.textContent),
    state: m.querySelector('.state').textContent,
}));
"""
PRESS = """
const root = arguments[0] ? document.querySelector(arguments[0]) : document;
const found = Array.from(root.querySelectorAll('button, .answer')).filter(
    (b) => !b.disabled && b.offsetParent !== null && b.textContent.includes(arguments[1]));
if (found.length) { found[found.length - 1].click(); }
return found.length;
"""
CHOOSE = """
const picker = document.querySelector(arguments[0] + ' select');
const option = Array.from(picker.options).find((o) => o.textContent.startsWith(arguments[1]));
if (option) { picker.value = option.value; picker.dispatchEvent(new Event('change')); }
return Boolean(option);
"""


class ChatPage:
    """One chat in a browser; `root` is a selector where the page shows several."""

    def __init__(self, driver, root=""):
        self.driver, self.root = driver, root

    def open(self, url):
        self.driver.get(url)
        return self

    def find(self, selector):
        """All elements of a selector in this chat."""
        return self.driver.find_elements("css selector", f"{self.root} {selector}".strip())

    def waits_for(self, selector, timeout=10):
        """The first element of a selector, once there is one."""
        return eventually(lambda: self.find(selector), timeout, f"{selector} on the page")[0]

    @property
    def messages(self):
        """What stands in the chat now, from top to bottom."""
        return self.driver.execute_script(SEEN, self.root)

    @property
    def said(self):
        """The person's own texts, from top to bottom."""
        return [m["text"] for m in self.messages if m["mine"]]

    @property
    def words(self):
        """Everything one can read on the page."""
        return self.driver.execute_script("return document.body.innerText")

    def says(self, text):
        """Writes and presses 发送."""
        field = self.waits_for(".field")
        field.clear()
        field.send_keys(text)
        self.find(".send")[0].click()

    def presses(self, label):
        """Presses the lowest button with this label, once there is one."""
        eventually(lambda: self.driver.execute_script(PRESS, self.root, label), 10, f"the button {label}")

    def presses_option(self, name):
        """Chooses whom to play."""
        def choose():
            return self.driver.execute_script(CHOOSE, self.root, name)
        eventually(choose, 10, f"{name} can be played")

    def hears(self, text="", key="", timeout=15):
        """Waits until the bot has said this; returns the newest such message."""
        def look():
            return [m for m in self.messages if not m["mine"] and text in m["text"] and key in (m["key"] or "")]
        return eventually(look, timeout, f"the bot says {key} {text}")[-1]

    def shows(self, words, timeout=10):
        """Waits until these words stand anywhere on the page."""
        eventually(lambda: words in self.words, timeout, f"{words} on the page")

    def all_sent(self, timeout=40):
        """Waits until nothing of one's own is on its way any more."""
        eventually(lambda: self.find(".mine") and not self.find(".unsent"), timeout, "everything is sent")

    def chooses(self, path, photo=True):
        """Chooses a file, as from the tiles 照片 and 文件."""
        self.waits_for(".field")
        before = len(self.find(".chosen"))
        self.find(".picker")[0 if photo else 1].send_keys(str(path))
        eventually(lambda: len(self.find(".chosen")) > before, 15, "the file is in the tray")


def join_by_link(driver, server, name, base=None):
    """Opens the person's link and agrees; the ChatPage of /me."""
    page = ChatPage(driver)
    page.open((base or server.url) + "/j/" + server.invites()[name]["code"])
    page.shows(name)
    page.presses("是我，同意")
    page.waits_for(".field")
    assert driver.current_url.endswith("/me")
    return page
