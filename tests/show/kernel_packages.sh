#!/bin/bash
# A real kernel as a distribution's packages: one release of linuxtree.sh's tree built by bob with
# `target = bindeb-pkg`, then with `binrpm-pkg`. Each artifact must hold packages whose kernel is the
# artifact's own. Prints times and what is in them. A cold build of about eight CPU minutes; the second
# comes from the compiler's cache.
#
#   MARVIN_BIN=BUILD/bin kernel_packages.sh LINUX.git [RELEASE] [CACHE]
#
# RELEASE: preset v6.1.192; CACHE: a build cache (its ccache/ folder). TARGETS (preset "bindeb-pkg
# binrpm-pkg"). Needs flex bison bc libelf-dev libssl-dev kmod cpio rsync lz4 ccache dpkg-dev fakeroot
# (debhelper from 6.11 on), and rpm.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
source=${1:?the tree that linuxtree.sh made}
release=${2:-v6.1.192}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$MARVIN_HOME"
[ -z "${3:-}" ] || ln -s "$3" "$MARVIN_HOME/cache"
cp "$here/virtual.config" "$MARVIN_CONFIG/virtual.config"
# What bob would fetch, borrowed: half a gigabyte.
mkdir -p "$MARVIN_HOME/trees" && git clone -q --mirror --shared "$source" "$MARVIN_HOME/trees/linux.git"
last() { sql "SELECT $1 FROM build b JOIN job j ON j.id = b.job_id LEFT JOIN artifact a ON a.hash = b.artifact_hash ORDER BY b.id DESC LIMIT 1"; }
for target in ${TARGETS:-bindeb-pkg binrpm-pkg}; do
    cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = $source
kind = kernel
config = tinyconfig
fragments = virtual.config
releases = $release
target = $target
INI
    bob --once
    echo "$target: $(last "b.state || ', ' || round(b.elapsed_s) || ' s, ' || round(b.user_s + b.system_s) || ' CPU s, ccache ' || (b.facts->'notes'->>'ccache-hits') || ' of ' || ((b.facts->'notes'->>'ccache-hits')::int + (b.facts->'notes'->>'ccache-misses')::int) || ', ' || coalesce(b.facts->>'fault', '') || ' ' || coalesce(b.message, '')")"
    expect "state" done "$(last b.state)"
    sql "SELECT f->>'path', f->>'bytes' FROM (SELECT a.files FROM build b JOIN artifact a ON a.hash = b.artifact_hash ORDER BY b.id DESC LIMIT 1) a, jsonb_array_elements(a.files) f"
    hash=$(last b.artifact_hash)
    rm -rf "$STORY/artifact" && mkdir "$STORY/artifact"
    zstd -dcq "$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}"* | tar -xf - -C "$STORY/artifact"
    version=$(sed -n 's/^release: //p' "$STORY/artifact/kernel.txt")
    rm -rf "$STORY/unpacked" && mkdir "$STORY/unpacked"
    if [ "$target" = bindeb-pkg ]; then
        dpkg-deb --info "$STORY/artifact/packages/linux-image-$version"_*.deb
        dpkg-deb --extract "$STORY/artifact/packages/linux-image-$version"_*.deb "$STORY/unpacked"
    else
        rpm -qpi "$STORY/artifact/packages/kernel-$version-"*.rpm
        (cd "$STORY/unpacked" && rpm2cpio "$STORY/artifact/packages/kernel-$version-"*.rpm | cpio -idm --quiet)
    fi
    image=$(find "$STORY/unpacked" -name "vmlinuz-$version" -o -path "*/lib/modules/$version/vmlinuz" | head -n 1)
    cmp "$image" "$STORY/artifact/boot/vmlinuz-$version" || fail "$target: the package's kernel is not the artifact's"
    find "$STORY/unpacked" -name '*.ko*' | grep -q . || fail "$target: the package has no module"
done
echo "as it must be"
