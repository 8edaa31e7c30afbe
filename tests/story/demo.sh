#!/bin/bash
# The demo, whole: one change, at the slow release, on both machines, and no other; a second time
# nothing changes; every page is valid HTML.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

export MARVIN_HOME=$STORY/state
MARVIN_CONFIG='' marvin demo --state "$MARVIN_HOME" >"$STORY/demo.out" 2>"$STORY/demo.err" ||
    { tail -n 20 "$STORY/demo.out" "$STORY/demo.err" && fail "the demo ended with $?"; }
expect "changes" "left|v1.5|hash right|v1.5|hash" "$(sql "
    SELECT string_agg(concat_ws('|', ma.name, r.name, me.name), ' ' ORDER BY ma.name)
    FROM change c JOIN machine ma ON ma.id = c.machine_id JOIN metric me ON me.id = c.metric_id
    JOIN release r ON r.subject_id = c.subject_id")"
expect "coloured judgements of releases before v1.5" 0 "$(sql "
    SELECT count(*) FROM judgement j JOIN family f ON f.id = j.family_id JOIN release r ON r.subject_id = f.subject_id
    WHERE r.sort_key < (SELECT sort_key FROM release WHERE name = 'v1.5') AND j.state IN ('regressed', 'improved')")"
expect "coloured metrics" "hash" "$(sql "
    SELECT string_agg(DISTINCT m.name, ' ') FROM judgement j JOIN metric m ON m.id = j.metric_id
    WHERE j.state IN ('regressed', 'improved')")"
expect "boots" "80|80" "$(sql "
    SELECT count(*), count(DISTINCT job_id) FROM run JOIN battery b ON b.id = run.battery_id
    WHERE run.state = 'accepted' AND b.plan = 'words'")"
expect "the commit that did it" "found|table: hash less of each word" "$(sql "
    SELECT state, answer->>'subject' FROM bisection")"
expect_says 'since.*v1\.5' "$MARVIN_HOME/site/index.html"
expect_says 'v1\.5' "$STORY/demo.out"

while IFS= read -r page; do
    tidy -eq "$page" || fail "tidy on $page"
done < <(find "$MARVIN_HOME/site" -name '*.html')
sum() { (cd "$MARVIN_HOME/site" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum); }
before=$(sum)
MARVIN_CONFIG='' marvin demo --state "$MARVIN_HOME" >"$STORY/demo.out" 2>&1 || fail "the demo, a second time"
expect "the pages after a second time" "$before" "$(sum)"
echo "ok: $(find "$MARVIN_HOME/site" -name '*.html' | wc -l) pages"
