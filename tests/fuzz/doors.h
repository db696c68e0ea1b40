/* What opens the doors of the web server, so that a target comes further than to them: in an input "$a"
 * stands for what is written in the table below. The true ones are random, so that an input with them in it
 * could not be played again. $a $b trainees' cookies · $c an organiser's · $j a join code · $u an upload page
 * · $s a screen's token $k its cookie · $i a calendar · $t Telegram's secret · $e an echo as WeCom asks for
 * it $v a ticket for a ballot · $n a token for one, new each time · $g its signature */
#ifndef TESTS_FUZZ_DOORS_H
#define TESTS_FUZZ_DOORS_H

#include "tests/fuzz/world.h"

/* Makes them all in the world; `ask` sends one request to its server and gives the answer, yours. */
void doors_open(struct world *, char *(*ask)(struct world *, const char *request));

/* The text with every "$x" replaced by what it stands for; *ret_any whether there was one. Yours. */
GString *doors_fill(const char *text, size_t len, bool *ret_any);

/* Seals what WeCom would say; *ret_query is what its address then ends with. Both yours. */
char *doors_seal(const char *plain, size_t len, char **ret_query);

#endif
