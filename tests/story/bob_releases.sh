#!/bin/bash
# Which releases of a kernel's tree are queued, where, and in what order: -rc out unless asked for, a
# boundary release on both distros, ranges that overlap or leave versions out refused, a new plan run
# on all old releases with the newest and the oldest first, behind what is news or urgent.
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "$0")/bob_lib.sh"

tree=$STORY/linux
toy_tree "$tree"
for tag in v3.0-rc1 v3.0 v3.4.9 v3.4.66 v3.12-rc2 v3.12 v3.12.1 v3.13-rc1 v3.13 next-20260101 rpm-4.12.14-25; do
    toy_release "$tree" "$tag" 1000
done
toy_config "$tree"
ini=$MARVIN_CONFIG/trees.d/toy.ini
mkdir -p "$MARVIN_CONFIG/distros.d"
printf '[distro os-13.1]\nsuite = a\n[distro os-13.2]\nsuite = b\n' >"$MARVIN_CONFIG/distros.d/os.ini"
echo 'first = v3.0' >>"$ini"

echo "# $SECONDS s: ranges that overlap or leave versions out"
refused() {
    cp "$ini" "$STORY/ini"
    echo "$1" >>"$ini"
    run 3
    expect_says "toy.ini:[0-9]+: $2" "$STORY/err"
    cp "$STORY/ini" "$ini"
}
refused 'toolchains = ..3.4:gcc 3.4..:cc' 'the ranges of gcc .to 3.4. and cc .from 3.4. overlap: 3.4 has both'
refused 'toolchains = ..3.4:gcc 3.12..:cc' 'no range has what lies between 3.4'
refused 'distros = 3.0..3.12:os-13.1 3.10..:os-13.2' 'the ranges of os-13.1 .* overlap'
refused 'distros = 3.4..:os-13.1' 'no range has the first release v3.0'
expect "queued" 0 "$(sql "SELECT count(*) FROM job")"

echo "# $SECONDS s: a release at the boundary has both distros and one build"
echo 'distros = 3.0..3.12:os-13.1 3.12..:os-13.2' >>"$ini"
run 0
expect "where" "v3.0 os-13.1 v3.4.9 os-13.1 v3.4.66 os-13.1 v3.12 os-13.1 v3.12 os-13.2 v3.12.1 os-13.1 v3.12.1 os-13.2 v3.13 os-13.2" \
    "$(sql "SELECT string_agg(r.name || ' ' || d.name, ' ' ORDER BY r.sort_key, d.name) FROM battery b JOIN release r USING (subject_id) JOIN distro d ON d.id = b.distro_id")"
expect "builds" 6 "$(sql "SELECT count(*) FROM build")"
order="SELECT string_agg(name, ' ' ORDER BY priority, rank, id) FROM (SELECT r.name, min(j.priority) AS priority, min(j.rank) AS rank, min(j.id) AS id
    FROM job j JOIN battery b ON b.id = j.battery_id JOIN release r ON r.subject_id = b.subject_id WHERE j.state = 'queued'"
expect "which first" "v3.13 v3.0 v3.12.1 v3.4.9 v3.12 v3.4.66" "$(sql "$order GROUP BY r.name) s")"
expect "their boots take turns" "1*8 2*8 3*8 4*8 5*8" "$(sql "SELECT string_agg(boot || '*' || n, ' ' ORDER BY boot)
    FROM (SELECT boot, count(*) AS n, max(at) - min(at) + 1 AS span FROM (SELECT boot, row_number() OVER (ORDER BY priority, rank, id) AS at
    FROM job WHERE kind = 'boot') j GROUP BY boot) s WHERE n = span")"

echo "# $SECONDS s: -rc when asked for, before all else"
run 0 bob queue toy:v3.13-rc1 --urgent --plan toy
expect "the pre-release" "10 5 os-13.2" "$(sql "SELECT b.priority || ' ' || b.boots || ' ' || d.name FROM battery b JOIN release r USING (subject_id) JOIN distro d ON d.id = b.distro_id WHERE r.name = 'v3.13-rc1'")"
expect "urgent first" "v3.13-rc1" "$(sql "$order OR j.state = 'waiting' GROUP BY r.name) s" | cut -d' ' -f1)"
run 0
expect "other pre-releases" "v3.13-rc1" "$(sql "SELECT string_agg(name, ' ') FROM release WHERE prerelease")"

echo "# $SECONDS s: a new plan is run on all old releases and a release comes meanwhile"
printf '[plan more]\nbenchmarks = toybench/size=7\nboots = 2\n' >"$MARVIN_CONFIG/plans.d/more.ini"
sed -i 's/^plans = .*/plans = toy more/' "$ini"
run 0
expect "backfilled" "8 40" "$(sql "SELECT count(*) || ' ' || max(priority) FROM battery WHERE plan = 'more'")"
toy_release "$tree" v3.14 1000
run 0
expect "urgent, news, then the past from both ends" "v3.13-rc1 v3.14 v3.13 v3.0 v3.12.1 v3.4.9 v3.12 v3.4.66" "$(sql "$order AND b.plan <> 'none' GROUP BY r.name) s")"
expect "of the new plan too" "v3.14 v3.13 v3.0 v3.12.1 v3.4.9 v3.12 v3.4.66" "$(sql "$order AND b.plan = 'more' GROUP BY r.name) s")"
sed -i 's/^machines = .*/machines = here there/' "$ini"
sed 's/here/there/' "$MARVIN_CONFIG/machines.d/here.ini" >"$MARVIN_CONFIG/machines.d/there.ini"
run 0
expect "a new machine gets everything, at backfill priority" "18 40 40" "$(sql "SELECT count(*) || ' ' || min(b.priority) || ' ' || max(b.priority) FROM battery b JOIN machine m ON m.id = b.machine_id WHERE m.name = 'there'")"
expect "builds, each once" 8 "$(sql "SELECT count(*) FROM build")"
before=$(sql "SELECT count(*) || ' ' || max(id) FROM job")
run 0
expect "again" "$before" "$(sql "SELECT count(*) || ' ' || max(id) FROM job")"

echo "# $SECONDS s: a tree of linux-next and one of a product's releases"
for glob in 'next-*' 'rpm-*'; do
    name=${glob%-*}
    sed "s/^\[tree toy\]/[tree $name]/; s/^releases = .*/releases = $glob/; /^distros/d; /^first/d" "$ini" >"$MARVIN_CONFIG/trees.d/$name.ini"
done
run 0
expect "found" "next-20260101 rpm-4.12.14-25" "$(sql "SELECT string_agg(r.name, ' ' ORDER BY r.name) FROM release r JOIN tree t ON t.id = r.tree_id WHERE t.name <> 'toy'")"

echo "# $SECONDS s: boots of eight old releases take turns, those of the next ones come behind them"
for tag in w1 w2 w3 w4 w5 w6 w7 w8 w9 w10; do toy_release "$tree" "$tag" 1000; done
sed "s/^\[tree toy\]/[tree turns]/; s/^releases = .*/releases = w*/; s/^plans = .*/plans = toy/; s/^machines = .*/machines = here/; /^distros/d; /^first/d; /^kind/s/.*/kind = program/" "$ini" >"$MARVIN_CONFIG/trees.d/turns.ini"
run 0
turns="SELECT string_agg(r.name || '/' || j.boot, ' ' ORDER BY j.priority, j.rank, j.id) FROM job j JOIN battery b ON b.id = j.battery_id
    JOIN release r ON r.subject_id = b.subject_id JOIN tree t ON t.id = r.tree_id WHERE t.name = 'turns'"
expect "first boots" "w10/1 w1/1 w9/1 w2/1 w8/1 w3/1 w7/1 w4/1" "$(sql "$turns" | cut -d' ' -f1-8)"
expect "second boots" "w10/2 w1/2" "$(sql "$turns" | cut -d' ' -f9-10)"
expect "the last two" "w6/1 w5/1 w6/2 w5/2" "$(sql "$turns" | cut -d' ' -f41-44)"
echo "ok"
