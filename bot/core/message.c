#include "bot/core/message.h"

/* The name used in keys, metrics and logs. */
const char *platform_name(enum platform_id id)
{
    switch (id) {
    case PLATFORM_WEB:
        return "web";
    case PLATFORM_TELEGRAM:
        return "telegram";
    case PLATFORM_WECOM:
        return "wecom";
    }
    return "?";
}

/* The name used in metrics and logs. */
const char *update_kind_name(enum update_kind kind)
{
    switch (kind) {
    case UPDATE_TEXT:
        return "text";
    case UPDATE_ACTION:
        return "action";
    case UPDATE_FILES:
        return "files";
    case UPDATE_VOICE:
        return "voice";
    case UPDATE_LOCATION:
        return "location";
    case UPDATE_EDITED:
        return "edited";
    case UPDATE_SCAN:
        return "scan";
    case UPDATE_STARTED:
        return "started";
    case UPDATE_GONE:
        return "gone";
    case UPDATE_MOVED:
        return "moved";
    case UPDATE_OTHER:
        return "other";
    case UPDATE_NOISE:
        return "noise";
    }
    return "?";
}
