#!/bin/bash
# marvin-bisect over the queue builds culprit and parent again with another layout of the code: a
# loss that the source states stays; one that comes from where a function happens to lie is gone,
# and is called apparent. Its boots are ordinary ones, on no page, and it goes on after a kill.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_config "$tree"
# Slower by 5 % where work() begins on no cache line: a matter of how long the code before it is.
cat >"$tree/toy.c" <<'C'
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "toy.h"
__asm__(".text\n.balign 64\n.skip " BEFORE "\n");
__attribute__((noinline)) double work(double speed)
{
    __asm__ volatile("");
    return (uintptr_t)work % 64 == 0 ? speed : speed * .95;
}
int main(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    srand((unsigned)now.tv_nsec);
    printf("throughput: %.4f ops/s\n", work(SPEED) * (1 + 0.004 * ((double)rand() / RAND_MAX - 0.5)));
    return 0;
}
C
change() { # NUMBER SPEED BYTES-BEFORE
    printf '#define SPEED %s\n#define BEFORE "%s"\n' "$2" "$3" >"$tree/toy.h"
    echo "$1" >"$tree/change"
    git -C "$tree" add -A
    git -C "$tree" commit -q -m "toy: change $1"
}
cat >"$MARVIN_CONFIG/recipes/toy" <<'SH'
#!/bin/sh
set -eu
align=16
[ -z "${MARVIN_LAYOUT:-}" ] || align=128
cc -O2 -falign-functions=$align -o "$MARVIN_OUT/toy" "$MARVIN_SOURCE/toy.c"
SH
change 0 1000 64
git -C "$tree" tag v1.0
change 1 1000 64
change 2 1000 192
change 3 950 192
change 4 950 64
git -C "$tree" tag v1.1
change 5 950 192
change 6 950 208
change 7 950 208
git -C "$tree" tag v1.2
commit() { git -C "$tree" log --format=%H --grep="^toy: change $1\$"; }
bob --once >/dev/null 2>&1 || fail "bob --once"

ask=(--tree toy --benchmark toybench --machine here --iterations 1)
echo "# a loss of the source: killed in the middle of the layout test, and taken up again"
marvin-bisect start "${ask[@]}" --good v1.0 --bad v1.1 --once >"$STORY/out" 2>&1 || fail "start: $(cat "$STORY/out")"
for _ in $(seq 40); do
    [ "$(sql "SELECT count(*) FROM bisection_request WHERE purpose = 'layout'")" = 0 ] || break
    bob builder --once >/dev/null 2>&1 || true
    marvin run here --once >/dev/null 2>&1 || true
    marvin-bisect resume 1 --once >"$STORY/out" 2>&1 || fail "resume: $(cat "$STORY/out")"
done
expect_says "being measured" "$STORY/out"
timeout -s KILL 1 marvin-bisect resume 1 --work >/dev/null 2>&1 || true
marvin-bisect resume 1 --work >"$STORY/out" 2>"$STORY/err" || { cat "$STORY/err" >&2; fail "resume"; }
cat "$STORY/out"
expect_says "^culprit +$(commit 3)" "$STORY/out"
expect_says "^layout +the effect stays with another layout: -[45]\.[0-9]+ % .* \(n=5 each\)" "$STORY/out"
expect "two builds with another layout, of subjects of their own" 2 "$(sql "
    SELECT count(DISTINCT s.revision) FROM job j JOIN subject s ON s.id = j.subject_id JOIN definition d ON d.hash = j.recipe_hash
    WHERE j.kind = 'build' AND j.state = 'done' AND d.body->'variables'->>'MARVIN_LAYOUT' = 'other' AND s.summary LIKE '%another layout'")"
expect "no commit was built so itself" 0 "$(sql "
    SELECT count(*) FROM job j JOIN subject s ON s.id = j.subject_id JOIN definition d ON d.hash = j.recipe_hash
    WHERE d.body->'variables' ? 'MARVIN_LAYOUT' AND s.summary NOT LIKE '%another layout'")"
expect "five boots of each, and no more" "5 5" "$(sql "
    SELECT string_agg(n::text, ' ') FROM (
        SELECT count(*) AS n FROM battery b JOIN run r ON r.battery_id = b.id AND r.state = 'accepted'
        WHERE b.id IN (SELECT battery_id FROM bisection_request WHERE purpose = 'layout') GROUP BY b.subject_id) x")"
expect "no boot twice" 0 "$(sql "SELECT count(*) FROM (SELECT job_id FROM run WHERE state = 'accepted' GROUP BY job_id HAVING count(*) > 1) x")"

echo "# a loss of where the code lies"
marvin-bisect start "${ask[@]}" --good v1.1 --bad v1.2 --work >"$STORY/out" 2>"$STORY/err" || { cat "$STORY/err" >&2; fail "start"; }
cat "$STORY/out"
expect_says "^but +apparent: code layout: built with another layout the effect is" "$STORY/out"
expect_says "^culprit +$(commit 6)" "$STORY/out"
expect "their boots took turns" "5|5" "$(sql "
    WITH boots AS (
        SELECT b.subject_id, (row_number() OVER (ORDER BY r.started_at, r.id) + 1) / 2 AS turn
        FROM battery b JOIN run r ON r.battery_id = b.id AND r.state = 'accepted'
        WHERE b.id IN (SELECT battery_id FROM bisection_request WHERE purpose = 'layout' AND bisection_id = 2))
    SELECT count(*), sum(n)::int / 2 FROM (SELECT count(DISTINCT subject_id) AS n FROM boots GROUP BY turn) x")"
marvin-bisect report 2 --format json >"$STORY/out"
expect_says '"state": "code-layout"' "$STORY/out"
marvin-bisect report 2 --format mail >"$STORY/out"
expect_says "apparent: code layout" "$STORY/out"
marvin-report site --output "$STORY/site" >/dev/null
expect_says "apparent: code layout" "$STORY/site/toy/bisections/2.html"
expect_says "the effect stays with another layout" "$STORY/site/toy/bisections/1.html"
! grep -rqE "another layout</|[0-9a-f]{12} with another" "$STORY"/site/toy/*.html || fail "a page shows a build with another layout"

echo "# not asked for, too dear: not built"
runs=$(sql "SELECT count(*) FROM run")
marvin-bisect start "${ask[@]}" --good v1.1 --bad v1.2 --no-layout --work >"$STORY/out" 2>&1 || fail "start: $(cat "$STORY/out")"
expect_says "^layout +not measured: not asked for" "$STORY/out"
marvin-bisect start "${ask[@]}" --good v1.1 --bad v1.2 --max-runs 3 --work >"$STORY/out" 2>&1 || true
cat "$STORY/out"
expect "nothing more was run" "$runs" "$(sql "SELECT count(*) FROM run")"
echo "ok"
