#!/bin/bash
# Claim: `marvin demo --kernels` (what ./quickstart --kernels runs) boots released Debian kernels in a
# virtual machine, measures each over three boots, and shows them on a dashboard of their own beside the
# first one. Needs Debian's package archive in reach and mmdebstrap; ten minutes on two cores without KVM.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
start=$SECONDS
MARVIN_CONFIG='' marvin demo --kernels --state "$MARVIN_HOME" || fail "the demo ended with $?"
echo "took $((SECONDS - start)) s"
series=$(sql "
    SELECT string_agg(DISTINCT regexp_replace(r.name, '^(6\.[0-9]+)\..*', '\1'), ' ') FROM release r JOIN tree t ON t.id = r.tree_id
    WHERE t.name = 'debian-kernels'")
expect "the series of kernels" "6.1 6.12" "$series"
expect "accepted boots of each kernel" "4|3|3" "$(sql "
    SELECT count(*), min(n), max(n) FROM (
        SELECT count(*) FILTER (WHERE run.state = 'accepted') AS n FROM battery b LEFT JOIN run ON run.battery_id = b.id
        WHERE b.plan = 'kernel' GROUP BY b.id) x")"
expect "trials that are not done" 0 "$(sql "
    SELECT count(*) FROM trial JOIN run ON run.id = trial.run_id JOIN battery b ON b.id = run.battery_id
    WHERE b.plan = 'kernel' AND trial.state <> 'done'")"
for page in index.html words/index.html debian-kernels/index.html; do
    tidy -eq "$MARVIN_HOME/site/$page" || fail "tidy on $page"
done
expect_says 'vm0 counts instructions, not time: caches' "$MARVIN_HOME/site/debian-kernels/index.html"
sql "SELECT r.name, m.name, j.state, round(j.ratio::numeric, 4), round(j.ci_low::numeric, 4), round(j.ci_high::numeric, 4) FROM judgement j JOIN family f ON f.id = j.family_id
     JOIN metric m ON m.id = j.metric_id JOIN release r ON r.subject_id = f.subject_id JOIN tree t ON t.id = r.tree_id
     WHERE t.name = 'debian-kernels' ORDER BY 1, 2" | head -n 60
echo ok
