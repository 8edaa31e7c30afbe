#!/bin/bash
# An image onto a machine behind a real sshd. Its disk is a file there, which is the one thing that is not
# real; tests/show/image.sh does the same with disks. What must not be written to is not.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/rack_lib.sh"
# shellcheck source=tests/story/sshd_lib.sh
. "$(dirname "$0")/sshd_lib.sh"

sshd_start
mkdir "$STORY/power" "$MARVIN_CONFIG/distros.d" "$STORY/rescue"
deploys() { # deploys WORDS..: deploy = image WORDS
    printf '[machine there]\ntransport = ssh %s\npower = fake %s\ndeploy = image %s\nboot-deadline = 30s\n' \
        "$SSHD_WORDS" "$STORY/power" "$*" >"$MARVIN_CONFIG/machines.d/there.ini"
}
distro() { # distro NAME LINES
    printf '[distro %s]\n%s\n' "$1" "$2" >"$MARVIN_CONFIG/distros.d/$1.ini"
}
same() { cmp -s -n "$(stat -c %s "$1")" "$1" "$2" || fail "$2 does not hold $1"; }
writes() { grep -c ' power on' "$STORY/power/log" || true; }

head -c 3000001 /dev/urandom >"$STORY/one.raw"
head -c 9000000 /dev/zero >"$STORY/two.raw"
echo end >>"$STORY/two.raw"
zstd -q "$STORY/two.raw" -o "$STORY/two.zst"
head -c 5000 /dev/urandom >"$STORY/disk"
distro one "image = $STORY/one.raw"
distro two "image = $STORY/two.zst
packages = fio"
deploys "$STORY/disk via=kexec"

echo "written, read back, started; the same again is not written"
inventory 0 deploy there --image one
expect_says '^there runs the image of one$' "$STORY/out"
same "$STORY/one.raw" "$STORY/disk"
expect "it was switched off and on" 1 "$(writes)"
echo spoilt | dd of="$STORY/disk" conv=notrunc status=none
inventory 0 deploy there --image one
expect "written once" spoilt "$(head -c 6 "$STORY/disk")"
expect "switched once" 1 "$(writes)"

echo "packed, and of the store"
inventory 0 deploy there --image two
same "$STORY/two.raw" "$STORY/disk"
hash=$(sha256sum <"$STORY/one.raw" | cut -d' ' -f1)
mkdir -p "$MARVIN_HOME/store/objects/${hash:0:2}"
zstd -q "$STORY/one.raw" -o "$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}"
distro kept "image = $hash"
inventory 0 deploy there --image kept
same "$STORY/one.raw" "$STORY/disk"
distro kept "image = ${hash%?????}00000"
inventory 3 deploy there --image kept
expect_says 'the store has no [0-9a-f]*00000, the image of kept' "$STORY/err"

echo "what is refused"
distro bare "packages = fio"
inventory 3 deploy there --image bare
expect_says 'the distro bare names no image: set image = FILE in \[distro bare\]' "$STORY/err"
inventory 3 deploy there --image nosuch
expect_says 'no \[distro nosuch\]' "$STORY/err"
distro both "image = $STORY/one.raw
suite = bookworm"
inventory 3 deploy there --image both
expect_says 'leave one out' "$STORY/err"
rm "$MARVIN_CONFIG/distros.d/both.ini"
head -c 300 "$STORY/two.zst" >"$STORY/cut.zst"
distro cut "image = $STORY/cut.zst"
inventory 3 deploy there --image cut
expect_says 'cut.zst' "$STORY/err"
inventory 2 deploy there
expect_says '--image DISTRO' "$STORY/err"
deploys "$STORY/nosuch"
inventory 5 deploy there --image two
expect_says 'nosuch is no disk there: .*there.ini:4 names it' "$STORY/err"
deploys /dev/null
inventory 5 deploy there --image two
expect_says '/dev/null is no disk there' "$STORY/err"
deploys disk
inventory 3 deploy there --image two
expect_says "there.ini:4: expected the disk's path" "$STORY/err"
deploys "$STORY/disk via=tape"
inventory 3 deploy there --image two
expect_says 'expected via=grub-once or via=kexec, not tape' "$STORY/err"
deploys "$STORY/disk rescue=$STORY/rescue"
inventory 3 deploy there --image two
expect_says 'rescue=.*: expected a folder with vmlinuz and initrd' "$STORY/err"
printf '#!/bin/sh\necho "$@" >>%s/calls\n' "$STORY" >"$STORY/put"
chmod +x "$STORY/put"
printf '[machine other]\ntransport = local\npower = fake %s\ndeploy = command %s\n' "$STORY/power" "$STORY/put" >"$MARVIN_CONFIG/machines.d/other.ini"
inventory 3 deploy other --image nosuch
expect_says 'no \[distro nosuch\]' "$STORY/err"
inventory 0 deploy other --image two
expect "the site's program was asked once" "image two" "$(cat "$STORY/calls")"
sed -i 's/^deploy = .*/deploy = kexec/' "$MARVIN_CONFIG/machines.d/other.ini"
inventory 5 deploy other --image two
expect_says 'deploy kexec brings no system image' "$STORY/err"
rm "$MARVIN_CONFIG/machines.d/other.ini"

echo "what reads back as other content is no image"
deploys "$STORY/disk"
for sum in "$MARVIN_HOME"/images/*.sum; do
    sed -i 's/^....../000000/' "$sum"
done
inventory 5 deploy there --image two
expect_says 'disk was written, and reads back other content: [0-9a-f]{64}, not 000000' "$STORY/err"
[ ! -e "$MARVIN_HOME/images/on-there" ] || fail "an image that was not read back counts as written"
rm "$MARVIN_HOME"/images/*.sum
inventory 0 deploy there --image two
same "$STORY/two.raw" "$STORY/disk"

# Only looked at: whoever runs this wants to keep it.
root=$(df --output=source / | tail -n 1)
if [ -b "$root" ]; then
    echo "the disk of the running system is seen to be in use"
    disk=$(lsblk -ndo PKNAME "$root" 2>/dev/null | head -n 1)
    deploys "/dev/${disk:-${root#/dev/}}"
    inventory 1 check there
    expect_says '^mend +there: deploy +image: .* is mounted at /' "$STORY/out"
    expect_says 'no other image can be written: set rescue=FOLDER' "$STORY/out"
fi
expect "it condemns no machine" "ok" "$(sql "SELECT state FROM machine WHERE name = 'there'")"
echo ok
