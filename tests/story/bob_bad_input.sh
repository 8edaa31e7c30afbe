#!/bin/bash
# bob and what is bad: a remote that is gone, odd tags, a moved one, recipes that hang, fill the disk,
# print without end, end with 3 or leave nothing, unknown keys and names. Each gives one clear
# sentence, and the rest goes on.
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "$0")/bob_lib.sh"

tree=$STORY/toy
toy_tree "$tree"
toy_release "$tree" v1.0 1000
toy_release "$tree" v1.1 1000
toy_config "$tree"

echo "# $SECONDS s: odd tags"
touch "$STORY/canary"
cd "$STORY"
commit=$(git -C "$tree" rev-parse HEAD)
long=v$(printf '1%.0s' $(seq 199))
git -C "$tree" tag 'v1.0"' && git -C "$tree" tag 'v$(rm${IFS}canary)' && git -C "$tree" tag "$long"
git -C "$tree" tag 'v1;rm${IFS}canary' && git -C "$tree" tag "v1'\`rm\${IFS}canary\`"
echo "$commit" >"$tree/.git/refs/tags/v1;touch x"
git -C "$tree" update-ref refs/tags/v9-blob "$(git -C "$tree" hash-object -w "$tree/toy.c")"
run 0
expect "releases" "v1.0 v1.1" "$(sql "SELECT string_agg(name, ' ' ORDER BY sort_key) FROM release")"
expect "builds" 2 "$(sql "SELECT count(*) FROM build WHERE state = 'done'")"
[ -f canary ] && [ ! -e x ] || fail "a tag's name was executed"
expect "one sentence for the quote" 1 "$(times 'the tag "v1\.0\\"" is left out: it has the character')"
expect "one sentence for the dollar" 1 "$(times 'the tag "v\$\(rm')"
expect "one sentence for the long one" 1 "$(times 'it is 200 bytes long')"
expect "one sentence for the one that git itself refuses" 1 "$(times 'refs/tags/v1;touch x is passed over')"
run 0
expect "said again" 0 "$(times 'tag')"
rm "$tree/.git/refs/tags/v1;touch x"
git -C "$tree" tag -d 'v1.0"' 'v$(rm${IFS}canary)' "$long" 'v1;rm${IFS}canary' "v1'\`rm\${IFS}canary\`" v9-blob >/dev/null

echo "# $SECONDS s: a tag that moves"
old=$(git -C "$tree" rev-parse v1.1)
git -C "$tree" tag -f v1.1 v1.0 >/dev/null
run 0
expect_says "the tag v1.1 moved from ${old:0:12}" "$STORY/err"
expect "the release" "$old" "$(sql "SELECT revision FROM release r JOIN subject s ON s.id = r.subject_id WHERE r.name = 'v1.1'")"
expect "moves" 1 "$(sql "SELECT count(*) FROM release_move")"
run 0
git -C "$tree" tag -f v1.1 "$old" >/dev/null

echo "# $SECONDS s: settings: an unknown key, names that are not there, a recipe that is not there, a package tree of a git url"
printf '[tree bad]\nurl = %s\nschedul = continual\n' "$tree" >"$MARVIN_CONFIG/trees.d/bad.ini"
printf '[tree deb]\nurl = %s\nkind = deb\n' "$tree" >"$MARVIN_CONFIG/trees.d/deb.ini"
printf '[tree bare]\nurl = %s\nrecipe = recipes/none\n' "$tree" >"$MARVIN_CONFIG/trees.d/bare.ini"
printf '[tree when]\nurl = %s\nrecipe = recipes/toy\nschedule = hourly\n' "$tree" >"$MARVIN_CONFIG/trees.d/when.ini"
printf '[plan odd]\nbenchmarks = toybench/size=1 nosuch\n' >"$MARVIN_CONFIG/plans.d/odd.ini"
sed -i 's/^plans = .*/plans = toy odd toi/; s/^machines = .*/machines = here their/' "$MARVIN_CONFIG/trees.d/toy.ini"
toy_release "$tree" v1.2 1000
run 3
expect_says "bad.ini:3: .*schedul.*schedule" "$STORY/err"
expect_says "deb.ini:2: .* is no source of packages" "$STORY/err"
expect_says "bare.ini:3: the recipe: cannot read .*recipes/none" "$STORY/err"
expect_says "when.ini:4: 'hourly' is no schedule" "$STORY/err"
expect_says "odd.ini:2: .*nosuch" "$STORY/err"
expect_says "toy.ini:[0-9]+: there is no plan 'toi'; did you mean 'toy'" "$STORY/err"
expect_says "toy.ini:[0-9]+: there is no machine 'their'" "$STORY/err"
expect "sentences" 8 "$(times '^bob: ')"
expect "batteries of v1.2" 1 "$(sql "SELECT count(*) FROM battery b JOIN release r USING (subject_id) WHERE r.name = 'v1.2' AND r.tree_id = (SELECT id FROM tree WHERE name = 'toy')")"
rm "$MARVIN_CONFIG"/trees.d/{bad,deb,bare,when}.ini "$MARVIN_CONFIG/plans.d/odd.ini"
toy_config "$tree"

echo "# $SECONDS s: a machine that was known, and now has a driver that is none"
printf '[machine two]\ndriver = local\n' >"$MARVIN_CONFIG/machines.d/two.ini"
sed -i 's/^machines = .*/machines = here two/' "$MARVIN_CONFIG/trees.d/toy.ini"
run 0
sed -i 's/^driver = .*/driver = locl/' "$MARVIN_CONFIG/machines.d/two.ini"
toy_release "$tree" v1.3 1000
run 3
expect "sentences" 1 "$(times '^bob: tree toy: .*two.ini:2: there is no driver = locl')"
expect "v1.3 is queued for" here "$(sql "SELECT string_agg(m.name, ' ') FROM battery b JOIN release r USING (subject_id) JOIN machine m ON m.id = b.machine_id WHERE r.name = 'v1.3' AND r.tree_id = (SELECT id FROM tree WHERE name = 'toy')")"
rm "$MARVIN_CONFIG/machines.d/two.ini"
toy_config "$tree"

echo "# $SECONDS s: a remote that is gone: the other tree goes on"
mv "$tree" "$tree.away"
toy_tree "$STORY/other" && toy_release "$STORY/other" v7 1000
sed "s|^\[tree toy\]|[tree other]|; s|^url = .*|url = $STORY/other|" "$MARVIN_CONFIG/trees.d/toy.ini" >"$MARVIN_CONFIG/trees.d/zother.ini"
run 3
expect "sentences" 1 "$(times 'bob: tree toy: ')"
expect_says "tree toy: .*$tree" "$STORY/err"
expect "the other tree's build" done "$(sql "SELECT j.state FROM job j JOIN release r USING (subject_id) WHERE r.name = 'v7' AND j.kind = 'build'")"
expect "the schedule says why" t "$(sql "SELECT last_error IS NOT NULL FROM schedule WHERE name = 'toy'")"
mv "$tree.away" "$tree"
run 0
expect "all is well again" t "$(sql "SELECT last_error IS NULL FROM schedule WHERE name = 'toy'")"
rm "$MARVIN_CONFIG/trees.d/zother.ini"

echo "# $SECONDS s: recipes"
# recipe NAME SETTING: a release of its own, built by the script on stdin, under the setting
n=3
recipe() {
    n=$((n + 1))
    toy_config "$tree"
    { echo '#!/bin/bash'; cat; } >"$MARVIN_CONFIG/recipes/toy"
    echo "$2" >>"$MARVIN_CONFIG/trees.d/toy.ini"
    sed -i "s/^releases = .*/releases = v1.$n/" "$MARVIN_CONFIG/trees.d/toy.ini"
    toy_release "$tree" "v1.$n" 1000
    run 0
    found=$(sql "SELECT b.state || '|' || j.state || '|' || t.state || '|' || b.message FROM build b JOIN job j ON j.id = b.job_id
        JOIN release r ON r.subject_id = j.subject_id JOIN battery t ON t.subject_id = j.subject_id WHERE r.name = 'v1.$n'")
    echo "# $SECONDS s: $1: $found"
    expect "leftovers" "" "$(find "$MARVIN_HOME/build" -mindepth 2 2>/dev/null || true)"
}
says() { [[ $found =~ $1 ]] || fail "'$found' does not match '$1'"; }
recipe "exits 3" "" <<'SH'
echo "toy.c:7:1: error: the planted one" >&2
echo "make: *** [all] Error 1"
exit 3
SH
says '^failed\|failed\|failed\|the recipe ended with status 3: toy.c:7:1: error: the planted one$'
recipe "hangs" "build-deadline = 1s" <<'SH'
trap '' TERM
(setsid sleep 31415.5 &)
while :; do sleep 31415.5; done
SH
says '^deadline\|failed\|failed\|.*1.0s \(build-deadline\)'
sleeping=$(pgrep -fc "^sleep 31415.5$" || true)
expect "what it left running" 0 "$sleeping"
begin=$SECONDS
recipe "writes 10 GB" "build-disk = 64M" <<'SH'
for i in $(seq 100); do dd if=/dev/urandom of="$MARVIN_BUILD/$i" bs=1M count=100 2>/dev/null; done
SH
says '^too-big\|failed\|failed\|the recipe wrote more than 64.0M \(build-disk\)$'
[ $((SECONDS - begin)) -lt 30 ] || fail "it took $((SECONDS - begin)) s to stop it"
recipe "prints without end" "build-log = 1M" <<'SH'
yes "nothing to see"
SH
says '^too-big\|failed\|failed\|the recipe printed more than 1.0M \(build-log\)$'
recipe "leaves nothing" "" <<'SH'
mkdir "$MARVIN_OUT/empty"
SH
says '^failed\|failed\|failed\|.*put nothing into MARVIN_OUT'
recipe "an escape in its log" "" <<'SH'
printf 'error: \033[31mred\033]0;title\007\n' && exit 1
SH
says 'error: \\x1b\[31mred\\x1b\]0;title\\x07$'
recipe "fails in Latin-1" "" <<'SH'
printf 'toy.c:1:1: error: stray \340 in program\n' >&2
exit 5
SH
says '^failed\|failed\|failed\|the recipe ended with status 5: .*error: stray'
recipe "fails in silence" "" <<'SH'
exit 4
SH
says '^failed\|failed\|failed\|the recipe ended with status 4'
recipe "no interpreter" "" <<'SH'
SH
sed -i '1s/.*/#!\/no\/such\/program/' "$MARVIN_CONFIG/recipes/toy"
sed -i "s/^releases = .*/releases = v1.99/" "$MARVIN_CONFIG/trees.d/toy.ini"
toy_release "$tree" v1.99 1000
run 0
expect "without its interpreter" failed "$(sql "SELECT b.state FROM build b JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id) WHERE r.name = 'v1.99'")"

echo "# $SECONDS s: what was well is well, and a corrected recipe revives what failed"
toy_config "$tree"
run 0
expect "failed builds" 0 "$(sql "SELECT count(*) FROM battery WHERE state = 'failed'")"
expect "boots that wait for a runner" 0 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state <> 'queued'")"
expect "v1.0 was built" 1 "$(sql "SELECT count(*) FROM build b JOIN job j ON j.id = b.job_id JOIN release r USING (subject_id) JOIN tree t ON t.id = r.tree_id WHERE r.name = 'v1.0' AND t.name = 'toy'")"

echo "# $SECONDS s: a tree whose tags are no releases says so"
sed "s/^\[tree toy\]/[tree none]/; s/^releases = .*/releases = nothing*/" "$MARVIN_CONFIG/trees.d/toy.ini" >"$MARVIN_CONFIG/trees.d/none.ini"
bob watch none 2>"$STORY/err" || true
expect_says 'none.ini:[0-9]+: none of the [0-9]+ tags is a release that .releases. admits' "$STORY/err"
echo "ok"
