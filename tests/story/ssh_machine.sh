#!/bin/bash
# A whole battery on a machine behind ssh: a real sshd on loopback, of our own, with its own keys.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

sshd=$(command -v sshd || echo /usr/sbin/sshd)
[ -x "$sshd" ] || { echo "SKIP: no sshd on this computer (Debian: openssh-server)" >&2 && exit 77; }
port=$((20000 + RANDOM % 20000))
mkdir -m 700 "$STORY/ssh"
# A home of its own for what the machine keeps, with blanks, quotes and a $ in its name.
home="$STORY/ho me's \$HOME"
mkdir "$home"
ssh-keygen -q -t ed25519 -N '' -f "$STORY/ssh/server"
ssh-keygen -q -t ed25519 -N '' -f "$STORY/ssh/client"
mkdir "$STORY/bin"
printf 'environment="HOME=%s",environment="PATH=%s" %s\n' "$home" "$STORY/bin:/usr/bin:/bin" "$(cat "$STORY/ssh/client.pub")" >"$STORY/ssh/authorized"
cat >"$STORY/ssh/config" <<CONF
Port $port
ListenAddress 127.0.0.1
HostKey $STORY/ssh/server
PidFile $STORY/ssh/pid
AuthorizedKeysFile $STORY/ssh/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PermitUserEnvironment yes
CONF
mkdir -p /run/sshd 2>/dev/null || true
"$sshd" -D -e -f "$STORY/ssh/config" 2>"$STORY/ssh/log" &
server=$!
ssh_end() {
    local status=$?
    kill "$server" 2>/dev/null || true
    story_end "$status"
}
trap ssh_end EXIT
for _ in $(seq 100); do
    grep -q 'Server listening' "$STORY/ssh/log" && break
    kill -0 "$server" 2>/dev/null || { cat "$STORY/ssh/log" >&2 && echo "SKIP: sshd does not start here" >&2 && exit 77; }
    sleep 0.05
done

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 500
toy_config "$tree"
user=$(id -un)
options="-p $port -i $STORY/ssh/client -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes"
cat >"$MARVIN_CONFIG/machines.d/here.ini" <<INI
[machine here]
transport = ssh $user@127.0.0.1 $options
cpus = 1
INI
# A parameter that a shell would take apart, a raw file, and a benchmark that hangs.
cat >>"$MARVIN_CONFIG/benchmarks/toybench/benchmark.ini" <<'INI'
[parameter text]
default = $(touch x);'"`id`
[metric said]
unit = bytes
better = none
pattern = ^said: ([0-9]+)
file = said
INI
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<'SH'
#!/bin/sh
printf 'said: %s\n' "${#MARVIN_P_TEXT}" >"$MARVIN_RAW/said"
printf '%s' "$MARVIN_P_TEXT" >"$MARVIN_RAW/text"
[ -n "$SSH_CONNECTION" ] && echo "the environment is not ours alone"
exec "$MARVIN_ARTIFACT/toy" --size "$MARVIN_P_SIZE"
SH
mkdir "$MARVIN_CONFIG/benchmarks/hang"
cat >"$MARVIN_CONFIG/benchmarks/hang/benchmark.ini" <<'INI'
[benchmark hang]
summary = hangs
duration = 1s
deadline = 2s
class = a
[metric rate]
unit = ops/s
better = higher
pattern = ^rate: ([0-9]+)
INI
nap=$((80000 + RANDOM)) # of this story alone: it is looked for by its name
printf '#!/bin/sh\nsleep %s\n' "$nap" >"$MARVIN_CONFIG/benchmarks/hang/run"
chmod +x "$MARVIN_CONFIG/benchmarks/hang/run"
cat >"$MARVIN_CONFIG/plans.d/toy.ini" <<'INI'
[plan toy]
benchmarks = toybench hang
boots = 3
iterations = 2
INI
bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }

marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" "$STORY/ssh/log" && fail "marvin run ended with $?"; }
expect "accepted runs" "6|metal" "$(sql "SELECT count(*), min(mode) FROM run WHERE state = 'accepted'")"
expect "complete batteries" 2 "$(sql "SELECT count(*) FROM battery WHERE state = 'complete'")"
expect "samples" "said|6|17 17
throughput|6|" "$(sql "SELECT m.name, count(*), CASE WHEN m.name = 'said' THEN min(array_to_string(sa.value, ' ')) END FROM boot_sample sa JOIN metric m ON m.id = sa.metric_id WHERE sa.state = 'done' GROUP BY m.name ORDER BY m.name")"
expect "the one that hangs" "failed|iter-0 was stopped: its deadline of 2 s has passed" "$(sql "SELECT DISTINCT state, message FROM boot_sample WHERE benchmark = 'hang'")"
! pgrep -x -f "sleep $nap" >/dev/null || fail "what hung still runs on the machine"
[ -z "$(find "$home" -type f -not -name '*.group')" ] || fail "left on the machine: $(find "$home" -type f -not -name '*.group')"
[ ! -e "$home/x" ] || fail "a parameter was run by a shell"
status=0
marvin-report compare toy:v1.0 toy:v1.1 >"$STORY/compare.txt" || status=$?
expect "exit status of a regression" 1 "$status"
expect_says 'toybench.*throughput.*regressed' "$STORY/compare.txt"

# Stopped in the middle of a benchmark: it ends there too.
toy_release "$tree" v1.2 500
bob --once 2>"$STORY/bob.err"
setsid marvin run here --once 2>"$STORY/stop.err" &
pid=$!
for _ in $(seq 300); do
    pgrep -x -f "sleep $nap" >/dev/null && break
    sleep 0.05
done
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
expect "exit status of a stop" 6 "$status"
! pgrep -x -f "sleep $nap" >/dev/null || fail "what was stopped still runs on the machine"

# Killed in the middle of a benchmark, which goes on behind the broken connection: the next runner ends it
# before it measures anything beside it.
sed -i 's/^deadline = 2s/deadline = 90s/' "$MARVIN_CONFIG/benchmarks/hang/benchmark.ini"
toy_release "$tree" v1.3 500
bob --once 2>"$STORY/bob.err"
sql "SELECT job_change(id, 'cancel', 'later') FROM job WHERE kind = 'boot' AND state IN ('queued', 'claimed') AND battery_id < (SELECT max(id) FROM battery)" >/dev/null
setsid marvin run here --once 2>"$STORY/killed.err" &
pid=$!
for _ in $(seq 300); do
    left=$(pgrep -x -f "sleep $nap") && break
    sleep 0.05
done
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
sleep 1
kill -0 "$left" 2>/dev/null || fail "what is to be left over is not"
setsid marvin run here --once 2>"$STORY/next.err" &
pid=$!
for _ in $(seq 1200); do
    fresh=$(pgrep -x -f "sleep $nap") && [ "$fresh" != "$left" ] && break
    sleep 0.05
done
# By its command line: as a zombie that nobody has waited for yet its number is still there.
! pgrep -x -f "sleep $nap" | grep -qx "$left" || fail "what a killed runner left runs beside what is measured"
kill -TERM "$pid"
wait "$pid" || true
sql "SELECT job_change(id, 'cancel', 'enough') FROM job WHERE kind = 'boot' AND state IN ('queued', 'claimed')" >/dev/null
sql "SELECT job_change(id, 'retry', NULL) FROM job WHERE kind = 'boot' AND state = 'cancelled' AND battery_id < (SELECT max(id) FROM battery)" >/dev/null

# Files on their way for longer than the lease lasts: it is renewed meanwhile.
printf '[marvin]\nlease = 10s\nguard = 2s\n' >"$MARVIN_CONFIG/marvin.ini"
printf '#!/bin/sh\n[ ! -e %s/slow ] || { rm %s/slow; sleep 14; }\nexec %s "$@"\n' "$STORY" "$STORY" "$(command -v tar)" >"$STORY/bin/tar"
chmod +x "$STORY/bin/tar"
touch "$STORY/slow"
sed -i 's/^deadline = 90s/deadline = 2s/' "$MARVIN_CONFIG/benchmarks/hang/benchmark.ini"
toy_release "$tree" v1.4 500
bob --once 2>"$STORY/bob.err"
sql "SELECT job_change(id, 'hold', 'later') FROM job WHERE kind = 'boot' AND state = 'queued' AND battery_id < (SELECT max(id) FROM battery)" >/dev/null
sql "SELECT job_change(id, 'cancel', 'one is enough') FROM job WHERE kind = 'boot' AND state = 'queued' AND boot > 1" >/dev/null
marvin run here --once 2>"$STORY/slow.err" || { cat "$STORY/slow.err" && fail "a slow copy ended the runner with $?"; }
[ ! -e "$STORY/slow" ] || fail "no copy was slow"
sql "SELECT job_change(id, 'release', NULL) FROM job WHERE state = 'held'" >/dev/null
rm "$MARVIN_CONFIG/marvin.ini"
sql "UPDATE run SET state = 'rejected' WHERE id = (SELECT max(id) FROM run)"

# The machine goes away in the middle: the runner says so with 5, and goes on when it is back.
before=$(sql "SELECT count(*) FROM trial")
setsid marvin run here --once 2>"$STORY/away.err" &
pid=$!
for _ in $(seq 300); do
    [ "$(sql "SELECT count(*) FROM trial")" -gt "$before" ] && break
    sleep 0.05
done
pkill -P "$server" 2>/dev/null || true
kill "$server"
wait "$server" 2>/dev/null || true
status=0
wait "$pid" || status=$?
expect "exit status when the machine is gone" 5 "$status"
expect_says "here.*ssh" "$STORY/away.err"
marvin-inventory show here >"$STORY/show"
expect_says 'trouble +its runner left toy v1.[0-9], boot [0-9] of [0-9]: .*ssh' "$STORY/show"
"$sshd" -D -e -f "$STORY/ssh/config" 2>"$STORY/ssh/log" &
server=$!
for _ in $(seq 100); do
    grep -q 'Server listening' "$STORY/ssh/log" && break
    sleep 0.05
done
marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }
expect "accepted runs" 9 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
expect "trials that count, once a boot" "18|18" "$(sql "SELECT count(*), count(DISTINCT (job_id, trial_key)) FROM (SELECT DISTINCT run_id, trial_id, job_id, trial_key FROM boot_sample) s")"
expect "failed runs" 0 "$(sql "SELECT count(*) FROM run WHERE state = 'failed'")"
echo "ok"
