"""What is sent: for each platform and case the template or the prepared messages."""

import json
import sys
import time
from urllib.parse import urlencode

import place

sys.path.insert(0, str(place.pathlib.Path(__file__).resolve().parents[1]))

CASES = ["repeat", "unknown", "help", "signin", "submit"]
TEXTS = {"repeat": "帮助", "unknown": "今天的天气真不错呀", "help": "帮助", "signin": "签到 @CODE@",
         "submit": "交作业 1 https://shop.example.com/item/@ID@ 我的店铺首页已经装修好了，请老师看看"}
PATHS = {place.TELEGRAM: "/telegram/webhook", place.WECOM: "/wecom/callback", place.WEB: "/sandbox/messages"}
NAMES = {place.TELEGRAM: "telegram", place.WECOM: "wecom", place.WEB: "web"}
MOST = 25_000  # prepared messages a second


def telegram_body(text, update_id="@ID@", who="@WHO@"):
    """An update as Telegram sends it."""
    user = f'"id":{who},"first_name":"Trainee","username":"trainee{who}","language_code":"zh-hans"'
    return (f'{{"update_id":{update_id},"message":{{"message_id":{update_id},"from":{{{user},"is_bot":false}},'
            f'"chat":{{{user},"type":"private"}},"date":{place.MOMENT},"text":{json.dumps(text)}}}}}')


def web_body(text, key="@ID@", who="@WHO@"):
    return f'{{"from":"{who}","id":"{key}","text":{json.dumps(text)}}}'


class Counter:
    """Update keys that never come twice in one run; they rise, as Telegram's do."""

    def __init__(self):
        self.next = 1_000_000

    def take(self, count):
        self.next += count
        return self.next - count


def plan(where, platform, case, connections, seconds, counter, count=0):
    """(script, path, environment) of one load. `count`: how many at most (0: as many as the time allows)."""
    limit = where.trainees if case == "signin" else count
    if platform == place.WECOM:
        return "replay.lua", PATHS[platform], {"BENCH_LINES": wecom_lines(
            where, case, limit or int(seconds * (MOST if connections > 4 else 8_000)), counter)}
    body = telegram_body if platform == place.TELEGRAM else web_body
    env = {"BENCH_SECRET": place.SECRET, "BENCH_PEOPLE": where.people[platform], "BENCH_LIMIT": limit,
           "BENCH_FROM": counter.take(10_000_000)}
    if case == "repeat":
        one = where.people[platform].read_text().split("\t", 1)[0]
        env["BENCH_BODY"] = body(TEXTS[case], str(env["BENCH_FROM"]), one)
    else:
        env["BENCH_BODY"] = body(TEXTS[case])
    return "count.lua", PATHS[platform], env


def wecom_lines(where, case, count, counter):
    """A file of that many encrypted, signed, distinct messages (one for repeats)."""
    from harness.wecom_crypto import aes_key, encrypt, signature
    key, now = aes_key(place.AES_KEY), int(time.time())
    people = [line.split("\t") for line in where.people[place.WECOM].read_text().splitlines()]
    count = 1 if case == "repeat" else count
    first = 7_000_000_000_000_000_000 + counter.take(10_000_000)
    path = where.folder / "wecom.lines"
    with open(path, "w", encoding="utf-8") as f:
        for n in range(count):
            who, code = people[n % len(people)]
            text = TEXTS[case].replace("@CODE@", code).replace("@ID@", str(first + n))
            inner = (f"<xml><ToUserName><![CDATA[{place.CORP}]]></ToUserName><FromUserName><![CDATA[{who}]]>"
                     f"</FromUserName><CreateTime>{place.MOMENT}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
                     f"<Content><![CDATA[{text}]]></Content><MsgId>{first + n}</MsgId>"
                     f"<AgentID>{place.AGENT}</AgentID></xml>")
            sealed = encrypt(key, inner.encode(), place.CORP)
            query = {"msg_signature": signature(place.WECOM_TOKEN, now, n, sealed), "timestamp": now, "nonce": n}
            f.write(f"{PATHS[place.WECOM]}?{urlencode(query)}\t<xml><ToUserName><![CDATA[{place.CORP}]]></ToUserName>"
                    f"<AgentID><![CDATA[{place.AGENT}]]></AgentID><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>\n")
    return path
