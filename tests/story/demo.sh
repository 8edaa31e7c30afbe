#!/bin/bash
# The demo, whole: one change, at the slow release, on both machines, and no other; a second time
# nothing changes; every page is valid HTML.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

# found WHAT EXPECTED ACTUAL: as expect, and tells instead of failing
found() { [ "$2" = "$3" ] || { echo "$1: expected '$2', found '$3'" && return 1; }; }

# Nothing but the planted change. The measurements are real: a page of which nothing is true is coloured in
# up to one of twenty (README), more often than that only if the judgement is wrong.
nothing_else() {
    found "changes" "left|v1.5|hash right|v1.5|hash" "$(sql "
        SELECT string_agg(concat_ws('|', ma.name, r.name, me.name), ' ' ORDER BY ma.name)
        FROM change c JOIN machine ma ON ma.id = c.machine_id JOIN metric me ON me.id = c.metric_id
        JOIN release r ON r.subject_id = c.subject_id")" &&
        found "coloured judgements of releases before v1.5" 0 "$(sql "
        SELECT count(*) FROM judgement j JOIN family f ON f.id = j.family_id JOIN release r ON r.subject_id = f.subject_id
        WHERE r.sort_key < (SELECT sort_key FROM release WHERE name = 'v1.5') AND j.state IN ('regressed', 'improved')")" &&
        found "coloured metrics" "hash" "$(sql "
        SELECT string_agg(DISTINCT m.name, ' ') FROM judgement j JOIN metric m ON m.id = j.metric_id
        WHERE j.state IN ('regressed', 'improved')")"
}

# A demo with a page coloured by chance is made anew from nothing, at most twice: three in a row are no chance.
for attempt in 1 2 3; do
    export MARVIN_HOME=$STORY/state-$attempt
    MARVIN_CONFIG='' marvin demo --state "$MARVIN_HOME" >"$STORY/demo.out" 2>"$STORY/demo.err" ||
        { tail -n 20 "$STORY/demo.out" "$STORY/demo.err" && fail "the demo ended with $?"; }
    # What is planted, 60 %, is found every time.
    expect "the planted change" "left right" "$(sql "
        SELECT string_agg(ma.name, ' ' ORDER BY ma.name)
        FROM change c JOIN machine ma ON ma.id = c.machine_id JOIN metric me ON me.id = c.metric_id
        JOIN release r ON r.subject_id = c.subject_id WHERE r.name = 'v1.5' AND me.name = 'hash'")"
    expect "boots" "80|80" "$(sql "
        SELECT count(*), count(DISTINCT job_id) FROM run JOIN battery b ON b.id = run.battery_id
        WHERE run.state = 'accepted' AND b.plan = 'words'")"
    expect "the commit that did it" "found|table: hash less of each word" "$(sql "
        SELECT state, answer->>'subject' FROM bisection")"
    ! nothing_else || break
    [ "$attempt" -lt 3 ] || fail "three demos in a row with something else coloured"
    echo "attempt $attempt: a page was coloured by chance; once more from nothing"
    marvin db stop
done
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
