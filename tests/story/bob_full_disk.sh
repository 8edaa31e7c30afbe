#!/bin/bash
# A disk that fills up in the middle of a build: the build is stopped before the disk is full, says so,
# leaves nothing behind, and the next release is built. On a small file system of its own, which
# needs root.
if [ "${1:-}" != inside ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root unshare --mount true 2>/dev/null || { echo "SKIP: a file system of its own needs root" >&2 && exit 77; }
    exec $as_root env MARVIN_BIN="$MARVIN_BIN" ASAN_OPTIONS="${ASAN_OPTIONS:-}" PATH="$PATH" unshare --mount bash "$0" inside
fi
# shellcheck source=tests/story/kernel_lib.sh
. "$(dirname "$0")/kernel_lib.sh"

mkdir -p "$MARVIN_HOME/build"
trap 'umount "$MARVIN_HOME/build"; story_end' EXIT
mount -t tmpfs -o size=700m none "$MARVIN_HOME/build"
tree=$STORY/linux
kernel_tree "$tree"
kernel_config "$tree"
# shellcheck disable=SC2016 # make's variable
sed -i 's|^\(.*\)mkdir -p $(O)/arch.*|&\n\tfor i in $$(seq 60); do head -c 10M /dev/zero >$(O)/$$i; sleep 0.1; done|' "$tree/Makefile"
kernel_release "$tree" v6.1.1
run 0
found=$(build_of v6.1.1 "b.state || '|' || (b.facts->>'fault') || '|' || b.message")
echo "# $SECONDS s: $found"
[[ $found =~ ^too-big\|no-space\|.*nearly\ full ]] || fail "'$found'"
expect "leftovers" "" "$(find "$MARVIN_HOME/build" -mindepth 2)"
sed -i '/seq 60/d' "$tree/Makefile"
kernel_release "$tree" v6.1.2
run 0
expect "the next one" "done" "$(build_of v6.1.2 b.state)"
echo "ok"
