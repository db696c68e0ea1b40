/* The parts of the sign-in capability, for its own files only. */
#ifndef HANDLERS_SIGNIN_SIGNIN_H
#define HANDLERS_SIGNIN_SIGNIN_H

#include "bot/school/approval.h"
#include "bot/school/handler.h"
#include "bot/school/sitting.h"

/* teacher.c: 开始签到, 口令, 未到. */
void signin_open(struct talk *);
void signin_spoken(struct talk *);
void signin_missing(struct talk *);

/* close.c: absences are written when a sitting ends. */
void signin_close(struct talk *, int64_t sitting, int64_t due);
void signin_on(struct talk *, enum event, int64_t subject);

/* Makes the absences of a sitting what they should be, when it is closed. */
void signin_settle(struct talk *, int64_t sitting);

/* recompute.c: what was written of a class's sittings, against its changed timetable. */
void signin_recompute(struct talk *, int64_t class_id);

/* Arrivals and early leaving of one sitting against its times as they are now. */
void signin_measure_anew(struct talk *, int64_t sitting);

/* makeup.c: 补签, 到, 早退 and their undo. */
struct correction;
void signin_makeup(struct talk *);
void signin_arrived(struct talk *);
void signin_early(struct talk *);
bool signin_undo(struct talk *, const struct correction *);

/* Writes that the member arrived at `at`, in the speaker's name, with its correction (`what`: makeup,
 * arrived); gives the correction's id. */
int64_t signin_correct(struct talk *, const struct member *, const struct sitting *, int64_t at,
                       const char *what, const char *reason);

/* Writes that the member arrived now, and tells the trainee. */
void signin_tick(struct talk *, const struct member *, const struct sitting *);

/* Reads "8:55 手机没电": when, at which sitting of that member, and why. False with *ret_why said in words.
 */
bool signin_read_arrival(struct talk *, const struct member *, const char *typed, struct sitting *ret,
                         int64_t *ret_at, const char **ret_reason, const char **ret_why);

/* request.c: 申请补签, 申诉. */

extern const struct approving signin_approving[];
void signin_request_makeup(struct talk *);
void signin_appeal(struct talk *);
bool signin_answers(struct talk *);

/* rollcall.c: 点名, 人数. */
void signin_rollcall(struct talk *);
void signin_press_tick(struct talk *, const char *args);
void signin_headcount(struct talk *);

/* measure.c: what it all comes to under the class's scheme. */
bool signin_measure(struct talk *, const char *name, const struct measuring *, struct figure *into);

/* brief.c: its lines in the digest. */
void signin_digest(struct talk *, struct brief *);

#endif
