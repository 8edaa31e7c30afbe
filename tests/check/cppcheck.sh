#!/bin/bash
# cppcheck has nothing to say. Left out by name: paths behind a function that does not return
# (micro), and arrays that a loop fills in order.
set -euo pipefail
cd "${MARVIN_SOURCE_DIR:?}"
cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning --inline-suppr --library=gtk \
    --suppress=missingInclude --suppress=unknownMacro \
    '--suppress=nullPointerRedundantCheck:benchmarks/micro/*' '--suppress=invalidFunctionArg:benchmarks/micro/*' \
    --suppress=uninitvar:common/stats/hl.c --suppress=uninitvar:report/parts.c \
    '-DG_DEFINE_AUTOPTR_CLEANUP_FUNC(a,b)=' '-DG_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(a,b)=' \
    -I. common sql inventory benchmarks bob marvin report
