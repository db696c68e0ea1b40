"""A real browser before the pages: Debian's chromium, as a phone or as a wide screen, closed with the test."""

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from badline import BadLine

# A phone inside WeChat, as far as a page can tell.
PHONE = {"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2.0, "touch": True},
         "userAgent": "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
                      "Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.49"}
SWITCHES = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
            "--disable-background-networking", "--window-size=1280,860", "--lang=zh-CN"]


@pytest.fixture
def browse():
    """Opens browsers: browse(), or browse(phone=False) for a wide screen; each with a profile of its own."""
    made = []

    def start(phone=True):
        options = webdriver.ChromeOptions()
        for switch in SWITCHES:
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        if phone:
            options.add_experimental_option("mobileEmulation", PHONE)
        made.append(webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver")))
        return made[-1]
    yield start
    broken = [line["message"] for driver in made for line in driver.get_log("browser")
              if "Content Security Policy" in line["message"] or "Uncaught" in line["message"]]
    for driver in made:
        driver.quit()
    assert not broken, "the page complains:\n" + "\n".join(broken)


@pytest.fixture
def phone(browse):
    """A phone's browser."""
    return browse()


@pytest.fixture
def bad_line():
    """Puts a line of a kind people really have between a browser and a server: bad_line(server) → BadLine."""
    made = []

    def start(server):
        made.append(BadLine(server.url))
        return made[-1]
    yield start
    for line in made:
        line.stop()
