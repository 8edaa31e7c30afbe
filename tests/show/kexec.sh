#!/bin/bash
# Claim: deploy = kexec brings a kernel onto a machine over ssh and proves that it runs by the same check as the
# other drivers (uname -r, uname -v, build id); a machine that comes back in a kernel that was not asked for is told
# `wrong kernel`; and after a power cycle it is in its own. The machine is virtual: a Debian on a disk that GRUB
# starts, a real sshd, the real kexec. Needs Debian's package archive in reach, root (to make the disk), socat, 3 GB;
# five minutes on two busy cores without KVM.
# IRON_KEPT=FOLDER: disk, key and kernels are kept there, and taken from there.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
# shellcheck source=tests/show/iron_lib.sh
. "$(dirname "$0")/iron_lib.sh"

own=6.1.0-47-cloud-amd64 good=6.1.0-48-cloud-amd64
kept=${IRON_KEPT:-$STORY}
port=$((20000 + RANDOM % 20000))
mkdir -p "$STORY/iron" "$kept"
if [ ! -e "$kept/own.disk" ]; then
    iron_root "$STORY/root" "$own" "$kept/key"
    touch "$STORY/root/boot/grub/grub.cfg.real"
    iron_disk "$STORY/root" "$kept/own.disk" "$own" 11111111-1111-4111-8111-111111111111
    rm -rf "$STORY/root"
    said "the disk is made: $(du -h "$kept/own.disk" | cut -f1)"
fi
[ -e "$kept/good/kernel.txt" ] || iron_kernel "$good" "$kept/good"
cp -r "$kept/good" "$STORY/asked"
cp --sparse=always "$kept/own.disk" "$STORY/iron/disk"
id=$(image_build_id "$STORY/asked/boot/vmlinuz-$good")
echo "build-id: $id" >>"$STORY/asked/kernel.txt"
said "to be started: $good, build id $id (read from its file)"

iron_switch "$STORY/iron" "$port" "$STORY/iron/disk"
iron_machine() { # iron_machine DEPLOY
    printf '[machine iron]\ntransport = ssh root@127.0.0.1 -p %s -i %s -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o LogLevel=ERROR\npower = command %s\nconsole = command socat STDIO UNIX-CONNECT:%s\ndeploy = %s\nboot-deadline = 20m\n' \
        "$port" "$kept/key" "$STORY/iron/power" "$STORY/iron/tty" "$1" >"$MARVIN_CONFIG/machines.d/iron.ini"
}
asked() { marvin-inventory exec iron -- "$@"; }
step() { # step STATUS WHAT FOLDER
    local status=0
    marvin-inventory deploy iron "$3" --keep "$STORY/console.log" >"$STORY/out" 2>"$STORY/err" || status=$?
    said "$2: status $status: $(cat "$STORY/out" "$STORY/err")"
    [ "$status" = "$1" ] || { tail -n 30 "$STORY/iron/console" >&2; fail "deploying $2 ended with $status, not $1"; }
}
back() { [ "$(timeout 60 marvin-inventory exec iron -- uname -r 2>/dev/null)" = "$own" ]; }
until_back() {
    local end=$((SECONDS + 1200))
    until back; do
        [ $SECONDS -lt $end ] || { tail -n 30 "$STORY/iron/console" >&2; fail "the machine is not in its own kernel"; }
        sleep 1
    done
}
printf '[marvin]\nlease = 1h\nguard = 30s\n' >"$MARVIN_CONFIG/marvin.ini"
iron_machine kexec
marvin-inventory power iron on >/dev/null
until_back
said "before: $(asked uname -r), boot $(asked cat /proc/sys/kernel/random/boot_id)"
marvin-inventory check iron >"$STORY/check" || said "check ends with 1: the clock of a guest that counts instructions, or a small disk"
sed "s/^/    /" "$STORY/check"
expect_says '^ok +iron: deploy +kexec' "$STORY/check"

step 0 "kexec" "$STORY/asked"
expect "the kernel that runs" "$good" "$(asked uname -r)"
expect "its version" "$(sed -n 's/^version: //p' "$STORY/asked/kernel.txt")" "$(asked uname -v)"
expect "its build id" "$id" "$(asked od -An -v -tx1 /sys/kernel/notes | tr -d ' \n' | sed 's/.*040000001400000003000000474e5500\(.\{40\}\).*/\1/')"
said "after: $(asked uname -r), boot $(asked cat /proc/sys/kernel/random/boot_id)"
expect "power was not touched since" "on" "$(xargs <"$STORY/iron/log")"

# The same kernel, and an artifact that says it is another build.
cp -r "$STORY/asked" "$STORY/other"
sed -i "s/^build-id: .*/build-id: $(printf 'ab%.0s' $(seq 20))/" "$STORY/other/kernel.txt"
step 1 "another build id" "$STORY/other"
expect_says 'wrong kernel: .*another build of .*build id' "$STORY/err"

# A way of deploying that says it did, and did not: the machine comes back in its own kernel.
iron_machine "command true"
step 1 "a deploy command that lies" "$STORY/asked"
expect_says "wrong kernel: it runs $own, and $good was deployed" "$STORY/err"
until_back
said "after a power cycle: $(asked uname -r)"
sql "SELECT count(*) || ' machines quarantined by this' FROM machine WHERE state <> 'ok'"
echo ok
