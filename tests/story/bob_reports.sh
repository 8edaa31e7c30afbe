#!/bin/bash
# Pages: a battery that ended makes bob start marvin-report once; mirrors by their schedules, without
# raw logs, and never over what is not theirs.
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "$0")/bob_lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_config "$tree"
calls() { cat "$STORY/report.calls" 2>/dev/null || true; }
battery_ends() { sql "UPDATE battery SET state = 'complete', completed_at = marvin_now(), reported_at = NULL"; }

run 0
expect "nothing ended" "" "$(calls)"
battery_ends
run 0
expect "the site" "site --output $MARVIN_HOME/site" "$(calls)"
run 0
expect "once" 1 "$(calls | wc -l)"

echo "# reports of one's own, one with a mirror"
rm "$STORY/report.calls"
cat >"$MARVIN_CONFIG/reports.d/home.ini" <<INI
[report home]
output = $STORY/pages
mirror = web:$STORY/www/home
schedule = weekly

[report plain]
output = $STORY/plain
INI
MARVIN_NOW='2026-01-07 06:00Z' run 0 # a Wednesday
expect "the mirror was never made" "site home --output $STORY/pages" "$(calls)"
[ -f "$STORY/www/home/index.html" ] && [ -f "$STORY/www/home/cells/a.html" ] || fail "the mirror has no pages"
[ ! -e "$STORY/www/home/raw" ] || fail "raw logs were published"
rm "$STORY/report.calls"
battery_ends
MARVIN_NOW='2026-01-08 06:00Z' run 0
expect "both" "site home --output $STORY/pages site plain --output $STORY/plain" "$(calls | xargs)"
expect "when the mirror was made" "2026-01-07" "$(sql "SELECT (last_at AT TIME ZONE 'UTC')::date FROM schedule WHERE kind = 'report'")"
rm "$STORY/report.calls" "$STORY/pages/cells/a.html"
echo stale >"$STORY/www/home/old.html"
MARVIN_NOW='2026-01-12 06:00Z' run 0
expect "on Monday" "site home --output $STORY/pages" "$(calls)"
[ ! -e "$STORY/www/home/old.html" ] || fail "a page that is gone stays in the mirror"

echo "# one that fails is told, and tried again"
rm "$STORY/report.calls" && touch "$STORY/report.fails"
battery_ends
MARVIN_NOW='2026-01-13 06:00Z' run 3
expect_says "report home: 'marvin-report' ended with status 1" "$STORY/err"
rm "$STORY/report.fails"
MARVIN_NOW='2026-01-13 07:00Z' run 0
expect "again" 4 "$(calls | wc -l)"

echo "# a folder that is not a mirror stays as it is"
mkdir "$STORY/precious" && echo data >"$STORY/precious/thesis.txt"
sed -i "s|^mirror = .*|mirror = $STORY/precious|" "$MARVIN_CONFIG/reports.d/home.ini"
MARVIN_NOW='2026-01-19 06:00Z' run 3
expect_says "precious holds files that no mirror wrote" "$STORY/err"
expect "the data" "thesis.txt" "$(ls "$STORY/precious")"
sed -i "s|^mirror = .*|mirror = $STORY/pages/in|" "$MARVIN_CONFIG/reports.d/home.ini"
MARVIN_NOW='2026-01-19 06:00Z' run 3
expect_says "lie in one another" "$STORY/err"
sed -i "s|^mirror = .*||; s|^schedule = .*|schedule = hourly|" "$MARVIN_CONFIG/reports.d/home.ini"
run 3
expect_says "home.ini:[0-9]+: 'hourly' is no schedule" "$STORY/err"

echo "# without marvin-report: said, and the rest goes on"
rm "$STORY/bin/marvin-report" "$MARVIN_CONFIG/reports.d/home.ini"
battery_ends
toy_release "$tree" v1.1 1000
PATH=$STORY/bin:/usr/bin:/bin run 3
expect_says "there is no marvin-report beside bob nor on PATH" "$STORY/err"
expect "built all the same" 2 "$(sql "SELECT count(*) FROM build WHERE state = 'done'")"
echo "ok"
