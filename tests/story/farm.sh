#!/bin/bash
# The build farm: two nodes with distccd in network namespaces behind haproxy share the files of a
# real project; one is killed in the middle, one is cut off, one drained, one added.
# shellcheck source=tests/story/netns_lib.sh
. "$(dirname "$0")/netns_lib.sh"
net_make red blue
farm_end() {
    local status=$?
    [ "$status" = 0 ] || cat "$STORY/serve" >&2 || true
    net_end "$status"
}
trap farm_end EXIT
gcc=gcc-$(gcc -dumpversion)
hub() { on hub "$@"; }
now_ms() { date +%s%3N; }

# The project: thirty-two files of this very tree. A release is a commit that changes no code, so that each
# build of it must make the same artifact, wherever its files were compiled. What is asserted are counts and
# artifacts; times are printed, and only those that no busy system explains are failures.
tree=$STORY/project
git init -q -b main "$tree"
git -C "$tree" config user.name Tester
git -C "$tree" config user.email tester@example.invalid
(cd "$MARVIN_SOURCE_DIR" && cp -r --parents common "$tree")
cat >"$tree/Makefile" <<'MAKE'
FLAGS := -std=gnu17 -O1 -D_GNU_SOURCE -I. $(shell pkg-config --cflags glib-2.0 gsl libpq libgit2 jansson inih libzstd libarchive) -DMARVIN_VERSION='"x"' -w
SOURCES := $(wordlist 1,32,$(shell find common -name '*.c' | LC_ALL=C sort))
OBJECTS := $(SOURCES:%.c=$(MARVIN_OUT)/%.o)
all: $(OBJECTS)
$(MARVIN_OUT)/%.o: %.c
	@mkdir -p $(@D) && echo CC $< && $(CC) $(FLAGS) -c $< -o $@
MAKE
files=32
cat >"$MARVIN_CONFIG/recipes/project" <<'SH'
#!/bin/sh
set -eu
cd "$MARVIN_SOURCE"
make -j "$MARVIN_JOBS" CC="$MARVIN_TOOLCHAIN"
SH
chmod +x "$MARVIN_CONFIG/recipes/project"
printf '[tree project]\nurl = %s\nrecipe = recipes/project\ntoolchains = %s\n' "$tree" "$gcc" >"$MARVIN_CONFIG/trees.d/project.ini"
n=0
release() { # the next one; its tag
    n=$((n + 1))
    echo $n >"$tree/README" && git -C "$tree" add -A && git -C "$tree" commit -qm "release $n" && git -C "$tree" tag v1.$n
}
settings() { printf '[marvin]\nfarm = %s\n[farm]\nproxy = 10.213.0.1\nallow = 10.213.0.0/16\nlocal = %s\n' "$1" "${2:-0}" >"$MARVIN_CONFIG/marvin.ini"; }
node() { printf '[node %s]\naddress = 10.213.%s.2\ncores = 2\ntoolchains = %s\nload-port = 3633\n' "$1" "$2" "${3:-$gcc}" >"$MARVIN_CONFIG/nodes.d/$1.ini"; }
mkdir "$MARVIN_CONFIG/nodes.d"

# build: the next release by bob; milliseconds in $took
build() {
    release
    local start
    start=$(now_ms)
    hub bob --once 2>"$STORY/err" || { cat "$STORY/err" >&2 && fail "bob failed"; }
    took=$(($(now_ms) - start))
}
fact() { sql "SELECT $1 FROM build b JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id) WHERE r.name = 'v1.$n'"; }
artifacts() { sql "SELECT count(DISTINCT artifact_hash) || ' of ' || count(*) FROM job WHERE kind = 'build' AND state = 'done'"; }
# node_run NAME: the script that bob makes, in the namespace
node_run() {
    hub bob farm config "$1" >"$STORY/node-$1" 2>/dev/null
    chmod +x "$STORY/node-$1"
    mkdir -p "$STORY/state-$1" && chmod 755 "$STORY/state-$1"
    STATE_DIRECTORY=$STORY/state-$1 on "$1" "$STORY/node-$1" 2>>"$STORY/node-$1.log" &
    eval "$1=$!"
    PIDS+=($!)
}
# With a compile at work (a proof has no -O1), so that one is cut off: frozen, looked at, and killed or let
# go on.
node_signal() { ip netns pids "$NET-$2" | xargs -r kill "-$1" 2>/dev/null || true; }
node_is_caught() {
    local lines
    node_signal STOP "$1"
    lines=$(ip netns pids "$NET-$1" | while read -r pid; do { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null || true; echo; done)
    grep -q 'cc1 .*-O1' <<<"$lines" && return
    node_signal CONT "$1"
    return 1
}
node_kill_busy() {
    until_true node_is_caught "$1"
    node_kill "$1"
}
node_kill() { node_signal KILL "$1"; }
node_state() { sql "SELECT state FROM node WHERE name = '$1'"; }
is_node() { [ "$(node_state "$1")" = "$2" ]; }
node_why() { sql "SELECT coalesce(message, '') FROM node WHERE name = '$1'"; }
node_done() { sql "SELECT coalesce((SELECT done FROM node WHERE name = '$1'), 0)"; }
compiled() { find "$MARVIN_HOME/build" -path '*/out/*.o' 2>/dev/null | wc -l; }
# Rows are written every 3 s: until the nodes' rows tell of as many connections as compiles were shared.
all_told() { [ $(($(node_done red) + $(node_done blue) - told_before)) -ge "$shared" ]; }
some_compiled() { [ "$(compiled)" -ge "$1" ]; }

echo "# without a farm"
settings none
build
alone=$took
expect "the artifact" "1 of 1" "$(artifacts)"
expect "no farm in the facts" "" "$(fact "b.facts->>'farm'")"

echo "# nodes are proved before they get work; the proxy is on a system of its own"
settings distcc
node red 1
node blue 2
node_run red
node_run blue
ip netns exec "$NET-hub" bob farm serve 2>"$STORY/serve" & # its own process, to be stopped
serve=$!
PIDS+=("$serve")
until_true is_node red up
until_true is_node blue up
expect_says "listen pool-3700" "$MARVIN_HOME/farm/haproxy.cfg"
expect_says "server red 10.213.1.2:3632 maxconn 2" "$MARVIN_HOME/farm/haproxy.cfg"
expect_says "balance leastconn" "$MARVIN_HOME/farm/haproxy.cfg"
expect_says "distccd .*--jobs 4" "$STORY/node-red"
hub bob farm check >"$STORY/out" || { cat "$STORY/out" >&2 && fail "a node is not well"; }

echo "# two nodes share the work evenly"
red_before=$(node_done red) blue_before=$(node_done blue)
told_before=$((red_before + blue_before))
build
two=$took
shared=$(fact "b.facts->'farm'->>'shared'") here=$(fact "b.facts->'farm'->>'local'") again=$(fact "b.facts->'farm'->>'again'")
until_true all_told
red_did=$(($(node_done red) - red_before)) blue_did=$(($(node_done blue) - blue_before))
echo "$files files: $shared by nodes (red $red_did, blue $blue_did connections), $here here, $again again; alone $alone ms, with the farm $two ms"
expect "the same artifact" "1 of 2" "$(artifacts)"
[ $((shared + here)) -ge "$files" ] || fail "only $shared + $here of $files files"
[ "$shared" -gt $((files / 2)) ] || fail "nodes compiled only $shared of $files files"
if [ $((red_did * 4)) -lt "$shared" ] || [ $((blue_did * 4)) -lt "$shared" ]; then fail "red $red_did, blue $blue_did: that is not even"; fi
status_tells() { # a load is told by the next proof that is answered
    hub bob farm status --json >"$STORY/out" && python3 - "$STORY/out" 2>"$STORY/err" <<'PY'
import json, sys
farm = json.load(open(sys.argv[1]))
assert farm["served"] and [n["state"] for n in farm["nodes"]] == ["up", "up"], farm
assert all(n["done"] > 4 and n["load"] is not None and n["toolchains"] for n in farm["nodes"]), farm
assert farm["builders"][0]["cores"] > 0, farm
PY
}
until_true status_tells
status=0 # a second server is refused, and takes nothing away from the first
ip netns exec "$NET-hub" bob farm serve 2>"$STORY/second" || status=$?
expect "a second server" 5 "$status"
expect_says "another .bob farm serve. serves" "$STORY/second"
[ -S "$MARVIN_HOME/farm/haproxy.sock" ] || fail "the second server took the socket of the first"
hub bob farm status >"$STORY/out" && expect_says "blue +10.213.2.2:3632 +x86_64 +2 +up|blue +10.213.2.2:3632 +[a-z0-9_]+ +2 +up" "$STORY/out"

echo "# one is drained, so the other does it all: the time with one node"
hub bob farm drain red
until_true is_node red draining
before=$(node_done red) told_before=$((before + $(node_done blue)))
build
one=$took
shared=$(fact "b.facts->'farm'->>'shared'")
until_true all_told
expect "the same artifact" "1 of 3" "$(artifacts)"
expect "new work of a drained node" 0 $(($(node_done red) - before))
[ "$shared" -gt $((files / 2)) ] || fail "the other compiled only $shared of $files files"
echo "one node: $one ms"
hub bob farm resume red
until_true is_node red up

# interrupted WHAT COMMAND..: a build with both, where the command comes in the middle
interrupted() {
    local what=$1 start
    shift
    release
    start=$(now_ms)
    hub bob --once 2>"$STORY/err" &
    local bob=$!
    until_true some_compiled $((files / 4))
    "$@"
    wait $bob || { cat "$STORY/err" >&2 && fail "bob failed"; }
    took=$(($(now_ms) - start))
    echo "$what in the middle: $took ms; with one node $one ms; $(fact "b.facts->>'farm'")"
    expect "the same artifact" "1 of $n" "$(artifacts)"
    [ "$took" -lt $((one * 2 + 20000)) ] || fail "$what cost more than seconds: $took ms, with one node $one ms"
}

echo "# one is killed in the middle of a build"
interrupted "red killed" node_kill_busy red
[ "$(fact "b.facts->'farm'->>'again'")" -gt 0 ] || fail "no compile was cut off and done again"
until_true is_node red down
node_run red
until_true is_node red up

echo "# one is cut off in the middle: nothing answers, nothing refuses"
interrupted "red cut off" ip -n "$NET-hub" link set to-red down
until_true is_node red down
ip -n "$NET-hub" link set to-red up
ip -n "$NET-red" route replace default via 10.213.1.1
until_true is_node red up

echo "# one is removed and comes back while a build runs: nothing that runs there is cut"
away_and_back() {
    rm "$MARVIN_CONFIG/nodes.d/red.ini"
    until_true is_node red removed
    node red 1
    until_true is_node red up
}
settings distcc 1 # a core of our own as well
interrupted "red removed and added" away_and_back
[ "$(fact "b.facts->'farm'->>'local'")" -gt 0 ] || fail "nothing was compiled here"
expect "compiles that had to be done again" 0 "$(fact "b.facts->'farm'->>'again'")"

echo "# haproxy dies: it is started again"
ip netns pids "$NET-hub" | while read -r pid; do [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != haproxy ] || kill -KILL "$pid"; done
until_true grep -q "is started again" "$STORY/serve"
until_true is_node red up

echo "# what is no node is refused, by its name"
node_kill red
until_true is_node red down # a proof that was cut off is a refusal with another reason
on red python3 -c '
import socketserver
class Rubbish(socketserver.StreamRequestHandler):
    def handle(self):
        self.request.recv(100); self.wfile.write(b"\x1b[31mHTTP/1.1 418 I am a teapot\r\n\r\n")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
Server(("10.213.1.2", 3632), Rubbish).serve_forever()' 2>/dev/null &
PIDS+=($!)
until_true is_node red refused
expect "why" "answers what is not distcc's protocol" "$(node_why red)"
expect_says "node red: refused: answers what is not distcc's protocol" "$STORY/serve"
hub bob farm check red >"$STORY/out" 2>&1 && fail "check is content with rubbish"
expect_says "red .*refused" "$STORY/out"

echo "# a compiler of another version is refused, by its name"
node_kill red
until_true is_node red down
mkdir "$STORY/other"
cat >"$STORY/other/$gcc" <<SH
#!/bin/bash
/usr/bin/$gcc "\$@" || exit
for last; do :; done
sed -i 's/GCC: (Debian/GCC: (Demian/' "\$last"
SH
chmod +x "$STORY/other/$gcc"
PATH=$STORY/other:$PATH node_run red
other_version() { [[ "$(node_why red)" == "has another $gcc: 'GCC: (Demian"* ]]; }
until_true other_version
expect "its state" refused "$(node_state red)"

echo "# settings that cannot be"
hub bob farm serve 2>"$STORY/err" && fail "two serve one farm"
expect_says "another .bob farm serve. serves" "$STORY/err"
node green 2
until_true grep -q "the nodes blue and green have the same address" "$STORY/serve"
expect "the farm stays as it was" up "$(node_state blue)"
hub bob farm config >"$STORY/out" 2>"$STORY/err" && fail "two nodes of one address"
expect_says "green.ini:[0-9]+: the nodes blue and green have the same address 10.213.2.2" "$STORY/err"
rm "$MARVIN_CONFIG/nodes.d/green.ini"
printf '[node green]\naddress = 10.213.2.9; rm -rf /\ncores = 2\ntoolchains = gcc-12\n' >"$MARVIN_CONFIG/nodes.d/green.ini"
hub bob farm config >"$STORY/out" 2>"$STORY/err" && fail "an address with a shell in it"
expect_says "is no address: HOST or HOST:PORT" "$STORY/err"
rm "$MARVIN_CONFIG/nodes.d/green.ini"
hub bob farm drain green 2>"$STORY/err" && fail "a node that is not there"
expect_says "the farm has no node green" "$STORY/err"

echo "# stopped: builders do it by themselves, and say why"
kill -TERM $serve
wait $serve || fail "serve ended with $?"
expect "haproxy is gone" "" "$(ip netns pids "$NET-hub" | while read -r pid; do grep -x haproxy "/proc/$pid/comm" 2>/dev/null || true; done)"
build
expect "the same artifact" "1 of $n" "$(artifacts)"
expect "why" "no node has $gcc now" "$(fact "b.facts->'farm'->>'why'")"
ip netns exec "$NET-hub" python3 -c '
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.213.0.1", 3700)); s.listen(); time.sleep(600)' &
taken=$!
PIDS+=("$taken")
is_taken() { on hub ss -ltn | grep -q 10.213.0.1:3700; }
until_true is_taken
hub bob farm serve 2>"$STORY/err" && fail "the port is taken"
expect_says "haproxy does not run: .*10.213.0.1:3700" "$STORY/err"
kill $taken
# shellcheck disable=SC2016
hub unshare --mount sh -c 'mount --bind /dev/null "$(command -v haproxy || echo /usr/sbin/haproxy)" && exec bob farm serve' 2>"$STORY/err" && fail "haproxy is missing"
expect_says "haproxy is not on this system: install it" "$STORY/err"
echo "ok"
