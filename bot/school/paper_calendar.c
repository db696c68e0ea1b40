/* The timetable of a class for calendars. */
#include "bot/school/ics.h"
#include "bot/school/paper_private.h"

GString *paper_calendar(struct paper *paper)
{
    const struct ics ics = { .store = paper->store,
                             .tag = paper->tag,
                             .name = paper->title,
                             .lang = paper->lang,
                             .lecturer = paper_words(paper, "sheet.lecturer", NULL),
                             .tbc = paper_words(paper, "sheet.calendar_tbc", NULL),
                             .now = paper->now };

    return ics_calendar(&ics, paper->class_id, 0);
}
