#!/bin/bash
# No script of the tree makes shellcheck warn. SC1010 and SC2034 are left out: `done` as a word of SQL,
# variables that a sourced file reads.
set -euo pipefail
cd "${MARVIN_SOURCE_DIR:?}"
mapfile -t scripts < <(grep -rlE '^#!/bin/(ba)?sh' --include='*' quickstart runtests .ci scripts marvin/demo inventory benchmarks tests \
    --exclude-dir=data --exclude-dir=sample)
shellcheck -S warning -e SC1010,SC2034 -x -P tests/story -P SCRIPTDIR "${scripts[@]}"
echo "${#scripts[@]} scripts"
