#!/bin/bash
# Two runners, forty machines, SIGKILL at random: no machine is ever held by two, none is acted on
# outside its holder's lease, and a stale holder is refused. What counts is what the machines saw: the
# program that switches them notes the token of the lease, when it began and when it ended.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/rack_lib.sh"

worker=$MARVIN_BIN/../tests/rack_worker
[ -x "$worker" ] || fail "$worker is not built"
seconds=${SECONDS_OF_KILLS:-25}
mkdir "$STORY/m"
cat >"$STORY/switch" <<'SH'
#!/bin/sh
# switch FOLDER on|off|status: one at a time, or it says so
if [ "$2" = status ]; then
    cat "$1/power"
    exit
fi
mkdir "$1/busy" 2>/dev/null || echo "$MARVIN_LEASE collision" >>"$1/log"
begun=$(date +%s.%N)
echo "$2" >"$1/power.new"
mv "$1/power.new" "$1/power"
rmdir "$1/busy"
echo "$MARVIN_LEASE $begun $(date +%s.%N)" >>"$1/log"
SH
chmod +x "$STORY/switch"
for i in $(seq 40); do
    mkdir "$STORY/m/$i"
    echo off >"$STORY/m/$i/power"
    : >"$STORY/m/$i/log"
    machine "f$i" "power = command $STORY/switch $STORY/m/$i"
done
marvin db start >/dev/null

RANDOM=4
end=$((SECONDS + seconds))
kills=0
start() { # start SLOT: the runner of that slot, again
    "$worker" "runner$1" "$RANDOM" "$((end - SECONDS + 1))" 40 >>"$STORY/out" 2>>"$STORY/err" &
    pids[$1]=$!
    RACK_PIDS+=($!)
}
pids=()
start 0
start 1
while [ $SECONDS -lt $end ]; do
    sleep "$(printf '0.%03d' $((RANDOM % 1000)))"
    slot=$((RANDOM % 2))
    [ $((RANDOM % 3)) = 0 ] || continue
    kill -KILL "${pids[slot]}" 2>/dev/null && kills=$((kills + 1))
    wait "${pids[slot]}" 2>/dev/null || true
    # What a killed switch held is free for the next: the machine is not broken by it.
    find "$STORY/m" -name busy -mmin +1 -exec rmdir {} + 2>/dev/null || true
    start "$slot"
done
for pid in "${pids[@]}"; do
    wait "$pid" || fail "a runner ended with $?: $(cat "$STORY/err")"
done
# Where the kills fall decides whether one of them was caught late; this one is, in its every turn.
"$worker" late 1 1 40 1 >>"$STORY/out" 2>>"$STORY/err" || fail "the late one ended with $?: $(cat "$STORY/err")"
cat "$STORY/out"

sql "SELECT m.name, l.token, extract(epoch FROM l.taken_at), extract(epoch FROM least(l.released_at, l.ends_at + make_interval(secs => l.guard_s)))
     FROM lease l JOIN machine m ON m.id = l.machine_id ORDER BY l.token" >"$STORY/leases"
expect "leases of one machine that overlap" 0 "$(sql "
    SELECT count(*) FROM lease a JOIN lease b ON b.machine_id = a.machine_id AND b.token > a.token
    WHERE b.taken_at < coalesce(a.released_at, a.ends_at + make_interval(secs => a.guard_s))")"
expect "leases that were followed before end and guard though nobody gave them back" 0 "$(sql "
    SELECT count(*) FROM lease WHERE released_by = 'expiry' AND released_at < ends_at + make_interval(secs => guard_s)")"
python3 - "$STORY" "$kills" <<'PY'
import pathlib, sys
story, kills = pathlib.Path(sys.argv[1]), sys.argv[2]
leases = {}
for line in (story / "leases").read_text().split():
    name, token, begun, ended = line.split("|")
    leases[int(token)] = (name, float(begun), float(ended))
acts = tokens = 0
for i in range(1, 41):
    last = 0
    ended = 0.0
    for line in (story / "m" / str(i) / "log").read_text().splitlines():
        word = line.split()
        assert word[1] != "collision", f"two acted on f{i} at once: {line}"
        token, a, b = int(word[0]), float(word[1]), float(word[2])
        assert token in leases and leases[token][0] == f"f{i}", f"f{i}: no lease {token}"
        assert token >= last, f"f{i}: the stale lease {token} acted after {last}"
        assert a >= ended, f"f{i}: two acts at once"
        assert leases[token][1] - 0.05 <= a and b <= leases[token][2] + 0.05, f"f{i}: {line} is outside {leases[token]}"
        tokens += token > last
        last, ended, acts = token, b, acts + 1
assert acts >= 50 and int(kills) >= 4, (acts, kills)
print(f"{acts} acts under {tokens} leases of {len(leases)}, {kills} kills: none by two, none outside its lease")
PY
expect_says 'stale [1-9]' "$STORY/out"
echo ok
