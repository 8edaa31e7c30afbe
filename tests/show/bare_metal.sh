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

rack_needs ipmi_sim ipmitool conmand conman qemu-system-x86_64 grub-mkimage mmdebstrap mke2fs socat
read -r ipmi_port conman_port ssh_port <<<"$(free_ports 3)"
own=6.1.0-47-cloud-amd64 good=6.1.0-48-cloud-amd64 bad=6.12.117+deb12-cloud-amd64
disk=${BARE_METAL_DISK:-$STORY/disk}
mkdir "$STORY/iron"
said() { echo "$((SECONDS / 60))m$((SECONDS % 60))s $*"; }

# The disk: Debian 12 with its kernel, GRUB in its first sectors, an init that serves ssh.
make_disk() {
    local root=$STORY/root
    mmdebstrap --mode=root --variant=minbase --quiet --include="openssh-server,linux-image-$own,grub-pc-bin,grub2-common,initramfs-tools,kmod,udev,iproute2,kexec-tools" bookworm "$root"
    mkdir -m 700 "$root/root/.ssh"
    mkdir -p "$root/boot/grub"
    cat "$STORY/key.pub" >"$root/root/.ssh/authorized_keys"
    echo '/dev/vda1 / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"
    cat >"$root/usr/sbin/init" <<'SH'
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/pts; mount -t devpts pts /dev/pts; mount -t tmpfs run /run; mkdir -p /run/sshd
mount -o remount,rw /
modprobe virtio_net; ip link set lo up; ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0
[ -e /boot/grub/grub.cfg.real ] || { update-grub && mv /boot/grub/grub.cfg /boot/grub/grub.cfg.real && cp /boot/grub/grub.cfg.real /boot/grub/grub.cfg && sync; }
/usr/sbin/sshd
echo "iron login: "
while :; do sleep 1000; done
SH
    printf '#!/bin/sh\nsync\necho b >/proc/sysrq-trigger\n' >"$root/usr/sbin/reboot"
    chmod +x "$root/usr/sbin/init" "$root/usr/sbin/reboot"
    printf 'MODULES=list\nCOMPRESS=gzip\nBUSYBOX=n\nFSTYPE=ext4\n' >"$root/etc/initramfs-tools/conf.d/small"
    printf 'virtio_pci\nvirtio_blk\next4\n' >"$root/etc/initramfs-tools/modules"
    printf 'GRUB_DEFAULT=0\nGRUB_TIMEOUT=1\nGRUB_RECORDFAIL_TIMEOUT=1\nGRUB_CMDLINE_LINUX="console=ttyS0 panic=10 net.ifnames=0"\nGRUB_CMDLINE_LINUX_DEFAULT=\nGRUB_TERMINAL=serial\nGRUB_DISABLE_OS_PROBER=true\n' >"$root/etc/default/grub"
    cp -r /usr/lib/grub/i386-pc "$root/boot/grub/"
    chroot "$root" update-initramfs -u >/dev/null
    printf 'serial\nterminal_output serial\nlinux /boot/vmlinuz-%s root=/dev/vda1 console=ttyS0 net.ifnames=0\ninitrd /boot/initrd.img-%s\nboot\n' "$own" "$own" >"$root/boot/grub/grub.cfg"
    truncate -s 1534M "$STORY/part"
    mke2fs -q -F -t ext4 -d "$root" "$STORY/part"
    grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o "$STORY/core.img" biosdisk part_msdos ext2 normal
    truncate -s 1536M "$disk"
    dd if="$STORY/part" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
    python3 - "$disk" "$STORY/core.img" /usr/lib/grub/i386-pc/boot.img <<'PY'
import os, struct, sys
disk, core, boot = sys.argv[1:]
size = os.path.getsize(disk) // 512 - 2048
entry = struct.pack("<B3sB3sII", 0x80, bytes(3), 0x83, bytes(3), 2048, size)
with open(disk, "r+b") as d:
    d.write(open(boot, "rb").read()[:440] + bytes(6) + entry + bytes(48) + b"\x55\xaa")
    d.write(open(core, "rb").read())
PY
    rm -rf "$root" "$STORY/part"
}

# image_version FILE: what uname -v of this kernel says, from its boot header
image_version() {
    python3 - "$1" <<'PY'
import struct, sys
image = open(sys.argv[1], "rb").read(1 << 16)
at = struct.unpack_from("<H", image, 0x20E)[0] + 0x200
print(image[at:image.index(b"\0", at)].decode().split(") ", 1)[1])
PY
}

# kernel VERSION FOLDER: an artifact of Debian's package of that version
kernel() {
    mkdir -p "$2/deb"
    (cd "$2/deb" && apt-get -qq download "linux-image-$1" 2>/dev/null && dpkg-deb -x ./*.deb "$2")
    rm -rf "${2:?}/deb" "${2:?}/usr"
    cat >"$2/kernel.txt" <<TXT
release: $1
version: $(image_version "$2/boot/vmlinuz-$1")
image: boot/vmlinuz-$1
config: boot/config-$1
modules: lib/modules/$1
TXT
}

if [ ! -e "$disk" ]; then
    ssh-keygen -q -t ed25519 -N '' -f "$STORY/key"
    make_disk
    [ -z "${BARE_METAL_DISK:-}" ] || cp "$STORY/key" "$disk.key"
    said "the disk is made: $(du -h "$disk" | cut -f1)"
else
    install -m 600 "$disk.key" "$STORY/key"
fi
cp --sparse=always "$disk" "$STORY/iron/disk"
kernel "$good" "$STORY/good"
kernel "$bad" "$STORY/bad"
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
expect_says "Linux version $bad" "$STORY/$bad.log"
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
