#!/bin/sh
# The banzhang of $BANZHANG_MEMCHECKED under memcheck: an error is told on stderr and makes the exit code 99.
exec valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
    --suppressions="$(dirname "$0")/valgrind.supp" "$BANZHANG_MEMCHECKED" "$@"
