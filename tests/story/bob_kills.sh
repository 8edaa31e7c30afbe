#!/bin/bash
# Everything of bob is killed at random moments: the daemon, a builder beside it, two builders with
# state folders of their own that send through the database; and the database itself is stopped and
# started. In the end each release is built, stored and let go exactly once. SEED=N repeats a run.
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "$0")/bob_lib.sh"
RANDOM=${SEED:-11}
ROUNDS=${ROUNDS:-40}
RELEASES=${RELEASES:-8}

tree=$STORY/toy
toy_tree "$tree"
for i in $(seq $RELEASES); do toy_release "$tree" "v1.$i" "10$i"; done
toy_config "$tree"
cat >"$MARVIN_CONFIG/recipes/toy" <<'SH'
#!/bin/sh
set -eu
echo "building $MARVIN_RELEASE"
sleep 0.4
cc -O2 -o "$MARVIN_OUT/toy" "$MARVIN_SOURCE/toy.c"
head -c 5M /dev/zero | openssl enc -aes-128-ctr -K 000102030405060708090a0b0c0d0e0f -iv 000102030405060708090a0b0c0d0e0f >"$MARVIN_OUT/ballast"
SH
printf '[marvin]\nlease = 10s\nguard = 2s\n' >"$MARVIN_CONFIG/marvin.ini"
run 0 bob watch
sql "UPDATE job SET max_attempts = 10000"

declare -A PID
# start WHO: bob, near, or a far builder, whose settings say the database alone
start() {
    case $1 in
    bob) exec bob ;;
    near) exec bob builder near ;;
    *)
        mkdir -p "$STORY/$1/config"
        printf '[marvin]\nlease = 10s\nguard = 2s\ndatabase = postgresql:///marvin?host=%s/postgres&user=marvin_builder\n' "$MARVIN_HOME" >"$STORY/$1/config/marvin.ini"
        export MARVIN_HOME=$STORY/$1/state MARVIN_CONFIG=$STORY/$1/config
        exec bob builder "$1"
        ;;
    esac
}
begin() {
    (start "$1" 2>>"$STORY/$1.err") &
    PID[$1]=$!
}
kill_all() { for who in "${!PID[@]}"; do kill -KILL "${PID[$who]}" 2>/dev/null || true; done; }
kills_end() {
    local status=$?
    kill_all
    story_end "$status"
}
trap kills_end EXIT
WHO=(bob near far1 far2)
for who in "${WHO[@]}"; do begin "$who"; done

kills=0
for _ in $(seq "$ROUNDS"); do
    sleep "0.$((RANDOM % 10))"
    who=${WHO[$((RANDOM % 4))]}
    if [ $((RANDOM % 12)) = 0 ]; then
        marvin db stop >/dev/null 2>&1 || true
        marvin db start >/dev/null 2>&1 || true
    fi
    kill -KILL "${PID[$who]}" 2>/dev/null && kills=$((kills + 1))
    wait "${PID[$who]}" 2>/dev/null || true
    begin "$who"
done
# One that a database which was away has ended is started again, as a supervisor does.
all_done() {
    for who in "${WHO[@]}"; do kill -0 "${PID[$who]}" 2>/dev/null || begin "$who"; done
    [ "$(sql "SELECT count(*) FROM job WHERE kind = 'build' AND state = 'done'" 2>/dev/null)" = $RELEASES ] &&
        [ "$(sql "SELECT count(*) FROM transfer" 2>/dev/null)" = 0 ]
}
for _ in $(seq 600); do all_done && break; sleep 0.2; done
kill_all
wait 2>/dev/null || true
run 0 bob --once
echo "$kills times killed; builds: $(sql "SELECT string_agg(state || ' ' || n, ', ') FROM (SELECT state, count(*) AS n FROM build GROUP BY state) s"); far: $(sql "SELECT count(*) FROM build b JOIN builder w ON w.id = b.builder_id WHERE b.state = 'done' AND w.name LIKE 'far%'") of $RELEASES"
expect "jobs" "done $RELEASES" "$(sql "SELECT state || ' ' || count(*) FROM job WHERE kind = 'build' GROUP BY state")"
expect "builds that count" "$RELEASES" "$(sql "SELECT count(*) FROM build WHERE state = 'done'")"
expect "jobs with more than one" 0 "$(sql "SELECT count(*) FROM (SELECT 1 FROM build WHERE state = 'done' GROUP BY job_id HAVING count(*) > 1) s")"
expect "builds that still run" 0 "$(sql "SELECT count(*) FROM build WHERE state = 'running'")"
expect "artifacts" "$RELEASES" "$(sql "SELECT count(*) FROM artifact WHERE removed_at IS NULL")"
expect "boots" "queued $((RELEASES * 5))" "$(sql "SELECT state || ' ' || count(*) FROM job WHERE kind = 'boot' GROUP BY state")"
expect "on their way" "0|0" "$(sql "SELECT (SELECT count(*) FROM transfer), (SELECT count(*) FROM transfer_part)")"
marvin store verify >"$STORY/out" || { cat "$STORY/out" >&2 && fail "the store is not whole"; }
expect_says "^0 damaged, 0 missing" "$STORY/out"
echo "ok"
