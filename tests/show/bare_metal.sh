#!/bin/bash
# Claim: a machine on a rack goes through a bad kernel and back. Its power is IPMI (ipmi_sim, ipmitool), its
# console a ConMan server's, its kernels are installed over ssh and booted once by GRUB; it is a virtual
# machine with a disk of its own, so that firmware, GRUB and the panic are real. Needs Debian's package
# archive in reach, root (to make the disk), 3 GB; ten minutes on two idle cores without KVM (a loaded one: never,
# since a guest whose clock ticks faster than it can serve them stands still).
# BARE_METAL_DISK=FILE keeps the disk there, and uses one that lies there.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/../story/rack_lib.sh"
# shellcheck source=tests/show/iron_lib.sh
. "$(dirname "$0")/iron_lib.sh"

rack_needs ipmi_sim ipmitool conmand conman qemu-system-x86_64 grub-mkimage mmdebstrap mke2fs socat
read -r ipmi_port conman_port ssh_port <<<"$(free_ports 3)"
own=6.1.0-47-cloud-amd64 good=6.1.0-48-cloud-amd64 bad=6.12.117+deb12-cloud-amd64
disk=${BARE_METAL_DISK:-$STORY/disk}
mkdir "$STORY/iron"
if [ ! -e "$disk" ]; then
    iron_root "$STORY/root" "$own" "$STORY/key"
    iron_disk "$STORY/root" "$disk" "$own" 11111111-1111-4111-8111-111111111111
    rm -rf "$STORY/root"
    [ -z "${BARE_METAL_DISK:-}" ] || cp "$STORY/key" "$disk.key"
    said "the disk is made: $(du -h "$disk" | cut -f1)"
else
    install -m 600 "$disk.key" "$STORY/key"
fi
cp --sparse=always "$disk" "$STORY/iron/disk"
iron_kernel "$good" "$STORY/good"
iron_kernel "$bad" "$STORY/bad"
# Without its modules it has no driver of its disk: it panics as it looks for its root.
rm -rf "$STORY/bad/lib"
sed -i '/^modules/d' "$STORY/bad/kernel.txt"

# What ipmi_sim runs to switch: QEMU is the machine.
cat >"$STORY/iron/chassis" <<SH
#!/bin/sh
d=$STORY/iron
alive() { [ -s \$d/pid ] && kill -0 "\$(cat \$d/pid)" 2>/dev/null; }
start() {
    alive || qemu-system-x86_64 -M q35 -accel tcg -m 768 -nodefaults -display none -daemonize -pidfile \$d/pid \\
        -chardev socket,id=s,path=\$d/tty,server=on,wait=off -serial chardev:s -qmp unix:\$d/qmp,server=on,wait=off \\
        -drive file=\$d/disk,format=raw,if=none,id=d -device virtio-blk-pci,drive=d,ioeventfd=off \\
        -device virtio-net-pci,netdev=n \\
        -netdev user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:$ssh_port-:22 >>\$d/qemu.log 2>&1 </dev/null
}
qmp() { printf '{"execute":"qmp_capabilities"}{"execute":"%s"}' "\$1" | socat -t 2 - UNIX-CONNECT:\$d/qmp >/dev/null 2>&1; }
stop() { alive && kill "\$(cat \$d/pid)"; while alive; do sleep 0.1; done; rm -f \$d/pid; }
echo "\$@" >>\$d/log
shift
while [ \$# -gt 0 ]; do
    case "\$1 \$2" in
    "get power") alive && echo power:1 || echo power:0; shift 2 ;;
    "get boot") echo boot:default; shift 2 ;;
    "set power") [ "\$3" = 1 ] && start || stop; shift 3 ;;
    "set reset") qmp system_reset; shift 3 ;;
    set*) shift 3 ;;
    *) shift 2 ;;
    esac
done
exit 0
SH
chmod +x "$STORY/iron/chassis"
iron_end() {
    local status=$?
    [ ! -s "$STORY/iron/pid" ] || kill "$(cat "$STORY/iron/pid")" 2>/dev/null || true
    rack_end "$status"
}
trap iron_end EXIT
ipmi_start "$STORY/iron" "$ipmi_port" "  chassis_control \"$STORY/iron/chassis 0x20\""
cat >"$STORY/iron/conman.conf" <<CONF
server port=$conman_port
server loopback=on
server pidfile="$STORY/iron/conman.pid"
server logdir="$STORY/iron"
console name="iron" dev="unix:$STORY/iron/tty" log="conman.log"
CONF
rack_start "$STORY/iron/conman.out" conmand -F -c "$STORY/iron/conman.conf"
printf '[marvin]\nlease = 1h\nguard = 30s\n' >"$MARVIN_CONFIG/marvin.ini"
cat >"$MARVIN_CONFIG/machines.d/iron.ini" <<INI
[machine iron]
transport = ssh root@127.0.0.1 -p $ssh_port -i $STORY/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o LogLevel=ERROR
power = ipmi 127.0.0.1 port=$ipmi_port user=admin password-file=$STORY/iron/password
console = conman iron server=127.0.0.1:$conman_port
deploy = grub-once
boot-deadline = 20m
INI
until_true 30 marvin-inventory power iron status || fail "ipmi_sim: $(cat "$STORY/iron/sim.log")"
runs() { marvin-inventory exec iron -- uname -r; }
step() { # step STATUS KERNEL FOLDER
    local status=0
    marvin-inventory deploy iron "$3" --keep "$STORY/$2.log" >"$STORY/out" 2>"$STORY/err" || status=$?
    said "$2: $(cat "$STORY/out" "$STORY/err")"
    [ "$status" = "$1" ] || { tail -n 30 "$STORY/iron/conman.log" >&2; fail "deploying $2 ended with $status, not $1"; }
}
step 0 "$good" "$STORY/good"
expect "the kernel that runs" "$good" "$(runs)"
step 1 "$bad" "$STORY/bad"
expect_says 'kernel panic: .*Unable to mount root' "$STORY/err"
expect_says "Linux version ${bad/+/[+]}" "$STORY/$bad.log"
# It restarts by itself, into its own.
back() { [ "$(timeout 60 marvin-inventory exec iron -- uname -r 2>/dev/null)" = "$own" ]; }
until_true 900 back || { tail -n 30 "$STORY/iron/conman.log" >&2; fail "the machine did not come back"; }
said "back in its own: $(runs)"
marvin-inventory power iron cycle >/dev/null
until_true 900 back || fail "the machine did not come back from a power cycle"
said "after a power cycle: $(runs)"
step 0 "$good" "$STORY/good"
said "the good one again: $(runs)"
expect "what the bad one left" "" "$(marvin-inventory exec iron -- sh -c "ls /boot | grep -F $bad; true")"
grep -c 'set power\|set reset' "$STORY/iron/log" | sed 's/^/power actions by IPMI: /'
sql "SELECT count(*) || ' machines quarantined by a bad kernel' FROM machine WHERE state <> 'ok'"
echo ok
