#!/bin/bash
# Machines that Slurm hands out: the real slurmctld with three slurmd and a munge of our own, all on
# loopback. A node is ours alone or not at all, and what Slurm says is read back.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/rack_lib.sh"

rack_needs munged slurmctld slurmd salloc squeue scancel sinfo python3
read -r control_port p1 p2 p3 <<<"$(free_ports 4)"
printf '[marvin]\nlease = 2m\nguard = 5s\n' >"$MARVIN_CONFIG/marvin.ini"
slurm=$STORY/slurm
mkdir -m 755 "$slurm" "$slurm/state" "$slurm/spool" "$slurm/munge"
user=$(id -un)
head -c 1024 /dev/urandom >"$slurm/munge.key"
chmod 600 "$slurm/munge.key"
rack_start "$slurm/munge.log" munged -F -f --key-file "$slurm/munge.key" --socket "$slurm/munge/socket" \
    --pid-file "$slurm/munge/pid" --log-file "$slurm/munge/log" --seed-file "$slurm/munge/seed"
until_true 20 test -S "$slurm/munge/socket" || fail "munged does not start: $(cat "$slurm/munge.log")"
cat >"$slurm/slurm.conf" <<CONF
ClusterName=story
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$control_port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
CredType=cred/munge
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool/%n
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd-%n.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MailProg=/bin/true
NodeName=m1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$p1 CPUs=1
NodeName=m2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$p2 CPUs=1
NodeName=m3 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$p3 CPUs=1
PartitionName=rack Nodes=m[1-3] Default=YES MaxTime=INFINITE State=UP OverSubscribe=EXCLUSIVE
CONF
export SLURM_CONF=$slurm/slurm.conf
rack_start "$slurm/ctl.out" slurmctld -D -c
for node in m1 m2 m3; do
    mkdir -p "$slurm/spool/$node"
    rack_start "$slurm/$node.out" slurmd -D -N "$node"
done
idle() { [ "$(sinfo -h -t idle -o %D)" = 3 ]; }
until_true 60 idle || fail "the nodes do not become idle: $(sinfo 2>&1; tail -5 "$slurm"/*.log "$slurm"/*.out)"
unset SLURM_CONF
squeue_of() { SLURM_CONF=$slurm/slurm.conf squeue -h -o '%j %N %T' "$@"; }
held() { squeue_of -t R | sort; }

for node in m1 m2 m3; do
    machine "$node" "reserve = slurm $node conf=$slurm/slurm.conf minutes=30"
done
inventory 0 reserve m1 --for 10m --why "a look"
expect "granted by Slurm" "marvin-m1 m1 RUNNING" "$(held)"
# It is Slurm's grant that counts: an allocation of another's, of the same node, waits.
SLURM_CONF=$slurm/slurm.conf salloc --no-shell --immediate=2 --exclusive -w m1 -J other 2>"$STORY/err" && fail "Slurm gave one node to two"
SLURM_CONF=$slurm/slurm.conf salloc --no-shell --immediate=10 --exclusive -w m2 -J annswork 2>"$STORY/err" || fail "salloc: $(cat "$STORY/err")"
inventory 5 exec m2 -- true
expect_says "Slurm's node m2 is held by $user \(job [0-9]+, annswork\)" "$STORY/err"
expect "no lease is left of what was not granted" 0 "$(sql "SELECT count(*) FROM lease l JOIN machine m ON m.id = l.machine_id WHERE m.name = 'm2' AND l.released_at IS NULL")"
inventory 0 exec m3 -- echo fine
expect "exec on what Slurm granted" fine "$(cat "$STORY/out")"
expect "given back to Slurm" "annswork m2 RUNNING
marvin-m1 m1 RUNNING" "$(held)"
# Killed in the middle: the allocation stays, and the next process takes it over.
marvin-inventory exec m3 -- sleep 86393 &
killed=$!
until_true 20 pgrep -xf 'sleep 86393' || fail "exec did not start"
expect "all three are held" "annswork m2 RUNNING
marvin-m1 m1 RUNNING
marvin-m3 m3 RUNNING" "$(held)"
kill -KILL "$killed"
wait "$killed" 2>/dev/null || true
sql "UPDATE lease SET ends_at = ends_at - interval '1 hour' WHERE released_at IS NULL AND purpose = 'running a command'" >/dev/null
inventory 0 exec m3 -- true
expect "after the takeover" "annswork m2 RUNNING
marvin-m1 m1 RUNNING" "$(held)"
# More than Slurm grants is not believed.
inventory 5 reserve m3 --for 2h --why long
expect_says "ends in .*: raise minutes=" "$STORY/err"
inventory 0 release m1
until_true 10 test -z "$(squeue_of -n marvin-m1)"
expect "released" "annswork m2 RUNNING" "$(held | grep -v m3)"

# The runner of a machine asks Slurm too, and gives it back with the lease.
toy_tree "$STORY/toy"
toy_release "$STORY/toy" v1.0 1000
toy_config "$STORY/toy"
rm "$MARVIN_CONFIG/machines.d/here.ini"
sed -i 's/^machines = .*/machines = m2 m3/' "$MARVIN_CONFIG/trees.d/toy.ini"
for node in m2 m3; do
    printf '[machine %s]\ndriver = local\ncpus = 1\nreserve = slurm %s conf=%s minutes=30\n' "$node" "$node" "$slurm/slurm.conf" >"$MARVIN_CONFIG/machines.d/$node.ini"
done
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<SH
#!/bin/sh
SLURM_CONF=$slurm/slurm.conf squeue -h -t R -o '%j %N' >>"$STORY/during"
exec "\$MARVIN_ARTIFACT/toy" --size "\$MARVIN_P_SIZE"
SH
bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }
marvin run m3 --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }
expect "boots" 5 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
expect "held while it ran" "marvin-m3 m3" "$(grep m3 "$STORY/during" | sort -u)"
expect "given back" "" "$(squeue_of -t R -n marvin-m3)"
status=0
marvin run m2 --once 2>"$STORY/run.err" || status=$?
expect "a runner whose node is another's" 5 "$status"
expect_says "Slurm's node m2 is held by $user" "$STORY/run.err"

# A program of the site that hands machines out, and one that hangs.
cat >"$STORY/site" <<'SH'
#!/bin/sh
# site FILE take|renew|release|holder
case $(cat "$1.mode" 2>/dev/null) in hang) sleep 86394 ;; esac
case $2 in
take) [ ! -e "$1" ] || { echo "held by $(cat "$1")" >&2 && exit 1; }; echo "$4" >"$1" ;;
release) rm -f "$1" ;;
holder) cat "$1" 2>/dev/null || true ;;
renew) [ -e "$1" ] ;;
esac
SH
chmod +x "$STORY/site"
machine sid "reserve = command $STORY/site $STORY/grant"
inventory 0 reserve sid --for 5m --why "my work"
expect "the program's grant" "my work" "$(cat "$STORY/grant")"
inventory 0 release sid
[ ! -e "$STORY/grant" ] || fail "not given back to the program"
echo "the night shift" >"$STORY/grant"
inventory 5 exec sid -- true
expect_says "sid: .*held by the night shift" "$STORY/err"
echo ok
