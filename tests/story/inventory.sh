#!/bin/bash
# A person and a runner share a machine: reservations, leases, what is said to whom.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_config "$tree"
printf '[marvin]\nlease = 10s\nguard = 1s\n' >"$MARVIN_CONFIG/marvin.ini"
cat >"$MARVIN_CONFIG/machines.d/idle.ini" <<'INI'
[machine idle]
driver = local
INI

# inventory STATUS ARGUMENTS..: runs it and wants that status; output in $STORY/out, errors in err.
inventory() {
    local status=0 wanted=$1
    shift
    marvin-inventory "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    [ "$status" = "$wanted" ] || { cat "$STORY/out" "$STORY/err" >&2 && fail "marvin-inventory $*: $status, not $wanted"; }
}

inventory 0 list
expect_says '^here +unknown .*never used' "$STORY/out"
inventory 3 show nosuch
expect_says 'no \[machine nosuch\].*here, idle' "$STORY/err"
bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }
inventory 0 list --json
python3 - "$STORY/out" <<'PY'
import json, sys
here, idle = json.load(open(sys.argv[1]))
assert here["machine"] == "here" and here["holder"] is None and here["queued"] == 5, here
assert idle["note"] == "never used", idle
PY

# Reserved: the runner waits, and says for whom.
inventory 2 reserve here --for 1h
expect_says 'why' "$STORY/err"
inventory 2 reserve here --for soon --why x
inventory 2 reserve here --for 2s --why x
expect_says '^marvin-inventory.*--for 2s is too short: .*; --for 3s is the least' "$STORY/err"
inventory 0 reserve here --for 1h --why "a look at the disk"
inventory 0 list
expect_says "^here .*$(id -un) on .*a look at the disk" "$STORY/out"
status=0
marvin run here --once 2>"$STORY/err" || status=$?
expect "a runner on a reserved machine" 5 "$status"
expect_says "held by $(id -un) on .*a look at the disk" "$STORY/err"
inventory 0 exec here -- printf '%s|' 'a b' "\$HOME'" '--x'
expect "words of exec" "a b|\$HOME'|--x|" "$(cat "$STORY/out")"
inventory 0 exec here -- cat <<<"not for it"
expect "its input is none" "" "$(cat "$STORY/out")"
echo "from a file" >"$STORY/input"
inventory 0 exec here --input "$STORY/input" -- cat
expect "its input is a file" "from a file" "$(cat "$STORY/out")"
echo "from us" | inventory 0 exec here --input /dev/stdin -- cat
expect "its input is ours" "from us" "$(cat "$STORY/out")"
inventory 3 exec here --input "$STORY/none" -- cat
expect_says 'none' "$STORY/err"
inventory 5 exec here -- false
expect_says "'false' ended with status 1" "$STORY/err"
inventory 0 reserve here --for 2h --why "longer"
expect "reserved again" 1 "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL AND purpose = 'longer'")"

# Never two hands: while a command acts under the reservation it cannot be given back, so no runner starts; and a
# command stops when its reservation is gone all the same.
# acts: starts one that lasts, and waits until it is there
acts() {
    rm -f "$STORY/acts"
    marvin-inventory exec here -- sh -c 'touch "$0"; exec sleep 30' "$STORY/acts" 2>"$STORY/exec.err" &
    pid=$!
    for _ in $(seq 100); do
        [ -e "$STORY/acts" ] && return 0
        sleep 0.05
    done
    fail "exec does not begin"
}
acts
inventory 5 release here
expect_says 'a command under your reservation still acts on here' "$STORY/err"
expect "still held" 1 "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL")"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
expect "exec stopped by its user" 6 "$status"
acts
begun=$SECONDS
sql "UPDATE lease SET released_at = marvin_now() WHERE released_at IS NULL" >/dev/null
status=0
wait "$pid" || status=$?
expect "exec without its lease" 5 "$status"
expect_says 'stopped: the lease on here has ended' "$STORY/exec.err"
[ $((SECONDS - begun)) -le 10 ] || fail "exec went on for $((SECONDS - begun)) s without a lease"

# Reserving again moves the end of what is held; a command under it follows, and an end that comes nearer waits for it.
inventory 0 reserve here --for 7s --why "short"
token=$(sql "SELECT token FROM lease WHERE released_at IS NULL")
acts
inventory 0 reserve here --for 1h --why "longer"
expect "the same reservation" "$token" "$(sql "SELECT token FROM lease WHERE released_at IS NULL AND purpose = 'longer'")"
sleep 7
kill -0 "$pid" 2>/dev/null || fail "a command was ended at the old end: $(cat "$STORY/exec.err")"
inventory 5 reserve here --for 5m --why "shorter"
expect_says 'the end cannot come nearer' "$STORY/err"

# Taken back by somebody from another computer: a command under it is told and is the last; without one it ends at once.
other() { unshare "${uts[@]}" sh -c 'hostname elsewhere; exec "$@"' - marvin-inventory release here "$@"; }
uts=(--uts)
[ "$(id -u)" = 0 ] || uts=(--user --map-current-user --keep-caps --uts)
status=0
other >"$STORY/out" 2>"$STORY/err" || status=$?
expect "another's release" 5 "$status"
expect_says 'not by you; --force' "$STORY/err"
other --force >"$STORY/out"
expect_says 'wanted back from' "$STORY/out"
status=0
wait "$pid" || status=$?
expect "a command under a reservation that is wanted back" 5 "$status"
expect_says 'another wants the machine back' "$STORY/exec.err"
expect "given back by its last command" 0 "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL")"
inventory 2 reserve here --for 31d --why x
expect_says '30 days at most' "$STORY/err"
inventory 2 reserve here --for 1e9d --why x
inventory 0 reserve here --for 8d --why "a holiday"
other --force >"$STORY/out"
expect_says 'here is free: the reservation of .* \(a holiday\) was ended' "$STORY/out"
inventory 0 exec here -- true
inventory 0 reserve here --for 2h --why "longer"
inventory 0 release here
expect_says 'here is free again' "$STORY/out"
inventory 0 release here
expect_says 'here is free' "$STORY/out"

# exec without a reservation: a lease of its own, renewed while it runs, given back.
marvin-inventory exec here -- sleep 5 &
pid=$!
for _ in $(seq 100); do
    [ "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL")" = 1 ] && break
    sleep 0.05
done
inventory 5 exec here -- true
expect_says 'running a command' "$STORY/err"
inventory 5 release here
expect_says 'not by you' "$STORY/err"
wait "$pid" || fail "exec ended with $?"
expect "given back" 0 "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL")"

# Wanted back from a runner: it stops at its next renewal, nobody is granted the machine before.
sed -i '2i sleep 2' "$MARVIN_CONFIG/benchmarks/toybench/run"
toy_release "$tree" v1.1 1000
bob --once 2>"$STORY/bob.err"
sql "SELECT job_change(id, 'cancel', 'not in this story') FROM job WHERE state = 'queued' AND battery_id = (SELECT min(id) FROM battery)" >/dev/null
setsid marvin run here --once 2>"$STORY/run.err" &
pid=$!
for _ in $(seq 100); do
    [ "$(sql "SELECT count(*) FROM run WHERE state = 'running'")" = 1 ] && break
    sleep 0.05
done
inventory 5 reserve here --for 1h --why mine
inventory 0 release here --force
expect_says 'wanted back from marvin run' "$STORY/out"
inventory 5 reserve here --for 1h --why mine
inventory 0 reserve here --for 1h --why mine --wait
kill -0 "$pid" 2>/dev/null && sleep 0.5
! kill -0 "$pid" 2>/dev/null || fail "the machine was granted while its runner still works"
status=0
wait "$pid" || status=$?
case $status in 5 | 6) ;; *) cat "$STORY/run.err" >&2 && fail "the runner ended with $status" ;; esac
inventory 0 release here

inventory 0 check here
expect_says '^ok +here: disk' "$STORY/out"
expect_says '^ok +here: lease +free' "$STORY/out"
inventory 0 check here --json
python3 -c 'import json, sys; assert {"state", "check", "found", "remedy"} == set(json.load(open(sys.argv[1]))[0])' "$STORY/out"
inventory 0 show here
expect_says 'epoch +since' "$STORY/out"
inventory 0 show here --json
python3 -c 'import json, sys; assert set(json.load(open(sys.argv[1]))) == {"definition", "machine", "epochs", "events"}' "$STORY/out"
inventory 5 power here off
expect_says 'the machine here has no power driver' "$STORY/err"
cat >"$MARVIN_CONFIG/machines.d/away.ini" <<'INI'
[machine away]
transport = ssh nobody@127.0.0.1 -p 1 -o UserKnownHostsFile=/dev/null
INI
inventory 0 show away
expect_says '^away +unknown .*never used' "$STORY/out"
inventory 5 check away
expect_says 'away does not answer over ssh' "$STORY/err"
expect "looking stores no row" 0 "$(sql "SELECT count(*) FROM machine WHERE name = 'away'")"
inventory 0 check away --quarantine --why "not there yet"
expect "a word about it does" quarantined "$(sql "SELECT state FROM machine WHERE name = 'away'")"

# machines that no settings have: of imported results, and of former settings
marvin import gobench "$MARVIN_SOURCE_DIR/tests/data/report/v1.0.txt" --machine box --release v1.0 --tree else >/dev/null
inventory 0 show box
expect_says '^box .*its results were imported' "$STORY/out"
inventory 0 show box --json
python3 -c 'import json, sys; box = json.load(sys.stdin); assert box["definition"] == {"imported": True} and box["machine"][0]["done"] == 5, box' <"$STORY/out"
inventory 0 show idle
inventory 0 reserve idle --for 1h --why "its end"
echo 'cpus = many' >>"$MARVIN_CONFIG/machines.d/idle.ini"
inventory 0 list
expect_says '^idle .*its section in the settings is wrong' "$STORY/out"
rm "$MARVIN_CONFIG/machines.d/idle.ini"
inventory 2 check idle --fit --quarantine --why x
inventory 0 check idle --quarantine --why "sold"
inventory 0 check idle --fit --why "bought back"
inventory 3 check idle
expect_says 'no \[machine idle\]' "$STORY/err"
inventory 0 release idle
expect_says 'idle is free again' "$STORY/out"
inventory 3 release nosuch
inventory 0 show idle
expect_says '^idle .*no longer in the settings' "$STORY/out"
echo ok
