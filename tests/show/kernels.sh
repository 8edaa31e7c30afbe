#!/bin/bash
# Real kernels through bob: Debian's linux-source-6.1 and -6.12 as a git tree (linuxtree.sh), found,
# built with a small configuration that boots in QEMU, and queued, each release once; a one-line
# change built from the compiler's cache; a kernel that does not compile; a pre-release on request.
# Prints times and what ccache did. Two cold builds of about eight CPU minutes each.
#
#   tests/show/kernels.sh FOLDER        keeps tree, settings and state there, and goes on where it was
#
# Environment: MARVIN_BIN (preset build/bin), LINUX_TREE (a tree that linuxtree.sh made before), SERIES
# (preset "6.1 6.12"; 6.1 alone saves the second cold build).
# Needs flex bison bc libelf-dev libssl-dev kmod cpio lz4 ccache.
set -euo pipefail
[ $# = 1 ] || { echo "usage: kernels.sh FOLDER" >&2 && exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
PATH=$(cd "${MARVIN_BIN:-build/bin}" && pwd):$PATH
export MARVIN_HOME=$folder/state MARVIN_CONFIG=$folder/config TZ=UTC LC_ALL=C
for tool in bob marvin flex bison bc lz4 ccache depmod cpio psql; do
    command -v "$tool" >/dev/null || { echo "kernels.sh: $tool is not there; see the head of this file" >&2 && exit 2; }
done
tree=${LINUX_TREE:-$folder/linux.git}
trap 'marvin db stop >/dev/null 2>&1 || true' EXIT
say() { printf '\n%s  == %s\n' "$(date -u +%H:%M:%S)" "$*"; }
sql() { psql -XAtq -F ' | ' -h "$MARVIN_HOME/postgres" -U marvin_admin -d marvin -v ON_ERROR_STOP=1 -c 'SET search_path = marvin' -c "$1"; }
fail() { echo "kernels.sh: FAILED: $*" >&2 && exit 1; }
expect() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }

[ -d "$tree" ] || { say "the tree" && "$here/linuxtree.sh" "$tree" "$folder/downloads"; }
mkdir -p "$MARVIN_CONFIG"/{trees.d,machines.d,plans.d}
cp "$here/virtual.config" "$MARVIN_CONFIG/"
printf '[machine here]\ndriver = local\ndeploy = command /bin/true\n' >"$MARVIN_CONFIG/machines.d/here.ini"
printf '[plan calls]\nbenchmarks = syscall\nboots = 2\n' >"$MARVIN_CONFIG/plans.d/calls.ini"
# settings GLOBS: the tree with these releases
settings() {
    cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = $tree
kind = kernel
config = tinyconfig
fragments = virtual.config
releases = $*
first = v6.1
machines = here
plans = calls
INI
}
COLUMNS_SHOWN="coalesce(r.name, left(s.revision, 12)), b.state, round(b.elapsed_s) || ' s', round(b.user_s + b.system_s) || ' CPU s',
    'ccache ' || coalesce(b.facts->'notes'->>'ccache-hits', '-') || ' of ' || ((b.facts->'notes'->>'ccache-hits')::int + (b.facts->'notes'->>'ccache-misses')::int),
    coalesce(pg_size_pretty(a.bytes), '-'), coalesce(array_length(string_to_array(nullif(c.difference, ''), E'\n'), 1), 0) || ' lines of .config against ' || coalesce(c.previous, 'none'),
    coalesce(jsonb_array_length(b.facts->'notes'->'not-honoured'), 0) || ' not honoured', coalesce(b.facts->>'fault', ''), coalesce(b.message, '')"
FROM="FROM build b JOIN job j ON j.id = b.job_id JOIN subject s ON s.id = j.subject_id LEFT JOIN release r ON r.subject_id = s.id
    LEFT JOIN artifact a ON a.hash = b.artifact_hash LEFT JOIN build_config c ON c.build_id = b.id"
last() { sql "SELECT $COLUMNS_SHOWN $FROM ORDER BY b.id DESC LIMIT ${1:-1}"; }

series=${SERIES:-6.1 6.12}
globs=
for one in $series; do globs="$globs v$one.*"; done
base=$(git -C "$tree" tag -l 'v6.1.*' | sort -V | head -n 1)
newer=$(git -C "$tree" tag -l 'v6.12.*' | sort -V | head -n 1)
say "the first release, $base, with an empty cache"
settings "$base"
bob --once
last
say "a change of one line: $(git -C "$tree" log -1 --format=%s slow-pipe)"
bob queue linux:slow-pipe
bob --once
last
if [ "$series" != 6.1 ]; then
    say "the first of 6.12, $newer, of which the cache knows nothing"
    settings "$base $newer"
    bob --once
    last
fi
# shellcheck disable=SC2086 # globs for git
releases=$(git -C "$tree" tag -l $globs | sort -V)
n=$(wc -l <<<"$releases")
# shellcheck disable=SC2086 # words
say "all releases:" $releases
settings "$globs"
bob --once
last "$n"
expect "each release was built once and queued once" "$n $n $n" \
    "$(sql "SELECT count(*) FROM build b JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id)")$(sql "SELECT ' ' || count(*) || ' ' || (SELECT count(*) FROM battery b JOIN release r USING (subject_id)) FROM release")"
say "$base once more, by another builder elsewhere: the same to the bit"
was=$(sql "SELECT b.artifact_hash FROM build b JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id) WHERE r.name = '$base' LIMIT 1")
sql "UPDATE job SET state = 'queued', attempts = 0, artifact_hash = NULL WHERE id = (SELECT j.id FROM job j JOIN release r USING (subject_id) WHERE j.kind = 'build' AND r.name = '$base')"
bob builder elsewhere --once
last
expect "artifact" "$was" "$(sql "SELECT artifact_hash FROM build ORDER BY id DESC LIMIT 1")"
say "a kernel that does not compile"
bob queue linux:broken
bob --once
last
expect "its kind" "failed source" "$(sql "SELECT state || ' ' || (facts->>'fault') FROM build ORDER BY id DESC LIMIT 1")"
if [ "$series" != 6.1 ]; then
    say "a pre-release on request, before all else"
    bob queue linux:v6.13-rc1 --urgent --plan calls
    bob --once
    last
fi
say "a poll that finds nothing new"
before=$(sql "SELECT sum(n_tup_ins) FROM pg_stat_user_tables")
time bob --once
sleep 2
expect "rows inserted" "$before" "$(sql "SELECT sum(n_tup_ins) FROM pg_stat_user_tables")"
say "what was configured otherwise in $newer"
sql "SELECT c.previous, (SELECT count(*) FROM regexp_matches(c.difference, '^\+', 'gn')) || ' set', (SELECT count(*) FROM regexp_matches(c.difference, '^-', 'gn')) || ' no longer' $FROM WHERE r.name = '$newer'"
bob status linux
say "all builds"
sql "SELECT $COLUMNS_SHOWN $FROM ORDER BY b.id"
du -sh "$MARVIN_HOME/cache" "$MARVIN_HOME/store" "$MARVIN_HOME/trees"
