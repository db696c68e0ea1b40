/* WeCom's messages and events as updates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/platform/wecom_decode.h"

static struct wecom_xml *xml;
static struct pool *pool;

static int start(void **state)
{
    (void)state;
    xml = wecom_xml_new();
    pool = pool_new();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    wecom_xml_free(xml);
    pool_free(pool);
    return 0;
}

/* One message of ZhangWei's with these elements, as WeCom writes it. */
static bool decode(const char *elements, struct update *into)
{
    g_autofree char *text =
        g_strdup_printf("<xml><ToUserName><![CDATA[wwcorp]]></ToUserName>"
                        "<FromUserName><![CDATA[ZhangWei]]></FromUserName>"
                        "<CreateTime>1772412000</CreateTime>%s<AgentID>1000002</AgentID></xml>",
                        elements);
    *into = (struct update){ 0 };
    return wecom_decode(xml, "wwcorp", text, strlen(text), pool, into);
}

/* Like decode, which must succeed. */
static struct update decoded(const char *elements)
{
    struct update u;
    assert_true(decode(elements, &u));
    assert_int_equal(u.platform, PLATFORM_WECOM);
    assert_string_equal(u.account, "ZhangWei");
    assert_string_equal(u.chat, "ZhangWei");
    assert_int_equal(u.at, 1772412000);
    assert_false(u.group);
    return u;
}

static struct update event(const char *name, const char *more)
{
    return decoded(pool_printf(pool, "<MsgType>event</MsgType><Event>%s</Event>%s", name, more));
}

static void reads_messages(void **state)
{
    (void)state;
    struct update u = decoded("<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[签到 483920]]></Content>"
                              "<MsgId>4561255354251345929</MsgId>");
    assert_int_equal(u.kind, UPDATE_TEXT);
    assert_string_equal(u.text, "签到 483920");
    const char *key = u.key;
    assert_string_not_equal(key, decoded("<MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId>").key);
    assert_string_equal(key, decoded("<MsgType>text</MsgType><Content>x</Content>"
                                     "<MsgId>4561255354251345929</MsgId>")
                                 .key);
    assert_int_equal(strlen(key), strlen(event("click", "<EventKey>/help</EventKey>").key));
    u = decoded("<MsgType>image</MsgType><PicUrl>x</PicUrl><MediaId>1Gsm_1</MediaId><MsgId>1</MsgId>");
    assert_int_equal(u.kind, UPDATE_FILES);
    assert_int_equal(u.file_count, 1);
    assert_string_equal(u.files[0].remote, "1Gsm_1");
    assert_string_equal(u.text, "");
    u = decoded("<MsgType>voice</MsgType><MediaId>1Gsm_2</MediaId><Format>amr</Format><MsgId>2</MsgId>");
    assert_int_equal(u.kind, UPDATE_VOICE);
    assert_string_equal(u.files[0].mime, "audio/amr");
    u = decoded(
        "<MsgType>video</MsgType><MediaId>1Gsm_3</MediaId><ThumbMediaId>t</ThumbMediaId><MsgId>3</MsgId>");
    assert_int_equal(u.kind, UPDATE_FILES);
    assert_string_equal(u.files[0].mime, "video/mp4");
    u = decoded("<MsgType>location</MsgType><Location_X>30.27</Location_X><Location_Y>120.15</Location_Y>"
                "<Scale>15</Scale><Label>杭州</Label><MsgId>4</MsgId>");
    assert_int_equal(u.kind, UPDATE_LOCATION);
    assert_true(u.lat > 30.26 && u.lat < 30.28 && u.lon > 120.14 && u.lon < 120.16);
    u = decoded("<MsgType>link</MsgType><Title>签到 "
                "123456</Title><Url>https://example.com/shop</Url><MsgId>5</MsgId>");
    assert_int_equal(u.kind, UPDATE_TEXT);
    assert_string_equal(u.text, "https://example.com/shop\n签到 123456");
    u = decoded("<MsgType>hologram</MsgType><MsgId>6</MsgId>");
    assert_int_equal(u.kind, UPDATE_OTHER);
}

static void reads_events(void **state)
{
    (void)state;
    static const char *const noise[] = {
        "enter_agent",
        "LOCATION",
        "view",
        "VIEW",
        "view_miniprogram",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "batch_job_result",
        "change_contact",
        "open_approval_change",
        "close_inactive_agent",
        "reopen_inactive_agent",
        "an_event_of_next_year",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(noise); i++)
        assert_int_equal(event(noise[i], "<EventKey>x</EventKey>").kind, UPDATE_NOISE);
    assert_int_equal(event("subscribe", "").kind, UPDATE_STARTED);
    assert_int_equal(event("unsubscribe", "").kind, UPDATE_GONE);
    struct update u = event("CLICK", "<EventKey>/homework</EventKey>");
    assert_int_equal(u.kind, UPDATE_TEXT);
    assert_string_equal(u.text, "/homework");
    u = event("scancode_waitmsg", "<EventKey>scan</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType>"
                                  "<ScanResult>签到 483920</ScanResult></ScanCodeInfo>");
    assert_int_equal(u.kind, UPDATE_SCAN);
    assert_string_equal(u.text, "签到 483920");
}

/* Both spellings of what was ticked; the task id gives our message. */
static void reads_presses(void **state)
{
    (void)state;
    struct update u =
        event("template_card_event", "<EventKey>leave:yes:7</EventKey><TaskId>bz-42-65e2f1a0</TaskId>"
                                     "<ResponseCode>code-1</ResponseCode>");
    assert_int_equal(u.kind, UPDATE_ACTION);
    assert_string_equal(u.action, "leave:yes:7");
    assert_string_equal(u.callback, "code-1");
    assert_int_equal(u.pressed, 42);
    const char *spellings[][2] = { { "OptionIds", "OptionId" }, { "OpitonIds", "OpitonId" } };
    for (int i = 0; i < 2; i++) {
        const char *ids = spellings[i][0], *id = spellings[i][1];
        u = event(
            "template_card_event",
            pool_printf(
                pool,
                "<EventKey>ok</EventKey><TaskId>someone-elses</TaskId><SelectedItems><SelectedItem>"
                "<QuestionKey>q</QuestionKey><%s><%s>a</%s><%s>b</%s></%s></SelectedItem></SelectedItems>",
                ids, id, id, id, id, ids));
        assert_string_equal(u.text, "a b");
        assert_int_equal(u.pressed, 0);
        assert_null(u.callback);
    }
    assert_int_equal(event("template_card_menu_event", "<EventKey>m</EventKey>").kind, UPDATE_ACTION);
    assert_int_equal(event("template_card_event", "<EventKey>m</EventKey><TaskId>bz-9x-1</TaskId>").pressed,
                     0);
}

/* Two events of one second are two; the same one again is one. */
static void keys_tell_events_apart(void **state)
{
    (void)state;
    const char *a = event("click", "<EventKey>/help</EventKey>").key;
    assert_string_equal(a, event("click", "<EventKey>/help</EventKey>").key);
    assert_string_not_equal(a, event("click", "<EventKey>/today</EventKey>").key);
    assert_string_not_equal(a, event("click", "<EventKey>/help</EventKey><Extra>1</Extra>").key);
    assert_string_not_equal(
        event("template_card_event", "<EventKey>y</EventKey><TaskId>bz-1-a</TaskId>").key,
        event("template_card_event", "<EventKey>y</EventKey><TaskId>bz-2-a</TaskId>").key);
}

static void refuses_what_lacks_a_field(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "<MsgType></MsgType>",
        "<MsgType>event</MsgType>",
        "<MsgType>text</MsgType><MsgId>1</MsgId>",
        "<MsgType>image</MsgType><MsgId>1</MsgId>",
        "<MsgType>link</MsgType><Title>x</Title>",
        "<MsgType>location</MsgType><Location_X>91</Location_X><Location_Y>1</Location_Y>",
        "<MsgType>location</MsgType><Location_X>nan</Location_X><Location_Y>1</Location_Y>",
        "<MsgType>event</MsgType><Event>scancode_waitmsg</Event>",
    };
    struct update u;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(decode(bad[i], &u));
    const char *nobody = "<xml><MsgType>text</MsgType><Content>x</Content></xml>";
    assert_false(wecom_decode(xml, "wwcorp", nobody, strlen(nobody), pool, &u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_messages),
        cmocka_unit_test(reads_events),
        cmocka_unit_test(reads_presses),
        cmocka_unit_test(keys_tell_events_apart),
        cmocka_unit_test(refuses_what_lacks_a_field),
    };
    return cmocka_run_group_tests_name("wecom_decode", tests, start, stop);
}
