#!/bin/bash
# The recipe for kernels, on a tiny tree with a kernel's Makefile: configured by provenance, checked,
# reproducible, cached, its configuration compared with the release before, packages where asked
# for; and builds that fail say of what kind the trouble is.
# shellcheck disable=SC2016 # $(O) is make's
# shellcheck source=tests/story/kernel_lib.sh
. "$(dirname "$0")/kernel_lib.sh"

tree=$STORY/linux
kernel_tree "$tree"
kernel_release "$tree" v6.1.1
kernel_config "$tree"
ini=$MARVIN_CONFIG/trees.d/linux.ini

echo "# $SECONDS s: a release becomes an artifact"
run 0
expect "state" "done" "$(build_of v6.1.1 b.state)"
expect "files" "boot/System.map-6.1.1 boot/config-6.1.1 boot/vmlinuz-6.1.1 kernel.txt lib/modules/6.1.1/kernel/loop.ko" \
    "$(build_of v6.1.1 "(SELECT string_agg(f->>'path', ' ' ORDER BY f->>'path' COLLATE \"C\") FROM jsonb_array_elements(a.files) f WHERE f->>'path' !~ '/modules\.')")"
expect "modules.dep" 1 "$(build_of v6.1.1 "(SELECT count(*) FROM jsonb_array_elements(a.files) f WHERE f->>'path' LIKE '%/modules.dep')")"
expect "configuration" "CONFIG_64BIT=y CONFIG_MODULES=y CONFIG_NET=y CONFIG_VIRTIO_NET=y" "$(sql "SELECT replace(trim(text, E'\n'), E'\n', ' ') FROM kernel_config")"
log_of v6.1.1 >"$STORY/log"
expect_says '^release: 6.1.1$' "$STORY/log"
expect_says "^version: #1 SMP $(date -u -d "@$(git -C "$tree" log -1 --format=%ct)" '+%a %b %e %H:%M:%S UTC %Y')\$" "$STORY/log"
expect_says '^build-id: [0-9a-f]{40}$' "$STORY/log"
expect_says '^modules: lib/modules/6.1.1$' "$STORY/log"
expect "facts" "finished|tinyconfig|6.1.1|" "$(build_of v6.1.1 "b.facts->'notes'->>'step' || '|' || (b.facts->'notes'->>'config') || '|' || (b.facts->'notes'->>'kernel-release') || '|' || coalesce(b.facts->'notes'->>'not-honoured', '')")"

echo "# $SECONDS s: built again elsewhere it is the same, to the bit, and from the cache"
hash=$(build_of v6.1.1 b.artifact_hash)
MARVIN_HOME_WAS=$MARVIN_HOME
sql "UPDATE job SET state = 'queued', artifact_hash = NULL, attempts = 0 WHERE kind = 'build'" >/dev/null
run 0 bob builder other --once
expect "artifact" "$hash other" "$(build_of v6.1.1 "b.artifact_hash || ' ' || (b.facts->>'builder')")"
if command -v ccache >/dev/null; then
    expect "the compiler's cache" "0" "$(build_of v6.1.1 "b.facts->'notes'->>'ccache-misses'")"
    [ -d "$MARVIN_HOME_WAS/cache/ccache" ] || fail "there is no cache below the state folder"
fi

echo "# $SECONDS s: the next release has other options; some that are asked for are not there"
sed -i 's/^VIRTIO_NET NET/VIRTIO_NET PCI/' "$tree/Kconfig"
echo NEW_THING >>"$tree/Kconfig"
kernel_release "$tree" v6.1.2
printf '%s\n' CONFIG_NEW_THING=m 'CONFIG_64BIT=y' '# CONFIG_NET is not set' CONFIG_NET=y >"$MARVIN_CONFIG/fragments/more"
sed -i 's|^fragments = .*|fragments = fragments/base fragments/more|; $a releases = v6.1.2' "$ini"
run 0
expect "difference" "v6.1.1 +CONFIG_NEW_THING=m -CONFIG_VIRTIO_NET=y" "$(build_of v6.1.2 "c.previous || ' ' || replace(c.difference, E'\n', ' ')")"
expect "not honoured" '["CONFIG_VIRTIO_NET=y became n"]' "$(build_of v6.1.2 "b.facts->'notes'->'not-honoured'")"
bob status linux >"$STORY/out"
expect_says 'v6.1.2 .*done.*\+1 -1 from v6.1.1.*1 option asked for in vain' "$STORY/out"
log_of v6.1.2 >"$STORY/log"
expect_says '^config: not honoured: CONFIG_VIRTIO_NET=y became n$' "$STORY/log"

echo "# $SECONDS s: distributions' configurations, by release; one distro has its own; Debian's packages"
mkdir -p "$MARVIN_CONFIG/configs" "$MARVIN_CONFIG/distros.d"
printf 'CONFIG_64BIT=y\nCONFIG_SYSTEM_TRUSTED_KEYS="debian/certs"\nCONFIG_GONE=y\n' >"$MARVIN_CONFIG/configs/config-6.1.0-1-amd64"
printf 'CONFIG_64BIT=y\nCONFIG_KERNEL_LZ4=y\n' >"$MARVIN_CONFIG/configs/config-6.1.3-amd64"
printf 'CONFIG_NET=y\n' >"$MARVIN_CONFIG/configs/config-7.0-amd64"
printf 'ffffffff81000000 T _text\n' >"$MARVIN_CONFIG/configs/System.map-6.1.3-amd64" # as in /boot
printf 'CONFIG_KERNEL_LZ4=y\n' >"$STORY/special"
printf '[distro plain]\nsuite = x\n[distro special]\nconfig = %s\n' "$STORY/special" >"$MARVIN_CONFIG/distros.d/two.ini"
kernel_release "$tree" v6.1.3
kernel_release "$tree" v6.1.4
cat >"$ini" <<INI
[tree linux]
url = $tree
kind = kernel
config = configs
target = bindeb-pkg
releases = v6.1.[14]
distros = ..6.1.4:plain 6.1.4..:special
INI
run 0
config_of="(SELECT replace(trim(text, E'\n'), E'\n', ' ') FROM kernel_config WHERE hash = c.config_hash)"
expect "of the oldest" "CONFIG_64BIT=y config-6.1.0-1-amd64 2" "$(build_of v6.1.1 "$config_of || ' ' || (b.facts->'notes'->>'config') || ' ' || (b.facts->'notes'->>'config-left-out')")"
expect "of both distros" "CONFIG_64BIT=y CONFIG_KERNEL_LZ4=y|CONFIG_KERNEL_LZ4=y" "$(sql "SELECT string_agg(trim(replace(text, E'\n', ' ')), '|' ORDER BY b.id)
    FROM build b JOIN job j ON j.id = b.job_id JOIN release r ON r.subject_id = j.subject_id JOIN build_config c ON c.build_id = b.id JOIN kernel_config k ON k.hash = c.config_hash WHERE r.name = 'v6.1.4'")"
expect "a package" 1 "$(build_of v6.1.4 "(SELECT count(*) FROM jsonb_array_elements(a.files) f WHERE f->>'path' = 'packages/linux-image-6.1.4_amd64.deb')")"
expect "no modules were asked for" 0 "$(build_of v6.1.4 "(SELECT count(*) FROM jsonb_array_elements(a.files) f WHERE f->>'path' LIKE 'lib/%')")"

echo "# $SECONDS s: what is not there, is told where the settings say it"
sed -i 's/^config = .*/config = configs\/none/' "$ini"
kernel_release "$tree" v6.1.5
sed -i 's/^releases = .*/releases = v6.1.5/; s/^distros.*//' "$ini"
run 3
expect_says "linux.ini:4: .*configs/none" "$STORY/err"
printf '[tree toy]\nurl = %s\nfragments = x\n' "$tree" >"$MARVIN_CONFIG/trees.d/toy.ini"
run 3
expect_says "toy.ini:3: only a tree of 'kind = kernel' has fragments" "$STORY/err"
rm "$MARVIN_CONFIG/trees.d/toy.ini"

echo "# $SECONDS s: builds that fail, by kind"
kernel_config "$tree"
n=5
# fails KIND MESSAGE: the next release, as the work tree is
fails() {
    n=$((n + 1))
    kernel_release "$tree" "v6.1.$n"
    sed -i "/^releases/d; \$a releases = v6.1.$n" "$ini"
    run 0
    found=$(build_of "v6.1.$n" "b.state || '|' || (b.facts->>'fault') || '|' || b.message")
    echo "# $SECONDS s: $found"
    [[ $found =~ ^failed\|$1\|.*$2 ]] || fail "'$found' is not '$1: $2'"
}
echo 'int broken(void) { return no_such_name; }' >>"$tree/main.c"
fails source "main.c:[0-9:]+ error: .no_such_name. undeclared"
sed -i '/no_such_name/d' "$tree/main.c"
bob status linux >"$STORY/out"
expect_says "v6.1.6 .*failed.*source.*no_such_name" "$STORY/out"
sed -i 's|^\(.*\)mkdir -p $(O)/arch.*|&\n\tno-such-flex --version|' "$tree/Makefile"
fails missing-tool 'no-such-flex'
bob status linux >"$STORY/out"
expect_says "v6.1.7 .*missing-tool.*install it on the builder" "$STORY/out"
"$MARVIN_BIN/marvin-report" site --output "$STORY/pages" >/dev/null
expect_says '<dd>missing-tool</dd>' "$STORY/pages/linux/release/v6.1.7/build.html"
expect_says '<code>.*no-such-flex: No such file' "$STORY/pages/linux/release/v6.1.7/build.html"
expect_says 'no-such-flex: No such file' "$STORY/pages/linux/release/v6.1.7/build-b"*.txt
sed -i '/no-such-flex/d' "$tree/Makefile"
sed -i 's/^config = .*/config = vintage_defconfig/' "$ini"
fails config "Can't find default configuration"
sed -i 's/^config = .*/config = tinyconfig/' "$ini"
sed -i 's|^\(.*\)mkdir -p $(O)/arch.*|&\n\tcat /dev/zero >/dev/full|' "$tree/Makefile"
fails no-space 'No space left on device'
sed -i '/dev.full/d' "$tree/Makefile"
git -C "$tree" diff --quiet || git -C "$tree" commit -qam "as it was"

echo "# $SECONDS s: another layout is one more fragment, and a subject of its own"
printf '%s\n' EXPERT 'DEBUG_FORCE_FUNCTION_ALIGN_64B EXPERT' >>"$tree/Kconfig"
kernel_release "$tree" v6.1.20
printf '[machine here]\ndriver = local\ndeploy = command /bin/true\n' >"$MARVIN_CONFIG/machines.d/here.ini"
mkdir -p "$MARVIN_CONFIG/benchmarks/size"
printf '[benchmark size]\nsummary = size of a kernel\nduration = 1s\nclass = a\n[metric bytes]\nunit = bytes\nbetter = lower\npattern = ^([0-9]+)$\n' >"$MARVIN_CONFIG/benchmarks/size/benchmark.ini"
printf '#!/bin/sh\nwc -c <"$MARVIN_ARTIFACT/kernel.txt"\n' >"$MARVIN_CONFIG/benchmarks/size/run"
chmod +x "$MARVIN_CONFIG/benchmarks/size/run"
run 0 bob queue linux:v6.1.20 --benchmark size --boots 1 --machine here
run 0 bob queue linux:v6.1.20 --benchmark size --boots 1 --machine here --other-layout
expect "two batteries" 2 "$(sql "SELECT count(DISTINCT subject_id) FROM battery")"
run 0 bob builder --once
run 0 bob builder --once
laid_out="FROM build b JOIN job j ON j.id = b.job_id JOIN subject s ON s.id = j.subject_id JOIN build_config c ON c.build_id = b.id
    JOIN kernel_config k ON k.hash = c.config_hash WHERE s.summary"
aligned="SELECT coalesce(substring(text FROM 'CONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B=.'), 'not') || ' ' || b.state"
expect "the release" "not done" "$(sql "$aligned $laid_out = 'Linux 6.1.20'")"
expect "with another layout" "CONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B=y done" "$(sql "$aligned $laid_out LIKE '% with another layout'")"

echo "# $SECONDS s: the history is rewritten: releases stay what they were, and are built from the mirror"
old=$(git -C "$tree" rev-parse v6.1.1)
git -C "$tree" checkout -q --orphan fresh
git -C "$tree" commit -q -m "a new root"
git -C "$tree" tag -l | xargs git -C "$tree" tag -d >/dev/null
git -C "$tree" branch -qD main
git -C "$tree" branch -qm main
kernel_release "$tree" v6.1.100
git -C "$tree" reflog expire --expire=now --all
git -C "$tree" gc -q --prune=now
! git -C "$tree" cat-file -e "$old" 2>/dev/null || fail "the old history is still there"
sed -i "/^releases/d" "$ini"
printf '%s\n' '# other options: other builds' CONFIG_KERNEL_LZ4=y >>"$MARVIN_CONFIG/fragments/base"
run 0
expect_says "the history of the branch main was rewritten" "$STORY/err"
expect "the release" "$old" "$(sql "SELECT s.revision FROM release r JOIN subject s ON s.id = r.subject_id WHERE r.name = 'v6.1.1'")"
expect "built anew from the mirror" "done CONFIG_KERNEL_LZ4=y" "$(build_of v6.1.1 "b.state || ' ' || (SELECT substring(text FROM 'CONFIG_KERNEL[^=]*=y') FROM kernel_config WHERE hash = c.config_hash)")"
expect "the new one" "done" "$(build_of v6.1.100 b.state)"

echo "# $SECONDS s: two bobs at once: each release is found, queued and built once"
for i in $(seq 101 104); do kernel_release "$tree" "v6.1.$i"; done
builds=$(sql "SELECT count(*) FROM build")
bob --once >"$STORY/one" 2>&1 &
one=$!
bob --once >"$STORY/two" 2>&1 &
two=$!
wait "$one" || { cat "$STORY/one" && fail "the first bob"; }
wait "$two" || { cat "$STORY/two" && fail "the second bob"; }
run 0
expect "builds" 4 "$(($(sql "SELECT count(*) FROM build") - builds))"
expect "all done" 4 "$(sql "SELECT count(*) FROM build b JOIN job j ON j.id = b.job_id JOIN release r ON r.subject_id = j.subject_id WHERE r.name ~ 'v6.1.10[1-4]' AND b.state = 'done'")"

echo "# $SECONDS s: a poll that finds nothing new writes nothing"
# Everything but the schedule's own row: when it was last carried out.
state_of() {
    find "$MARVIN_HOME/trees" "$MARVIN_HOME/store" "$MARVIN_HOME/cache" -printf '%p %s %T@ %i\n' | LC_ALL=C sort
    sql "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables WHERE relname NOT IN ('schedule', 'builder') ORDER BY relname"
}
run 0
sleep 2 # the statistics of sessions that ended arrive within a second
state_of >"$STORY/before"
run 0 bob watch linux
run 0 bob --once
sleep 2
state_of >"$STORY/after"
diff "$STORY/before" "$STORY/after" || fail "a poll of nothing new wrote something"
[ "$(wc -l <"$STORY/after")" -gt 60 ] || fail "there is too little to compare"
echo "ok"
