#!/bin/bash
# What is kept of builds: steps, directories, tools, logs by policy; and with the database away.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
tree=$STORY/toy
toy_tree "$tree"
mkdir -p "$tree/lib/deep" "$tree/app"
for name in lib/deep/a lib/deep/b app/c; do
    echo "int ${name##*/}(void) { return 0; }" >"$tree/$name.c"
done
cat >"$tree/Makefile" <<'MAKE'
objects = lib/deep/a.o lib/deep/b.o app/c.o
all: $(objects)
$(objects): %.o: $(SRC)/%.c
	@mkdir -p $(dir $@)
	@echo "  CC      $@"
	@sleep 0.5
	@$(CC) -c -o $@ $<
MAKE
git -C "$tree" add .
toy_release "$tree" v1.0 1000
toy_config "$tree"
sed -i '/^machines/d; /^plans/d' "$MARVIN_CONFIG/trees.d/toy.ini"
cat >"$MARVIN_CONFIG/recipes/toy" <<SH
#!/bin/sh
set -eu
echo "== configure"
[ ! -e $STORY/slow ] || while [ -e $STORY/slow ]; do sleep 0.1; done
echo "== compile"
make -f "\$MARVIN_SOURCE/Makefile" SRC="\$MARVIN_SOURCE"
[ ! -e $STORY/broken ] || { echo "== check" && echo "toy.c:1: error: it is broken" && exit 3; }
echo "== install"
cp -r lib app "\$MARVIN_OUT"
SH
units() { sql "SELECT string_agg(name, ' ' ORDER BY start_s, CASE name WHEN 'fetch' THEN 0 WHEN 'recipe' THEN 1 ELSE 2 END, name) FROM build_unit WHERE kind = '$1' AND build_id = $2"; }
last() { sql "SELECT max(id) FROM build"; }
waits() {
    local until=$((SECONDS + $1))
    until [ "$(sql "$2")" = "$3" ]; do
        [ $SECONDS -lt $until ] || fail "after $1 s: $2 is $(sql "$2"), not $3"
        sleep 0.2
    done
}

echo "# a build's record"
bob --once
build=$(last)
expect "its steps" "fetch recipe configure compile install store" "$(units step "$build")"
expect "its directories" "lib/deep app" "$(units directory "$build")"
expect "which took their time" "t|t" "$(sql "SELECT bool_and(took_s BETWEEN n * 0.3 AND n * 3), sum(n) = 3 FROM build_unit WHERE kind = 'directory' AND build_id = $build")"
expect "units lie within the build" t "$(sql "SELECT bool_and(start_s >= 0 AND end_s >= start_s AND end_s <= extract(epoch FROM b.ended_at - b.started_at) + 1) FROM build_unit u JOIN build b ON b.id = u.build_id")"
id=$(. /etc/os-release && echo "$ID-${VERSION_ID:-}")
expect "where and with what" "${id%-}|t|t|done|2|t" "$(sql "SELECT distro, facts->'tools'->>'gcc' LIKE 'gcc %', facts->'tools'->>'make' LIKE 'GNU Make%', state, files, clean FROM (SELECT r.*, (SELECT count(*) FROM jsonb_array_elements(a.files) f WHERE f->>'path' LIKE 'app/%' OR f->>'path' = 'lib/deep') AS x FROM build_record r JOIN artifact a ON a.hash = r.artifact_hash) r" | sed 's/|[0-9]*|t$/|2|t/')"
expect "the units are not stored twice" f "$(sql "SELECT facts ? 'units' FROM build WHERE id = $build")"
expect "the system's load" t "$(sql "SELECT (facts->'load'->>'every_s')::float8 >= 1 AND jsonb_array_length(facts->'load'->'busy') >= 1 FROM build WHERE id = $build")"

echo "# a failure"
touch "$STORY/broken"
toy_release "$tree" v1.1 1000
bob --once 2>/dev/null
expect "the step that failed, and the log" "failed|check|t" "$(sql "SELECT state, failed_step, log_hash IS NOT NULL FROM build_record WHERE release = 'v1.1'")"
rm "$STORY/broken"

echo "# logs of what succeeded, by policy"
printf '[marvin]\nsuccess-logs = 0\n' >"$MARVIN_CONFIG/marvin.ini"
toy_release "$tree" v1.2 1000
bob --once
expect "no log" "done|t" "$(sql "SELECT state, log_hash IS NULL FROM build_record WHERE release = 'v1.2'")"
printf '[marvin]\nsuccess-logs = 30d\nlease = 10s\nguard = 2s\n' >"$MARVIN_CONFIG/marvin.ini"
log=$(sql "SELECT log_hash FROM build_record WHERE release = 'v1.0'")
touch -d '2 days ago' "$MARVIN_HOME"/store/objects/*/*
marvin store gc >/dev/null
[ -e "$MARVIN_HOME/store/objects/${log:0:2}/${log:2}" ] || fail "a young log is gone"
MARVIN_NOW=$(date -u -d '31 days' '+%F %T')Z marvin store gc | grep -q '1 log of builds that succeeded' || fail "nothing is said of the log"
[ ! -e "$MARVIN_HOME/store/objects/${log:0:2}/${log:2}" ] || fail "an old log of a success is still there"
expect "that of the failure stays" t "$(sql "SELECT log_hash IS NOT NULL FROM build_record WHERE release = 'v1.1'")"
marvin store verify >/dev/null || fail "the store is not whole"

# away RELEASE: builds it while the database goes away, and stops the builder when it has built
away() {
    touch "$STORY/slow"
    toy_release "$tree" "$1" 1000
    bob watch >/dev/null 2>&1
    bob builder far --once >"$STORY/builder" 2>&1 &
    builder=$!
    waits 20 "SELECT count(*) FROM build WHERE state = 'running'" 1
    marvin db stop
    rm "$STORY/slow"
    local until=$((SECONDS + 30))
    until [ -n "$(find "$MARVIN_HOME/store/objects" -newer "$tree/toy.c" -type f)" ]; do
        [ $SECONDS -lt $until ] || fail "the build did not end"
        sleep 0.2
    done
    sleep 2 # it now tries to tell
    kill -TERM $builder
    wait $builder && fail "the builder said that all was well"
    expect_says "$1: the build has ended and is told when the database is back" "$STORY/builder"
    expect "the record lies there" 1 "$(find "$MARVIN_HOME/spool/builds/far" -name '*.json' | wc -l)"
}
echo "# the database goes away in the middle"
away v1.3
marvin db start >/dev/null
expect "nobody knows yet" running "$(sql "SELECT state FROM build_record WHERE release = 'v1.3'")"
bob builder far --once
expect "told, and counted" "done|1|t" "$(sql "SELECT state, (SELECT count(*) FROM build_record WHERE release = 'v1.3'), artifact_hash IS NOT NULL FROM build_record WHERE release = 'v1.3'")"
expect "with its steps" "fetch recipe configure compile install store" "$(units step "$(last)")"
expect "and the record is gone" 0 "$(find "$MARVIN_HOME/spool/builds/far" -name '*.json' | wc -l)"

echo "# another builder takes it meanwhile"
away v1.4
marvin db start >/dev/null
MARVIN_NOW=$(date -u -d '1 hour' '+%F %T')Z bob builder near --once
bob builder far --once
expect "the other's counts, and ours has its record" "far|lost|t near|done|t" "$(sql "SELECT string_agg(format('%s|%s|%s', builder, state, facts->>'distro' <> ''), ' ' ORDER BY builder) FROM build_record WHERE release = 'v1.4'" | sed 's/|t /|t /')"
echo ok
