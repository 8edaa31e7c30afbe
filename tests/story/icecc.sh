#!/bin/bash
# A build farm of icecc instead of ours (`farm = icecc`): its scheduler and two daemons in network
# namespaces compile the files of a real project; then without its daemon, by the builder alone.
# shellcheck source=tests/story/netns_lib.sh
. "$(dirname "$0")/netns_lib.sh"
[ ! -S /run/icecc/iceccd.socket ] || ! pgrep -x iceccd >/dev/null || { echo "SKIP: icecc's own daemon runs on this computer" >&2 && exit 77; }
net_make red
gcc=gcc-$(gcc -dumpversion)

tree=$STORY/project
git init -q -b main "$tree"
git -C "$tree" config user.name Tester
git -C "$tree" config user.email tester@example.invalid
(cd "$MARVIN_SOURCE_DIR" && cp -r --parents common "$tree")
cat >"$tree/Makefile" <<'MAKE'
FLAGS := -std=gnu17 -O1 -D_GNU_SOURCE -I. $(shell pkg-config --cflags glib-2.0 gsl libpq libgit2 jansson inih libzstd libarchive) -DMARVIN_VERSION='"x"' -w
SOURCES := $(wordlist 1,8,$(shell find common -name '*.c' | LC_ALL=C sort))
OBJECTS := $(SOURCES:%.c=$(MARVIN_OUT)/%.o)
all: $(OBJECTS)
$(MARVIN_OUT)/%.o: %.c
	@mkdir -p $(@D) && echo CC $< && $(CC) $(FLAGS) -c $< -o $@
MAKE
printf '#!/bin/sh\nset -eu\ncd "$MARVIN_SOURCE"\nmake -j "$MARVIN_JOBS" CC="$MARVIN_TOOLCHAIN"\n' >"$MARVIN_CONFIG/recipes/project"
chmod +x "$MARVIN_CONFIG/recipes/project"
printf '[tree project]\nurl = %s\nrecipe = recipes/project\ntoolchains = %s\n' "$tree" "$gcc" >"$MARVIN_CONFIG/trees.d/project.ini"
n=0
# build: the next release, whose files are the same
build() {
    n=$((n + 1))
    echo $n >"$tree/README" && git -C "$tree" add -A && git -C "$tree" commit -qm "release $n" && git -C "$tree" tag v1.$n
    on hub bob --once 2>"$STORY/err" || { cat "$STORY/err" >&2 && fail "bob failed"; }
}
fact() { sql "SELECT $1 FROM build b JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id) WHERE r.name = 'v1.$n'"; }
artifacts() { sql "SELECT count(DISTINCT artifact_hash) || ' of ' || count(*) FROM job WHERE kind = 'build' AND state = 'done'"; }

echo "# by itself"
build
expect "the artifact" "1 of 1" "$(artifacts)"

echo "# with icecc: the builder's own daemon, and one elsewhere"
mkdir -p /run/icecc "$STORY/hub" "$STORY/red"
chmod 755 "$STORY"
chown icecc: /run/icecc "$STORY/hub" "$STORY/red"
# The hub compiles nothing itself (-m 0), and how busy this computer is decides nothing (ICECC_TESTS).
on hub icecc-scheduler -n marvin -l "$STORY/hub/scheduler.log" -vvv &
PIDS+=($!)
on hub env ICECC_TESTS=1 iceccd -n marvin -s 10.213.0.1 -m 0 -N hub -b "$STORY/hub/envs" -l "$STORY/hub/log" -vvv &
daemon=$!
PIDS+=("$daemon")
on red env ICECC_TESTS=1 ICECC_TEST_SOCKET="$STORY/red/socket" iceccd -n marvin -s 10.213.0.1 -m 2 -N red -b "$STORY/red/envs" -l "$STORY/red/log" -vvv &
PIDS+=($!)
logins() { [ "$(grep -c "login .* protocol" "$STORY/hub/scheduler.log" 2>/dev/null)" = 2 ]; }
until_true logins
printf '[marvin]\nfarm = icecc\n' >"$MARVIN_CONFIG/marvin.ini"
build
expect "the same artifact" "1 of 2" "$(artifacts)"
expect "its facts" icecc "$(fact "b.facts->'farm'->>'kind'")"
# icecc compiles here what it could not place soon, so how many it placed is its affair.
shared=$(fact "b.facts->'farm'->>'shared'")
there=$(grep -c 'Remote compilation completed with exit code 0' "$STORY/red/log" || true)
echo "# $SECONDS s: $shared of 8 were placed elsewhere, $there ended there"
[ "$there" -gt 0 ] && [ "$shared" -ge "$there" ] || fail "nothing was compiled elsewhere, or more than is told"

echo "# $SECONDS s: its daemon is gone: the builder does it by itself"
kill -KILL "$daemon"
ip netns pids "$NET-hub" | while read -r pid; do [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != iceccd ] || kill -KILL "$pid"; done
build
expect "the same artifact" "1 of 3" "$(artifacts)"
expect "compiled elsewhere" 0 "$(fact "b.facts->'farm'->>'shared'")"
echo "ok"
