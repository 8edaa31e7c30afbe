#!/bin/bash
# A backup of database and store, brought back elsewhere: the same rows, the same pages, every object;
# the next backup copies nothing twice; what is missing or damaged is said; nothing is overwritten.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

# ends STATUS COMMAND: what it says is in $STORY/out and $STORY/err
ends() {
    local status=0 wanted=$1
    shift
    "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    [ "$status" = "$wanted" ] || { cat "$STORY/out" "$STORY/err" && fail "$* ended with $status, not $wanted"; }
}
tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 900
toy_config "$tree"
bob --once 2>/dev/null
marvin run here --once 2>/dev/null
copies=$STORY/copies
rows() { sql "SELECT (SELECT count(*) FROM run) || ' ' || (SELECT count(*) FROM trial) || ' ' || (SELECT md5(string_agg(s::text, ' ' ORDER BY s::text)) FROM sample s) || ' ' || (SELECT count(*) FROM job)"; }
cited() { sql "SELECT count(DISTINCT hash) FROM store_reference WHERE hash IS NOT NULL"; }

ends 0 marvin db backup "$copies"
n=$(cited)
expect_says "^backup $copies/[0-9]{8}T[0-9]{6}Z: $n objects, $n copied, 0 missing$" "$STORY/out"
first=$(ls -d "$copies"/2*)
expect "the manifest" "$n" "$(wc -l <"$first/objects")"
before=$(rows)
toy_release "$tree" v1.2 900
bob --once 2>/dev/null
n=$(cited)
until [ "$(date -u +%Y%m%dT%H%M%SZ)" \> "$(basename "$first")" ]; do :; done
ends 0 marvin db backup "$copies"
expect_says ": $n objects, $((n - $(wc -l <"$first/objects"))) copied, 0 missing$" "$STORY/out"
marvin-report compare toy:v1.0 toy:v1.1 --format json >"$STORY/compare.json" || [ $? = 1 ]
newest=$(rows)

# Where something is, nothing is brought back.
ends 3 marvin db restore "$copies"
expect_says 'holds something already \(schema [0-9]+\): restore into a new one' "$STORY/err"
expect "untouched" "$newest" "$(rows)"
ends 3 marvin db restore "$STORY/toy"
expect_says "toy holds no backup" "$STORY/err"
ends 2 marvin db backup
ends 2 marvin db status "$copies"
ends 2 marvin db status --no-objects
ends 2 marvin db stop --json
expect "status for scripts" "running True" "$(marvin db status --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["state"], d["current"])')"

# Elsewhere: the newest, in whatever order they are listed and however the folder is named; then a certain one.
old=$MARVIN_HOME
export MARVIN_HOME=$STORY/new
for i in $(seq 2001 2020); do mkdir "$copies/${i}0101T000000Z" && touch "$copies/${i}0101T000000Z/"{database.dump,objects}; done
cd "$STORY"
ends 0 marvin db restore copies
cd - >/dev/null
rm -r "$copies"/20[012][0-9]0101T000000Z
expect_says "^restored $copies/.*: $n objects, $n copied, 0 missing$" "$STORY/out"
expect "the rows" "$newest" "$(rows)"
ends 0 marvin store verify
expect_says '^0 damaged, 0 missing$' "$STORY/out"
marvin-report compare toy:v1.0 toy:v1.1 --format json >"$STORY/again.json" || [ $? = 1 ]
cmp "$STORY/compare.json" "$STORY/again.json"
marvin run here --once 2>/dev/null
expect "the work goes on" 15 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"
marvin db stop
# A program that was interrupted leaves no backup; one object is gone from the copies, one is damaged.
mkdir "$copies/29991231T235959Z.part" && touch "$copies/29991231T235959Z.part/database.dump"
path() { echo "$copies/store/objects/${1:0:2}/${1:2}"; }
gone=$(cut -c1-64 "$first/objects" | sed -n 1p) spoilt=$(cut -c1-64 "$first/objects" | sed -n 2p)
rm "$(path "$gone")"
chmod u+w "$(path "$spoilt")" && echo rubbish >"$(path "$spoilt")"
export MARVIN_HOME=$STORY/older
ends 1 marvin db restore "$first"
expect_says "^missing  $gone  is not in $copies/store" "$STORY/out"
expect_says "^missing  $spoilt  " "$STORY/out"
expect_says ', 2 missing$' "$STORY/out"
expect "the older rows" "$before" "$(rows)"
marvin db stop

# The manifest alone; and an object that our own store lost.
export MARVIN_HOME=$old
ends 0 marvin db backup --no-objects "$STORY/list"
expect_says ": $n objects, 0 copied, 0 missing$" "$STORY/out"
[ ! -e "$STORY/list/store" ] || fail "objects were copied"
rm "$old/store/objects/${gone:0:2}/${gone:2}"
ends 1 marvin db backup "$STORY/other"
expect_says "^missing  $gone  is not in $old/store" "$STORY/out"
echo ok
