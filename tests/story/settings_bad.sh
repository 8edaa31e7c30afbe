#!/bin/bash
# Settings whose values are well-formed and cannot be: every program's --print-config, the doctor and the
# pages say so with file and line, before a night is lost; what is good, and what only the database knows,
# is not complained of.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_config "$tree"
mkdir "$MARVIN_CONFIG/distros.d"
printf '[distro os-12]\nsuite = bookworm\n' >"$MARVIN_CONFIG/distros.d/os.ini"
printf 'distros = ..1.9:host 2.0..:os-12\ntoolchains = ..1.9:gcc-4.9 2.0..:gcc\n' >>"$MARVIN_CONFIG/trees.d/toy.ini"
printf '[machine vm]\ndriver = qemu\ndistro = os-12\n' >"$MARVIN_CONFIG/machines.d/vm.ini"
printf '[report home]\ntree = toy\nrange = v1.0..\nmachines = here\nschedule = weekly\n' >"$MARVIN_CONFIG/reports.d/home.ini"

echo "# what is good"
for program in bob marvin marvin-bisect marvin-inventory marvin-report; do
    runs 0 "$program" --print-config
    [ ! -s "$STORY/err" ] || { cat "$STORY/err" && fail "$program complains of good settings"; }
done
[ ! -e "$MARVIN_HOME/postgres" ] || fail "to look at settings a database was made"

echo "# what cannot be"
printf '[tree bad]\nurl = %s\nrecipe = recipes/toy\nschedule = hourly\ndistros = 3.12..3.0:host\ntoolchains = ..3.1:gcc 3.5..:gcc-12\nmachines = her\nplans = tay\n' "$tree" >"$MARVIN_CONFIG/trees.d/bad.ini"
printf '[tree old]\nurl = %s\nrecipe = recipes/toy\ndistros = os-13\n' "$tree" >"$MARVIN_CONFIG/trees.d/old.ini"
printf '[tree odd]\nurl = %s\nrecipe = recipes/toy\nfirst = banana\ntoolchains = x..y:z\n' "$tree" >"$MARVIN_CONFIG/trees.d/first.ini"
printf '[machine vm2]\ndriver = qemu\ndistro = os-11\n' >"$MARVIN_CONFIG/machines.d/vm2.ini"
printf '[machine odd]\ndriver = locl\n' >"$MARVIN_CONFIG/machines.d/odd.ini"
printf '[report home]\ntree = toi\nrange = v1.9..v1.0\nmachines = hera\nschedule = yearly\n' >"$MARVIN_CONFIG/reports.d/home.ini"
printf '[report good]\ntree = toy\nrange = v1\n' >"$MARVIN_CONFIG/reports.d/good.ini"
says() {
    expect_says "bad.ini:4: 'hourly' is no schedule" "$1"
    expect_says "bad.ini:5: '3.12..3.0' is an empty version range" "$1"
    expect_says "first.ini:4: first is 'banana', and a version such as v3.0 is wanted" "$1"
    expect_says "first.ini:5: 'x..y' is no version range" "$1"
    expect_says "bad.ini:6: no range has what lies between 3.1 .* and 3.5" "$1"
    expect_says "bad.ini:7: there is no machine 'her'; did you mean 'here'" "$1"
    expect_says "bad.ini:8: there is no plan 'tay'; did you mean 'toy'" "$1"
    expect_says "old.ini:4: there is no distro 'os-13'; did you mean 'os-12'" "$1"
    expect_says "vm2.ini:3: there is no distro 'os-11'; did you mean 'os-12'" "$1"
    expect_says "home.ini:2: there is no tree 'toi'; did you mean 'toy'" "$1"
    expect_says "home.ini:3: 'v1.9..v1.0' is an empty version range" "$1"
    expect_says "home.ini:4: there is no machine 'hera'; did you mean 'here'" "$1"
    expect_says "home.ini:5: 'yearly' is no schedule" "$1"
}
for program in bob marvin marvin-bisect marvin-inventory marvin-report; do
    runs 3 "$program" --print-config
    says "$STORY/err"
    [ $program = marvin-report ] || expect_says "odd.ini:2: there is no driver = locl" "$STORY/err"
    expect "each once" "" "$(sort "$STORY/err" | uniq -d)"
    expect_says '^\[tree bad\]' "$STORY/out"
done
runs 1 marvin doctor
says "$STORY/out"
expect_says '^mend +settings +.*odd.ini:2: ' "$STORY/out"

echo "# a machine without its distro is not queued for, and one bad report does not keep the others"
rm "$MARVIN_CONFIG"/trees.d/{bad,old,first}.ini
sed -i 's/^machines = .*/machines = here vm2/' "$MARVIN_CONFIG/trees.d/toy.ini"
runs 3 bob watch
expect_says "^bob: tree toy: .*vm2.ini:3: there is no distro 'os-11'" "$STORY/err"
expect "queued for" here "$(sql "SELECT string_agg(DISTINCT m.name, ' ') FROM battery b JOIN machine m ON m.id = b.machine_id")"
runs 3 marvin-report site --output "$STORY/site"
expect_says "home.ini:2: there is no tree 'toi'" "$STORY/err"
expect_says "home.ini:3: 'v1.9..v1.0' is an empty version range" "$STORY/err"
[ -s "$STORY/site/good/index.html" ] && [ ! -e "$STORY/site/home" ] || fail "the good report alone was to be made"

echo "# what the database knows: imported results"
rm "$MARVIN_CONFIG"/machines.d/{vm2,odd}.ini
sed -i 's/^machines = .*/machines = here/' "$MARVIN_CONFIG/trees.d/toy.ini"
marvin import gobench "$MARVIN_SOURCE_DIR/tests/data/report/v1.0.txt" --machine box --release v1.0 --tree else >/dev/null
printf '[report home]\ntree = else\nmachines = box\n' >"$MARVIN_CONFIG/reports.d/home.ini"
runs 0 marvin --print-config
runs 0 bob --print-config
sed -i 's/box/bax/' "$MARVIN_CONFIG/reports.d/home.ini"
runs 3 bob --print-config
expect_says "home.ini:3: there is no machine 'bax'; did you mean 'box'" "$STORY/err"
echo ok
