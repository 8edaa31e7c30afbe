#!/bin/bash
# Adaptive boots: a plan with `stop` gives a battery more boots by the width of its own intervals,
# twice at most and up to its most; meanwhile the battery is pending, and it is judged once, after.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_config "$tree"
toy_release "$tree" v1.1 800
# Boot by boot of a release the benchmark says the next line of the values of its size, and waits at
# a boot that has a gate.
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<SH
#!/bin/sh
key=\$MARVIN_P_SIZE-\$("\$MARVIN_ARTIFACT/toy" --size 1 | awk '{printf "%.0f", \$2 / 100}')
n=\$((\$(cat "$STORY/boot-\$key" 2>/dev/null || echo 0) + 1))
while [ -e "$STORY/gate-\$key-\$n" ]; do sleep 0.05; done
echo \$n >"$STORY/boot-\$key"
echo "throughput: \$(sed -n "\${n}p" "$STORY/values-\$key") ops/s"
SH
# plan NAME SIZE BOOTS STOP
plan() { printf '[plan %s]\nbenchmarks = toybench/size=%s\niterations = 1\nboots = %s\n%s\n' "$1" "$2" "$3" "${4:+stop = $4}" >"$MARVIN_CONFIG/plans.d/$1.ini"; }
# values SIZE RELEASE SPREAD: a number a boot, from 100 of RELEASE by the spread up and down in turns
values() { for i in $(seq 1 60); do echo "$(($2 * 100 + (i % 2 * 2 - 1) * $3)).1"; done >"$STORY/values-$1-$2"; }
# battery PLAN [RELEASE]
battery() { sql "SELECT b.state, b.boots, b.extensions, (SELECT count(*) FROM job j WHERE j.battery_id = b.id AND j.state = 'done')
    FROM battery b JOIN release r USING (subject_id) WHERE b.plan = '$1' AND r.name = '${2:-v1.1}'"; }
plans() { sed -i "s/^plans = .*/plans = $*/" "$MARVIN_CONFIG/trees.d/toy.ini"; }
queue() { bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }; }
work() { marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }; }

echo "# $SECONDS s: what is no such setting"
sed -i '/^plans = /a first = v1.1' "$MARVIN_CONFIG/trees.d/toy.ini" # the older release comes later
plans quiet odd low
plan quiet 1 4 'ci 1% max 12'
plan odd 2 4 'ci 0% max 20'
plan low 3 4 'ci 1% max 3'
status=0
bob --once 2>"$STORY/bob.err" || status=$?
expect "exit status" 3 "$status"
expect_says "odd.ini:5: stop is 'ci 0% max 20'; expected 'ci WIDTH max BOOTS'" "$STORY/bob.err"
expect_says "low.ini:5: stop allows 3 boots at most, .* boots = 4; write max 4 or more" "$STORY/bob.err"
expect "what is queued" "quiet|4" "$(sql "SELECT plan, boots FROM battery")"
rm "$MARVIN_CONFIG"/plans.d/{odd,low}.ini

echo "# $SECONDS s: the arithmetic"
expect "t quantiles" "2.1098 2.0452 1.9842" "$(sql "SELECT string_agg(round(student_975(n)::numeric, 4)::text, ' ' ORDER BY n) FROM unnest('{17,29,99}'::int[]) n")"
expect "one number of a boot" "2 2.5 1 4 3.7 -" "$(sql "SELECT concat_ws(' ', sample_statistic('median', '{1,2,9}'), sample_statistic('mean', v), sample_statistic('min', v),
    sample_statistic('max', v), sample_statistic('p90', v), coalesce(sample_statistic('median', '{1,Infinity}')::text, '-')) FROM (VALUES ('{1,2,3,4}'::float8[])) x(v)")"

echo "# $SECONDS s: quiet ones, noisy ones, and those that never ask"
values 1 8 1
values 4 8 20 # half width 4.6 % of four boots: 86 boots for 1 %
values 5 8 20
values 6 8 20
values 9 8 20
plan noisy 4 4 'ci 1% max 9'
plan fixed 5 4 ''
plan most 6 4 'ci 1% max 4'
plan fewer 9 4 'ci 1% max 9'
plans quiet noisy fixed most fewer
queue
expect "boots queued" 20 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state = 'queued'")"
sql "SELECT job_change(j.id, 'cancel', 'the story') FROM job j JOIN battery b ON b.id = j.battery_id WHERE b.plan = 'fewer' AND j.boot = 2" >/dev/null
work
expect "quiet" "complete|4|0|4" "$(battery quiet)"
expect "noisy: to its most, and no further" "complete|9|1|9" "$(battery noisy)"
expect "without stop" "complete|4|0|4" "$(battery fixed)"
expect "begun with its most" "complete|4|0|4" "$(battery most)"
expect "a boot is missing" "complete|4|0|3" "$(battery fewer)"
before=$(sql "SELECT count(*) FROM job")
queue
expect "bob asks for no more" "$before" "$(sql "SELECT count(*) FROM job")"

echo "# $SECONDS s: two extensions and no third; pending meanwhile, also for a runner that is killed"
# Half widths in logarithms, against ln 1.1 = 0.095: three boots 0.114 ask for 5, five 0.113 for 8;
# the sixth boot is so far off that all eight are wider still.
values 7 10 1
values 7 8 1
sed -i '2s/.*/740.1/; 5s/.*/650.1/; 6s/.*/400.1/' "$STORY/values-7-8"
plan twice 7 3 'ci 10% max 1000'
sed -i '/^first = /d' "$MARVIN_CONFIG/trees.d/toy.ini"
plans twice
touch "$STORY/gate-7-8-4" "$STORY/gate-7-8-6"
queue
# wait_for BOOTS: the runner stands at the gate behind so many boots
wait_for() {
    for _ in $(seq 300); do
        [ "$(cat "$STORY/boot-7-8" 2>/dev/null)" = "$1" ] && [ "$(sql "SELECT max(boot) FROM job WHERE state = 'claimed'")" = "$(($1 + 1))" ] && return 0
        sleep 0.1
    done
    cat "$STORY/run.err" >&2
    fail "no $1 boots after 30 s: $(battery twice)"
}
# is_pending WHAT: the site shows the battery so, and nothing of it was judged
is_pending() {
    marvin-report site >/dev/null 2>"$STORY/site.err" || { cat "$STORY/site.err" && fail "site ended with $?"; }
    marvin-report compare toy:v1.0 toy:v1.1 --format json >"$STORY/page.json" || fail "compare ended with $?"
    expect "$1: state" "pending" "$(python3 -c 'import json, sys; print(*[r["state"] for r in json.load(open(sys.argv[1]))["rows"] if r["params"]["size"] == "7"])' "$STORY/page.json")"
    expect "$1: judgements" 0 "$(sql "SELECT count(*) FROM judgement WHERE trial_key = 'toybench/size=7'")"
}
setsid marvin run here --once 2>"$STORY/run.err" &
pid=$!
wait_for 3
expect "extended once" "pending|5|1|3" "$(battery twice)"
expect "the other release is quiet" "complete|3|0|3" "$(battery twice v1.0)"
is_pending "after three boots"
rm "$STORY/gate-7-8-4"
wait_for 5
expect "extended twice" "pending|8|2|5" "$(battery twice)"
is_pending "after five boots"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
expect "a killed runner changes nothing" "pending|8|2|5" "$(battery twice)"
rm "$STORY/gate-7-8-6"
sleep 0.5 # the benchmark that stood there
echo 5 >"$STORY/boot-7-8"
work
expect "no third" "complete|8|2|8" "$(battery twice)"
expect "wider than it should be" t "$(sql "SELECT battery_width(id) > ln(1.1) FROM battery WHERE plan = 'twice' AND boots = 8")"
marvin-report site >/dev/null 2>"$STORY/site.err" || { cat "$STORY/site.err" && fail "site ended with $?"; }
expect "judged once, with all boots" "1|3|8" "$(sql "SELECT count(*), max(n_base), max(n_new) FROM judgement WHERE trial_key = 'toybench/size=7'")"
echo ok
