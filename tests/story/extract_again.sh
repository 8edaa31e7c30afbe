#!/bin/bash
# A wrong extraction rule is corrected: old trials are extracted again from their raw files, nothing
# is run, and what was the same becomes the regression that it is.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 900
toy_config "$tree"
# The benchmark prints two rates, and the rule takes the wrong one.
cat >"$MARVIN_CONFIG/benchmarks/toybench/run" <<'SH'
#!/bin/sh
echo "warm-up: 500.$MARVIN_ITERATION ops/s"
exec "$MARVIN_ARTIFACT/toy" --size "$MARVIN_P_SIZE"
SH
ini=$MARVIN_CONFIG/benchmarks/toybench/benchmark.ini
sed -i 's/^pattern = .*/pattern = ^[a-z-]+: (5[0-9.]+) ops/' "$ini"
bob --once 2>"$STORY/bob.err" || { cat "$STORY/bob.err" && fail "bob --once ended with $?"; }
marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }
marvin-report compare toy:v1.0 toy:v1.1 >"$STORY/before.txt" || fail "compare ended with $?"
expect_says 'throughput.*500.* same' "$STORY/before.txt"
runs=$(sql "SELECT count(*), max(id) FROM run")
raw=$(sql "SELECT md5(string_agg(raw_hash, ' ' ORDER BY run_id, id)) FROM trial")

status=0
marvin extract benchmark=toybench 2>"$STORY/err" || status=$?
expect "without --again" 2 "$status"
status=0
marvin extract --again benchmrk=toybench 2>"$STORY/err" || status=$?
expect "an unknown key" 2 "$status"
expect_says "did you mean 'benchmark'" "$STORY/err"
status=0
marvin extract --again benchmark=toybench release=toy:v9 2>"$STORY/err" || status=$?
expect "nothing selected" 3 "$status"
expect_says 'no stored trial is of benchmark=toybench tree=toy release=v9' "$STORY/err"
expect "the same rule" "10 trials: 0 changed, 10 as before" "$(marvin extract --again benchmark=toybench)"

sed -i 's/^pattern = .*/pattern = ^throughput: ([0-9.]+) ops/' "$ini"
expect "not for real" "5 trials: 5 would be changed, 0 as before" "$(marvin extract --again --dry-run release=v1.1)"
expect "nothing stored" 10 "$(sql "SELECT count(*) FROM sample")"
expect "the corrected rule" "10 trials: 10 changed, 0 as before" "$(marvin extract --again benchmark=toybench machine=here tree=toy plan=toy)"
expect "and again" "10 trials: 0 changed, 10 as before" "$(marvin extract --again tree=toy)"
expect "versions" "1|10|500
2|10|900" "$(sql "SELECT extraction, count(*), round(min(value[1])::numeric, -2) FROM sample GROUP BY 1 ORDER BY 1")"
expect "one number a boot" "10|3" "$(sql "SELECT count(*), max(cardinality(value)) FROM boot_sample")"
expect "nothing was run" "$runs" "$(sql "SELECT count(*), max(id) FROM run")"
expect "raw files" "$raw" "$(sql "SELECT md5(string_agg(raw_hash, ' ' ORDER BY run_id, id)) FROM trial")"
status=0
marvin-report compare toy:v1.0 toy:v1.1 >"$STORY/after.txt" || status=$?
expect "exit status of a regression" 1 "$status"
expect_says 'throughput.* 0\.9.*regressed' "$STORY/after.txt"

# The corrected rule asks for no new boots; a new release is compared with the old ones.
toy_release "$tree" v1.2 900
bob --once 2>"$STORY/bob.err"
expect "boots for the new release alone" "v1.2|5" "$(sql "SELECT r.name, count(*) FROM job j JOIN battery b ON b.id = j.battery_id JOIN release r ON r.subject_id = b.subject_id WHERE j.state = 'queued' GROUP BY 1")"
marvin run here --once 2>"$STORY/run.err"
marvin-report compare toy:v1.1 toy:v1.2 >"$STORY/new.txt" || fail "compare ended with $?"
expect_says 'throughput.*5/5.* same' "$STORY/new.txt"

# A damaged raw folder: said, and the rest goes on.
hash=$(sql "SELECT t.raw_hash FROM trial t JOIN run ON run.id = t.run_id JOIN battery b ON b.id = run.battery_id
    JOIN release r ON r.subject_id = b.subject_id WHERE r.name = 'v1.0' ORDER BY t.id LIMIT 1")
chmod u+w "$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}"
echo x >"$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}"
sed -i 's/^pattern = .*/pattern = ^warm-up: ([0-9.]+) ops/' "$ini"
status=0
marvin extract --again tree=toy >"$STORY/out" 2>"$STORY/err" || status=$?
expect "a damaged raw folder" 3 "$status"
expect_says '15 trials: 14 changed, 0 as before' "$STORY/out"
expect_says 'raw files of 1 trial' "$STORY/err"
status=0
marvin store verify >"$STORY/out" || status=$?
expect "verify" 1 "$status"
expect_says "damaged  $hash" "$STORY/out"

# An `extract` program of the benchmark's own takes the place of patterns.
sed -i '/^pattern/d' "$ini"
cat >"$MARVIN_CONFIG/benchmarks/toybench/extract" <<'SH'
#!/bin/sh
for i in "$1"/iter-*/; do
    n=${i%/} && n=${n##*-}
    echo "iteration: $n"
    sed -n 's,^throughput: \([0-9.]*\) ops/s$,Benchmarktoybench 1 \1 ops/s,p' "$i/stdout"
done
SH
chmod +x "$MARVIN_CONFIG/benchmarks/toybench/extract"
marvin extract --again release=toy:v1.1 >"$STORY/out" 2>"$STORY/err" || { cat "$STORY/err" && fail "extract by a program ended with $?"; }
expect_says '5 trials: 5 changed' "$STORY/out"
expect "numbers of the program" "5|0,1,2" "$(sql "SELECT count(*), min(array_to_string(sa.position, ',')) FROM boot_sample sa JOIN release r USING (subject_id) WHERE r.name = 'v1.1' AND sa.state = 'done' AND value[1] BETWEEN 890 AND 910")"
echo ok
