#!/bin/bash
# A tree of packages over an archive of our own: found, fetched, unpacked, never installed.
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "$0")/bob_lib.sh"
ARCHIVE=$STORY/archive
mkdir "$ARCHIVE"

# package NAME VERSION [TEXT]: a .deb with a script that must never run and a file with its version or TEXT
package() {
    local root=$STORY/root
    rm -rf "$root" && mkdir -p "$root/DEBIAN" "$root/usr/share/toy"
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: T <t@example.invalid>\nDescription: a toy\n' "$1" "$2" >"$root/DEBIAN/control"
    printf '#!/bin/sh\ntouch %s/was-installed\n' "$STORY" | tee "$root/DEBIAN/preinst" >"$root/DEBIAN/postinst"
    chmod 755 "$root/DEBIAN/preinst" "$root/DEBIAN/postinst"
    echo "${3:-$2}" >"$root/usr/share/toy/version"
    SOURCE_DATE_EPOCH=1700000000 dpkg-deb --root-owner-group -Zgzip -b "$root" "$ARCHIVE/$1_${2//:/_}.deb" >/dev/null
}
# kernel RELEASE VERSION: a package that looks like a kernel's: a boot protocol header with a version text
kernel() {
    local root=$STORY/root
    rm -rf "$root" && mkdir -p "$root/DEBIAN" "$root/boot" "$root/lib/modules/$1/kernel"
    printf 'Package: linux-image-%s\nVersion: %s\nArchitecture: all\nMaintainer: T <t@example.invalid>\nDescription: a kernel\n' "$1" "$2" >"$root/DEBIAN/control"
    { head -c 514 /dev/zero && printf HdrS && head -c 8 /dev/zero && printf '\0\4' && head -c 1008 /dev/zero &&
        printf '%s (t@example.invalid) #1 SMP toy %s\0rest' "$1" "$2"; } >"$root/boot/vmlinuz-$1"
    echo CONFIG_TOY=y >"$root/boot/config-$1"
    dpkg-deb --root-owner-group -Zgzip -b "$root" "$ARCHIVE/linux-image-$1_$2.deb" >/dev/null
}
# index: what apt reads
index() { (cd "$ARCHIVE" && dpkg-scanpackages -m . >Packages 2>/dev/null); }
# releases TREE: their names in the order of versions
releases() { sql "SELECT coalesce(string_agg(r.name, ' ' ORDER BY r.sort_key), '') FROM release r JOIN tree t ON t.id = r.tree_id WHERE t.name = '$1'"; }
# file TREE RELEASE PATH: what the artifact has there
file() {
    local hash
    hash=$(sql "SELECT j.artifact_hash FROM job j JOIN release r ON r.subject_id = j.subject_id JOIN tree t ON t.id = r.tree_id WHERE t.name = '$1' AND r.name = '$2'")
    zstd -dc "$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}" | tar -xO --wildcards "*$3"
}

package toy 1.9-1
package toy 1.10-1
package toy 2.0~rc1-1
package toy 1:0.5-1
package toy-doc 7
kernel 6.1.0-1-toy 6.1.5-1
kernel 6.1.0-2-toy 6.1.10-1
index
cat >"$MARVIN_CONFIG/trees.d/toy.ini" <<INI
[tree toy]
url = deb [trusted=yes] file:$ARCHIVE ./
kind = deb
packages = toy* !toy-doc
INI
cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = deb [trusted=yes] file:$ARCHIVE ./
kind = deb
packages = linux-image-6.1.*-toy
first = 6.1.5
INI
run 0
expect "releases are in Debian's order, without the pre-release" "1.9-1 1.10-1 0.5-1" "$(releases toy)"
expect "kernels are found" "6.1.5-1 6.1.10-1" "$(releases linux)"
expect "the package is recorded" "linux-image-6.1.0-2-toy" "$(sql "SELECT package FROM subject WHERE revision = '6.1.10-1'")"
expect "all are built" 5 "$(sql "SELECT count(*) FROM job WHERE state = 'done'")"
expect "an artifact is the unpacked package" 1.10-1 "$(file toy 1.10-1 usr/share/toy/version)"
expect "a kernel says what it is" "release: 6.1.0-2-toy
version: #1 SMP toy 6.1.10-1
image: boot/vmlinuz-6.1.0-2-toy
config: boot/config-6.1.0-2-toy
modules: lib/modules/6.1.0-2-toy" "$(file linux 6.1.10-1 kernel.txt)"
file linux 6.1.10-1 modules.dep >/dev/null || fail "depmod made no modules.dep"
expect "the date is the package's" "2023-11-14" "$(sql "SELECT (released_at AT TIME ZONE 'UTC')::date FROM release WHERE name = '1.9-1'")"
[ ! -e "$STORY/was-installed" ] || fail "a script of a package was run"

echo "a poll that finds nothing writes nothing"
state() { sql "SELECT (SELECT count(*) FROM release), (SELECT count(*) FROM subject), (SELECT max(id) FROM job), (SELECT count(*) FROM definition), (SELECT count(*) FROM notice)"; }
was=$(state)
run 0
expect "nothing was written" "$was" "$(state)"
expect "nothing is said" 0 "$(times .)"

echo "a pre-release is tested when it is asked for"
run 3 bob queue toy:2.0~rc1-1
expect_says "has no machines" "$STORY/err"
toy_config /nowhere 2>/dev/null && rm "$MARVIN_CONFIG/trees.d/toy.ini"
echo 'deploy = command /bin/true' >>"$MARVIN_CONFIG/machines.d/here.ini"
cat >"$MARVIN_CONFIG/trees.d/toy.ini" <<INI
[tree toy]
url = deb [trusted=yes] file:$ARCHIVE ./
kind = deb
packages = toy* !toy-doc
INI
run 0 bob queue toy:2.0~rc1-1 --plan toy --machine here
expect "it is a release now" "1.9-1 1.10-1 2.0~rc1-1 0.5-1" "$(releases toy)"

echo "a machine that boots no kernels measures none"
sed -i '/^deploy/d' "$MARVIN_CONFIG/machines.d/here.ini"
run 3 bob queue toy:1.9-1 --plan toy --machine here
expect_says "here.ini:1: the tree toy is of kernels, and the machine here boots none: give it .deploy" "$STORY/err"
expect "of an earlier day there are boots" 5 "$(sql "SELECT count(*) FROM job WHERE kind = 'boot' AND state IN ('queued', 'waiting')")"
bob builder --once >/dev/null 2>&1 || fail "bob builder ended with $?"
marvin run here --once 2>"$STORY/run.err" || { cat "$STORY/run.err" && fail "marvin run ended with $?"; }
expect_says 'wrong kernel.*here boots no kernels' "$STORY/run.err"
expect "no run was accepted" 0 "$(sql "SELECT count(*) FROM run WHERE state = 'accepted'")"

run 3 bob queue toy:9.9 --plan toy --machine here
expect_says "no package of the tree toy has the version '9.9'" "$STORY/err"

echo "a version that goes back or goes away"
package toy 1.8-1
rm "$ARCHIVE/toy_1.9-1.deb"
index
run 0
expect "the older version takes its place, the vanished one stays" "1.8-1 1.9-1 1.10-1 2.0~rc1-1 0.5-1" "$(releases toy)"

echo "the same version with other content"
was=$(sql "SELECT package_hash FROM subject WHERE revision = '1.10-1'")
package toy 1.10-1 other
index
run 0
expect_says "toy 1.10-1 has changed in the archive" "$STORY/err"
expect "the release stays what it was" "$was" "$(sql "SELECT package_hash FROM subject WHERE revision = '1.10-1'")"
expect "the move is kept" 1 "$(sql "SELECT count(*) FROM release_move WHERE new_revision LIKE 'sha256:%'")"
run 0
expect "and told once" 0 "$(times 'has changed')"

echo "two packages of one version"
package toyota 1.8-1
index
run 0
expect_says "toyota 1.8-1 is no release: another package of the tree has that version" "$STORY/err"

echo "a package that is damaged, and one that is not what the index says"
package toy 3.0-1
package toy 3.1-1
index
was=$(sha256sum <"$ARCHIVE/toy_3.0-1.deb")
size=$(stat -c %s "$ARCHIVE/toy_3.0-1.deb")
head -c 300 "$ARCHIVE/toy_3.0-1.deb" >"$STORY/short" && mv "$STORY/short" "$ARCHIVE/toy_3.0-1.deb"
now=$(sha256sum <"$ARCHIVE/toy_3.0-1.deb")
sed -i "/^MD5sum\|^SHA1/d; s/${was%% *}/${now%% *}/; s/^Size: $size\$/Size: 300/" "$ARCHIVE/Packages"
echo more >>"$ARCHIVE/toy_3.1-1.deb"
run 0
expect_says "toy 3.0-1: the build failed" "$STORY/err"
expect_says "toy 3.1-1: the build failed" "$STORY/err"
expect "why is kept" 2 "$(sql "SELECT count(*) FROM job WHERE kind = 'build' AND state = 'failed' AND reason <> ''")"

echo "an archive that is away, and one that has no such package"
mv "$ARCHIVE" "$ARCHIVE.away"
run 3
expect_says "tree toy: " "$STORY/err"
mv "$ARCHIVE.away" "$ARCHIVE"
sed -i 's/^packages = .*/packages = nothing-*/' "$MARVIN_CONFIG/trees.d/linux.ini"
sed -i 's/tree linux/tree none/' "$MARVIN_CONFIG/trees.d/linux.ini"
run 3
expect_says "trees.d/linux.ini:4: the archive has no package that matches 'nothing-\*'" "$STORY/err"
sed -i 's/^packages = .*//' "$MARVIN_CONFIG/trees.d/linux.ini"
run 3
expect_says "a tree of packages .kind = deb. needs 'packages'" "$STORY/err"
sed -i "s|^url = .*|url = http://example.invalid/debian|" "$MARVIN_CONFIG/trees.d/linux.ini"
run 3
expect_says "is no source of packages" "$STORY/err"
