"""/chat: a newcomer rehearses the class, playing trainee and teacher, and moves the clock."""

import re

from harness import eventually

from chatpage import ChatPage


def open_chat(driver, server):
    """The two chats of the page, side by side."""
    driver.get(server.url + "/chat")
    left, right = ChatPage(driver, ".pane-left"), ChatPage(driver, ".pane-right")
    left.waits_for(".field")
    return left, right


def joined(page):
    """The person played on a side agrees to join."""
    page.presses("是我，同意")
    page.hears(key="join.welcome")


def test_a_newcomer_plays_a_trainee_and_a_teacher(server, browse):
    left, right = open_chat(browse(phone=False), server)
    left.shows("演练")
    joined(left)
    joined(right)
    left.driver.find_element("id", "step-next").click()
    left.shows("08:58")
    right.says("口令")
    code = re.search(r"\d{6}", re.sub(r"(\d{3}) (\d{3})", r"\1\2", eventually(
        lambda: [m["text"] for m in right.messages if re.search(r"\d{3} ?\d{3}", m["text"])])[-1]))[0]
    left.says(f"签到 {code}")
    left.hears(key="signin.ontime")


def test_the_clock_only_moves_forward_and_pushes_come(server, browse):
    left, right = open_chat(browse(phone=False), server)
    joined(left)
    joined(right)
    for step, shown in (("ten", "08:10"), ("next", "08:58"), ("evening", "20:15"), ("sunday", "20:05")):
        button = left.driver.find_element("id", "step-" + step)
        eventually(button.is_enabled)
        button.click()
        eventually(lambda: shown in left.driver.find_element("id", "now").text, 60, f"{shown} on the clock")
    left.hears(key="reminder")


def test_on_a_phone_the_two_are_tabs(server, phone):
    left, right = open_chat(phone, server)
    assert left.find(".field")[0].is_displayed() and not right.find(".field")[0].is_displayed()
    phone.find_elements("css selector", ".tab")[1].click()
    assert right.find(".field")[0].is_displayed() and not left.find(".field")[0].is_displayed()
    joined(right)


def test_another_person_is_chosen(server, browse):
    left, _ = open_chat(browse(phone=False), server)
    joined(left)
    left.presses_option("王芳")
    left.hears("王芳")
    joined(left)
