#!/bin/bash
# Builders on systems of their own: two network namespaces that reach nothing but PostgreSQL, over
# TCP with a password, and share no store. One is killed in the middle of a build, one in the middle
# of sending; what they make comes into the store through the database, once.
# shellcheck source=tests/story/netns_lib.sh
. "$(dirname "$0")/netns_lib.sh"
net_make red blue

echo "# a site's server in the hub"
pg=$(echo /usr/lib/postgresql/*/bin)
pg=${pg##* }
as_server() { setpriv --reuid=postgres --regid=postgres --clear-groups --reset-env "$@"; }
install -d -o postgres "$STORY/pg"
secret=$(head -c 18 /dev/urandom | base64)
printf '%s\n' "$secret" >"$STORY/pg/password" && chown postgres "$STORY/pg/password" && chmod 600 "$STORY/pg/password"
(cd / && as_server "$pg/initdb" -D "$STORY/pg/data" -U chief --auth=scram-sha-256 --pwfile="$STORY/pg/password" >/dev/null)
printf "listen_addresses = '10.213.0.1'\nport = 5999\nunix_socket_directories = ''\nfsync = off\npassword_encryption = scram-sha-256\n" >>"$STORY/pg/data/postgresql.conf"
echo "host marvin,postgres all 10.213.0.0/16 scram-sha-256" >>"$STORY/pg/data/pg_hba.conf"
(cd / && on hub setpriv --reuid=postgres --regid=postgres --clear-groups --reset-env "$pg/postgres" -D "$STORY/pg/data" >"$STORY/pg.log" 2>&1) &
PIDS+=($!)
for who in chief site builder; do printf '10.213.0.1:5999:*:%s:%s\n' "$who" "$secret"; done >"$STORY/passfile"
chmod 600 "$STORY/passfile"
chief() { PGPASSFILE=$STORY/passfile on hub psql -XAtq -h 10.213.0.1 -p 5999 -U chief -v ON_ERROR_STOP=1 "$@"; }
sql() { chief -d marvin -c 'SET search_path = marvin' -c "$1"; }
until_true chief -d postgres -c 'SELECT' >/dev/null 2>&1
chief -d postgres -f - >/dev/null <<SQL
CREATE ROLE marvin_admin; CREATE ROLE marvin_builder; CREATE ROLE marvin_runner; CREATE ROLE marvin_report;
CREATE ROLE site LOGIN PASSWORD '$secret' IN ROLE marvin_admin, marvin_builder, marvin_runner, marvin_report;
CREATE ROLE builder LOGIN PASSWORD '$secret' IN ROLE marvin_builder;
CREATE DATABASE marvin OWNER marvin_admin;
SQL
site() { printf '[marvin]\ndatabase = postgresql://%s@10.213.0.1:5999/marvin?passfile=%s/passfile\nlease = 10s\nguard = 2s\n' "$1" "$STORY"; }
site site >"$MARVIN_CONFIG/marvin.ini"
hub() { on hub "$@"; }
hub marvin db migrate >/dev/null

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.1 1000
toy_config "$tree"
# The artifact is 24 MiB that do not compress, the same from any builder.
cat >"$MARVIN_CONFIG/recipes/toy" <<SH
#!/bin/sh
set -eu
echo "built for \$MARVIN_RELEASE"
echo "\$MARVIN_RELEASE \$PPID" >>$STORY/begun
while [ -e $STORY/hold ]; do sleep 0.05; done
cc -O2 -o "\$MARVIN_OUT/toy" "\$MARVIN_SOURCE/toy.c"
head -c 24M /dev/zero | openssl enc -aes-128-ctr -K 000102030405060708090a0b0c0d0e0f -iv 000102030405060708090a0b0c0d0e0f >"\$MARVIN_OUT/ballast"
SH
begun() { [ "$(cat "$STORY/begun" 2>/dev/null | wc -l)" -ge "$1" ]; }

# builder NAME..: in the namespace of that name, with a state folder and settings of its own
builder() {
    local name=$1 && shift
    mkdir -p "$STORY/$name/config"
    site builder >"$STORY/$name/config/marvin.ini"
    MARVIN_HOME=$STORY/$name/state MARVIN_CONFIG=$STORY/$name/config exec ip netns exec "$NET-$name" bob builder "$name" "$@" 2>>"$STORY/$name.err"
}
# killed NAME: SIGKILL for the builder and, as when a system loses its power, all that it started
killed() {
    ip netns pids "$NET-$1" | xargs -r kill -KILL 2>/dev/null || true
    wait "$2" 2>/dev/null || true
}
state_of() { sql "SELECT j.state FROM job j JOIN release r USING (subject_id) WHERE j.kind = 'build' AND r.name = '$1'"; }
is_state() { [ "$(state_of "$1")" = "$2" ]; }
builds_of() { sql "SELECT string_agg(w.name || ' ' || b.state, ', ' ORDER BY b.id) FROM build b JOIN builder w ON w.id = b.builder_id JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id) WHERE r.name = '$1'"; }
in_store() { find "$MARVIN_HOME/store/objects" -type f | wc -l; }

echo "# one builder is killed in the middle of a build; the other takes the job over, once"
hub bob watch 2>/dev/null
folders=$(in_store)
touch "$STORY/hold"
builder red &
red=$!
until_true begun 1
expect "who has it" "claimed|red" "$(sql "SELECT state, claimed_by FROM job WHERE kind = 'build'")"
builder blue &
blue=$!
started=$(date +%s)
killed red $red
until_true begun 2
echo "taken over after $(($(date +%s) - started)) s of a lease of 10 s"
rm "$STORY/hold"
until_true is_state v1.1 done
expect "builds" "red lost, blue done" "$(builds_of v1.1)"
expect_says "sends what it makes through the database" "$STORY/blue.err"

echo "# it has come whole, and counts when it is in the store: until then no boot begins"
expect "boots" "waiting 5" "$(sql "SELECT state || ' ' || count(*) FROM job WHERE kind = 'boot' GROUP BY state")"
expect "on their way" 2 "$(sql "SELECT count(*) FROM transfer WHERE transfer_is_whole(id)")"
expect "in the store" "$folders" "$(in_store)"
expect "left in the spool" 0 "$(find "$STORY/blue/state/spool" -path '*objects*' -type f | wc -l)"
expect "blue's own store" 0 "$(find "$STORY/blue/state/store" -path '*objects*' -type f 2>/dev/null | wc -l)"
hub bob watch 2>"$STORY/err"
expect_says "2 objects of other builders came into the store" "$STORY/err"
expect "boots" "queued 5" "$(sql "SELECT state || ' ' || count(*) FROM job WHERE kind = 'boot' GROUP BY state")"
expect "on their way" 0 "$(sql "SELECT count(*) FROM transfer")"
expect "artifacts" 1 "$(sql "SELECT count(*) FROM artifact")"
hub marvin store verify >"$STORY/out" || { cat "$STORY/out" && fail "the store is not whole"; }
expect_says "^0 damaged, 0 missing" "$STORY/out"
log=$(sql "SELECT log_hash FROM build WHERE state = 'done'")
expect "the log" "built for v1.1" "$(zstd -dc "$MARVIN_HOME/store/objects/${log:0:2}/${log:2}")"
hub marvin run here --once 2>"$STORY/err" || { cat "$STORY/err" && fail "the runner failed"; }
expect "runs of what blue built" 5 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
killed blue $blue

echo "# killed while it sends: the other sends the rest of the same file"
sql "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END';
     CREATE TRIGGER slow BEFORE INSERT ON transfer_part FOR EACH ROW EXECUTE FUNCTION slow()"
toy_release "$tree" v1.2 1200
hub bob watch 2>/dev/null
builder red &
red=$!
some_came() { [ "$(sql "SELECT count(*) FROM transfer_part")" -ge 5 ]; }
until_true some_came
killed red $red
before=$(sql "SELECT t.id, count(*) FROM transfer t JOIN transfer_part p ON p.transfer_id = t.id GROUP BY t.id")
builder blue &
blue=$!
until_true is_state v1.2 done
echo "transfer|parts when red was killed: $before; of 25"
expect "the same transfer" "${before%|*}|25" "$(sql "SELECT t.id, count(*) FROM transfer t JOIN transfer_part p ON p.transfer_id = t.id GROUP BY t.id HAVING count(*) > 1")"
expect "no part that had come was sent again" 1 "$(sql "SELECT count(DISTINCT transfer_id) FROM transfer_part WHERE n = 0 AND length(data) = 1048576")"
expect "builds" "red lost, blue done" "$(builds_of v1.2)"
sql "DROP TRIGGER slow ON transfer_part"

echo "# what arrives damaged is refused, and built again"
sql "UPDATE transfer_part SET data = set_byte(data, 1000, get_byte(data, 1000) # 1) WHERE n = 3"
hub bob watch 2>"$STORY/err"
expect_says "what its builder sent is damaged" "$STORY/err"
until_true is_state v1.2 done
expect "builds" "red lost, blue lost, blue done" "$(builds_of v1.2)"
hub bob watch 2>"$STORY/err"
expect "artifacts" 2 "$(sql "SELECT count(*) FROM artifact WHERE removed_at IS NULL")"
expect "boots" "queued 5" "$(sql "SELECT state || ' ' || count(*) FROM job WHERE kind = 'boot' AND state <> 'done' GROUP BY state")"
hub marvin store verify >"$STORY/out" || { cat "$STORY/out" && fail "the store is not whole"; }

echo "# the network goes away while it sends, and comes back"
sql "CREATE TRIGGER slow BEFORE INSERT ON transfer_part FOR EACH ROW EXECUTE FUNCTION slow()"
toy_release "$tree" v1.3 1300
hub bob watch 2>/dev/null
until_true some_came
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'builder'" >/dev/null
ip -n "$NET-hub" link set to-blue down
sleep 1
ip -n "$NET-hub" link set to-blue up
ip -n "$NET-blue" route replace default via 10.213.2.1
until_true is_state v1.3 done
expect "builds" "blue done" "$(builds_of v1.3)"

echo "# no more than the setting allows is on its way: the next waits until bob has taken it"
sql "DROP TRIGGER slow ON transfer_part"
echo "transfers = 30M" >>"$MARVIN_CONFIG/marvin.ini"
hub bob watch 2>/dev/null
for i in 4 5; do toy_release "$tree" v1.$i 1${i}00; done
hub bob watch 2>/dev/null
until_true is_state v1.4 done
until_true begun 8
sleep 3
expect "the second" claimed "$(state_of v1.5)"
hub bob watch 2>/dev/null
until_true is_state v1.5 done
hub bob watch 2>/dev/null
expect "on their way" 0 "$(sql "SELECT count(*) FROM transfer")"
expect "built" "done 5" "$(sql "SELECT state || ' ' || count(*) FROM job WHERE kind = 'build' GROUP BY state")"

echo "# no secret in sight"
! grep -rlF "$secret" "$STORY"/*.err "$STORY/red" "$STORY/blue" "$MARVIN_HOME" || fail "the password is in a file"
for pid in $(ip netns pids "$NET-blue"); do ! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -F "$secret" || fail "the password is in an argument"; done
killed blue $blue
echo "ok"
