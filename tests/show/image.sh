#!/bin/bash
# Claim: deploy = image writes a distribution's image over ssh to the disk that the settings name, reads it back,
# and the machine starts from it by its firmware; not to the disk of the running system, unless a rescue system
# is named: then it is started by kexec, and the disk is written from there. A kernel is then brought to the new system
# by kexec. The machine is virtual, with a disk that has a system, an empty one that its firmware tries first, and a
# small one. Needs Debian's package archive in reach, root (to make the disks), socat, cpio, 6 GB; twelve minutes on
# two busy cores without KVM.
# IRON_KEPT=FOLDER: disks, key and kernels are kept there, and taken from there.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
# shellcheck source=tests/show/iron_lib.sh
. "$(dirname "$0")/iron_lib.sh"

own=6.1.0-47-cloud-amd64 good=6.1.0-48-cloud-amd64
own_id=11111111-1111-4111-8111-111111111111 image_id=22222222-2222-4222-8222-222222222222 next_id=33333333-3333-4333-8333-333333333333
kept=${IRON_KEPT:-$STORY}
port=$((20000 + RANDOM % 20000))
mkdir -p "$STORY/iron" "$kept" "$MARVIN_CONFIG/distros.d"
if [ ! -e "$kept/next.raw.zst" ] || [ ! -e "$kept/rescue/initrd" ]; then
    iron_root "$STORY/root" "$own" "$kept/key"
    touch "$STORY/root/boot/grub/grub.cfg.real"
    iron_disk "$STORY/root" "$kept/own.disk" "$own" "$own_id"
    iron_disk "$STORY/root" "$kept/image.raw" "$own" "$image_id"
    iron_disk "$STORY/root" "$kept/next.raw" "$own" "$next_id"
    zstd -q -f -T1 --rm "$kept/image.raw" "$kept/next.raw"
    iron_rescue "$STORY/root" "$own" "$kept/rescue" "$kept/key"
    rm -rf "$STORY/root"
    said "three disks and a rescue system are made"
fi
[ -e "$kept/good/kernel.txt" ] || iron_kernel "$good" "$kept/good"
cp --sparse=always "$kept/own.disk" "$STORY/iron/own"
truncate -s 1600M "$STORY/iron/empty"
truncate -s 64M "$STORY/iron/small"
# An old partition table's copy at its end, which must go.
printf 'EFI PART' | dd of="$STORY/iron/empty" bs=1 seek=$((1600 * 1048576 - 512)) conv=notrunc status=none
# Firmware tries the empty one first. The kernel names them in the order of the machine's slots, which is this one too.
iron_switch "$STORY/iron" "$port" "$STORY/iron/empty" "$STORY/iron/own" "$STORY/iron/small"
iron_machine() { # iron_machine DEPLOY
    printf '[machine iron]\ntransport = ssh root@127.0.0.1 -p %s -i %s -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o LogLevel=ERROR\npower = command %s\nconsole = command socat STDIO UNIX-CONNECT:%s\ndeploy = %s\nboot-deadline = 20m\n' \
        "$port" "$kept/key" "$STORY/iron/power" "$STORY/iron/tty" "$1" >"$MARVIN_CONFIG/machines.d/iron.ini"
}
asked() { marvin-inventory exec iron -- "$@"; }
step() { # step STATUS WHAT ARGUMENTS..
    local wanted=$1 what=$2 status=0
    shift 2
    marvin-inventory deploy iron "$@" --keep "$STORY/console.log" >"$STORY/out" 2>"$STORY/err" || status=$?
    said "$what: status $status: $(cat "$STORY/out" "$STORY/err")"
    [ "$status" = "$wanted" ] || { tail -n 30 "$STORY/iron/console" >&2; fail "$what ended with $status, not $wanted"; }
}
until_up() {
    local end=$((SECONDS + 1200))
    until timeout 60 marvin-inventory exec iron -- true 2>/dev/null; do
        [ $SECONDS -lt $end ] || { tail -n 30 "$STORY/iron/console" >&2; fail "the machine does not come up"; }
        sleep 1
    done
}
root_id() { asked sh -c "tune2fs -l \$(findmnt -no SOURCE /) | sed -n 's/^Filesystem UUID: *//p'"; }
printf '[marvin]\nlease = 1h\nguard = 30s\n' >"$MARVIN_CONFIG/marvin.ini"
printf '[distro os]\nimage = %s\n' "$kept/image.raw.zst" >"$MARVIN_CONFIG/distros.d/os.ini"

iron_machine "image /dev/vdb via=kexec"
marvin-inventory power iron on >/dev/null
until_up
expect "the system before" "$own_id" "$(root_id)"
own_sum() { asked sh -c 'sha256sum </boot/grub/grub.cfg'; }
before=$(own_sum)
step 5 "the disk of the running system" --image os
expect_says '/dev/vdb is in use \(.*vdb1 is mounted at /.*\), and is not written to' "$STORY/err"
iron_machine "image /dev/vdb1 via=kexec"
step 5 "a partition" --image os
expect_says 'is a partition there' "$STORY/err"
iron_machine "image /dev/vdc via=kexec"
step 5 "a disk that is too small" --image os
expect_says '/dev/vdc holds 67108864 bytes, and the image of os is one of 1610612736' "$STORY/err"
expect "nothing was touched" "$before" "$(own_sum)"
iron_machine "image /dev/vda via=kexec"
marvin-inventory check iron >"$STORY/check" || true
grep deploy "$STORY/check"
expect_says '^ok +iron: deploy +image: /dev/vda, .*, not in use; kexec' "$STORY/check"

step 0 "an image onto the empty disk" --image os
expect "the system after" "$image_id" "$(root_id)"
said "it runs from the file system $(root_id)"
expect "what is on that disk as the computer that keeps it sees it" "EFI PART is gone" "EFI PART is $(tail -c 512 "$STORY/iron/empty" | grep -c 'EFI PART' | sed 's/^0$/gone/')"
step 0 "the same again" --image os
expect "it was switched on" 2 "$(grep -c '^on' "$STORY/iron/log")"
step 0 "a kernel, in the image" "$kept/good" --image os
expect "the kernel that runs" "$good $image_id" "$(asked uname -r) $(root_id)"

# Its only disk: through a rescue system.
printf '[distro next]\nimage = %s\n' "$kept/next.raw.zst" >"$MARVIN_CONFIG/distros.d/next.ini"
iron_machine "image /dev/vda via=kexec rescue=$kept/rescue"
step 0 "another image onto the disk that it runs from" --image next
expect "the system after" "$next_id" "$(root_id)"
expect "the disk that it runs from" /dev/vda1 "$(asked findmnt -no SOURCE /)"
marvin-inventory power iron off >/dev/null

# Of a virtual machine it is what lies below the overlay: the file system within that image, as the site made it.
mkdir -p "$MARVIN_HOME/vm"
install -m 600 "$kept/key" "$MARVIN_HOME/vm/key"
cp "$kept/key.pub" "$MARVIN_HOME/vm/key.pub"
zstd -dcq "$kept/image.raw.zst" | tail -c +1048577 | zstd -q -T1 >"$STORY/part.zst"
printf '[distro flat]\nimage = %s\n' "$STORY/part.zst" >"$MARVIN_CONFIG/distros.d/flat.ini"
printf '[machine vm0]\ndriver = qemu\naccel = icount\nmemory = 768M\ndistro = flat\nboot-deadline = 20m\n' >"$MARVIN_CONFIG/machines.d/vm0.ini"
marvin-inventory deploy vm0 "$kept/good"
expect "kernel and root of the virtual machine" "$good /dev/vda $image_id" "$(marvin-inventory exec vm0 -- uname -r) $(marvin-inventory exec vm0 -- findmnt -no SOURCE,UUID /)"
said "a virtual machine runs from the same system"
marvin-inventory power vm0 off >/dev/null
sql "SELECT count(*) || ' machines quarantined by this' FROM machine WHERE state <> 'ok'"
echo ok
