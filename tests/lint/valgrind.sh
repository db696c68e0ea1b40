#!/bin/sh
# The banzhang of $BANZHANG_MEMCHECKED under memcheck: an error makes the exit code 99 and is told in a file of its own
# in $BANZHANG_MEMCHECK_LOGS, which stays empty otherwise, so that nothing is missed of a process that a test kills.
exec valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
    ${BANZHANG_MEMCHECK_LOGS:+"--log-file=$BANZHANG_MEMCHECK_LOGS/%p"} --num-callers=30 \
    --suppressions="$(dirname "$0")/valgrind.supp" "$BANZHANG_MEMCHECKED" "$@"
