#!/bin/bash
# `bob --once` daily with the clock faked: monthly on the 17th, a missed 17th caught up once,
# nothing twice; a weekly mirror of the pages without raw logs.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_config "$tree"
sed -i 's/^schedule = .*/schedule = monthly 17/' "$MARVIN_CONFIG/trees.d/toy.ini"
mkdir "$STORY/www"
cat >"$MARVIN_CONFIG/reports.d/home.ini" <<INI
[report home]
tree = toy
output = $STORY/pages
mirror = web:$STORY/www/home
schedule = weekly
INI

polls() { sql "SELECT to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM schedule WHERE kind = 'tree' AND name = 'toy'"; }
mirrors() { sql "SELECT to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM schedule WHERE kind = 'report' AND name = 'home'"; }
tree_days="" mirror_days=""
for day in $(seq 0 59); do
    date=$(date -u -d "2026-01-05 + $day days" +%F)
    # The machine was off from the 16th to the 18th of February.
    case $date in 2026-02-1[678]) continue ;; esac
    [ "$date" = 2026-01-20 ] && toy_release "$tree" v1.1 1000
    MARVIN_NOW="$date 06:00Z" bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob on $date"; }
    [ "$(polls)" = "$date" ] && tree_days="$tree_days $date"
    [ "$(mirrors)" = "$date" ] && mirror_days="$mirror_days $date"
done
expect "days on which the tree was polled" " 2026-01-05 2026-01-17 2026-02-19" "$tree_days"
expect "releases" "v1.0 v1.1" "$(sql "SELECT string_agg(name, ' ' ORDER BY sort_key) FROM release")"
expect "build jobs" 2 "$(sql "SELECT count(*) FROM job WHERE kind = 'build'")"
expect "a week between mirrors" 9 "$(wc -w <<<"$mirror_days")"
[ -f "$STORY/www/home/index.html" ] || fail "the mirror has no index"
cmp "$STORY/pages/index.html" "$STORY/www/home/index.html"
echo "ok:$tree_days; mirrored:$mirror_days"
