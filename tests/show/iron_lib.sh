# Sourced by what shows a machine of a rack, behind lib.sh: a Debian on a disk with firmware's way of
# starting (GRUB in its first sectors), and QEMU behind a switch. Needs Debian's package archive in reach and root.
# shellcheck shell=bash

said() { echo "$((SECONDS / 60))m$((SECONDS % 60))s $*"; }

# iron_root FOLDER KERNEL KEY: Debian 12 with that kernel, GRUB's tools, kexec and an init that serves ssh to that key.
iron_root() {
    local root=$1
    [ -e "$3" ] || ssh-keygen -q -t ed25519 -N '' -f "$3"
    mmdebstrap --mode=root --variant=minbase --quiet --include="openssh-server,linux-image-$2,grub-pc-bin,grub2-common,initramfs-tools,kmod,udev,iproute2,kexec-tools,zstd" bookworm "$root"
    mkdir -m 700 "$root/root/.ssh"
    mkdir -p "$root/boot/grub"
    cat "$3.pub" >"$root/root/.ssh/authorized_keys"
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
}

# iron_disk ROOT DISK KERNEL UUID: a disk of 1.5 GiB that starts that kernel; its file system has that id.
iron_disk() {
    local root=$1 disk=$2
    echo "UUID=$4 / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
    printf 'serial\nterminal_output serial\nlinux /boot/vmlinuz-%s root=UUID=%s console=ttyS0 net.ifnames=0\ninitrd /boot/initrd.img-%s\nboot\n' "$3" "$4" "$3" >"$root/boot/grub/grub.cfg"
    truncate -s 1534M "$disk.part"
    mke2fs -q -F -t ext4 -U "$4" -d "$root" "$disk.part"
    grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o "$disk.core" biosdisk part_msdos ext2 normal
    rm -f "$disk"
    truncate -s 1536M "$disk"
    dd if="$disk.part" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
    python3 - "$disk" "$disk.core" /usr/lib/grub/i386-pc/boot.img <<'PY'
import os, struct, sys
disk, core, boot = sys.argv[1:]
size = os.path.getsize(disk) // 512 - 2048
entry = struct.pack("<B3sB3sII", 0x80, bytes(3), 0x83, bytes(3), 2048, size)
with open(disk, "r+b") as d:
    d.write(open(boot, "rb").read()[:440] + bytes(6) + entry + bytes(48) + b"\x55\xaa")
    d.write(open(core, "rb").read())
PY
    rm -f "$disk.part" "$disk.core"
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

# iron_kernel VERSION FOLDER: an artifact of Debian's package of that version
iron_kernel() {
    mkdir -p "$2/deb"
    (cd "$2/deb" && apt-get -qq download "linux-image-$1" 2>/dev/null && dpkg-deb -x ./*.deb "$2")
    rm -rf "${2:?}/deb" "${2:?}/usr"
    depmod -b "$2" "$1"
    cat >"$2/kernel.txt" <<TXT
release: $1
version: $(image_version "$2/boot/vmlinuz-$1")
image: boot/vmlinuz-$1
config: boot/config-$1
modules: lib/modules/$1
TXT
}

# image_build_id FILE: the GNU build id of the kernel within, as /sys/kernel/notes of a running one has it
image_build_id() {
    python3 - "$1" <<'PY'
import lzma, struct, subprocess, sys, zlib
image = open(sys.argv[1], "rb").read()
setup = image[0x1F1] or 4
at, length = struct.unpack_from("<II", image, 0x248)
data = image[(setup + 1) * 512 + at:][:length]
if data.startswith(b"\xfd7zXZ"):
    data = lzma.LZMADecompressor().decompress(data)
elif data.startswith(b"\x1f\x8b"):
    data = zlib.decompressobj(31).decompress(data)
else:
    tool = "zstd" if data.startswith(b"\x28\xb5\x2f\xfd") else "lz4"
    data = subprocess.run([tool, "-dc"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
heads, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
note = struct.pack("<III", 4, 20, 3) + b"GNU\0"
for i in range(count):
    kind, _, start, _, _, size = struct.unpack_from("<IIQQQQ", data, heads + 56 * i)
    notes = data[start:][:size]
    if kind == 4 and note in notes:
        print(notes[notes.index(note) + 16:][:20].hex())
PY
}

# iron_start FOLDER SSH_PORT DISK..: QEMU. As firmware of a server does, it starts the first disk that has a boot
# record (SeaBIOS itself looks at one disk only). Guest time counts instructions, so that a busy computer makes the
# machine slow and not late.
iron_start() {
    local folder=$1 port=$2 disk i=0 last
    # shellcheck disable=SC2054 # commas of QEMU
    local -a argv=(qemu-system-x86_64 -M q35 -accel tcg -icount shift=2 -m 768 -nodefaults -display none -daemonize
        -pidfile "$folder/pid" -chardev "socket,id=s,path=$folder/tty,server=on,wait=off,logfile=$folder/console,logappend=on" -serial chardev:s
        -device virtio-net-pci,netdev=n,romfile= -netdev "user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22")
    shift 2
    for disk in "$@"; do
        last=0
        [ "$(od -An -tx1 -j510 -N2 "$disk")" = " 55 aa" ] || last=10
        argv+=(-drive "file=$disk,format=raw,if=none,id=d$i" -device "virtio-blk-pci,drive=d$i,serial=disk$i,bootindex=$((last + i))")
        i=$((i + 1))
    done
    "${argv[@]}" >>"$folder/qemu.log" 2>&1 </dev/null
}

# iron_switch FOLDER SSH_PORT DISK..: a machine of these disks that FOLDER/power switches; its console is FOLDER/tty.
iron_switch() {
    local folder=$1
    printf '#!/bin/sh\nd=%s\n' "$folder" >"$folder/power"
    cat >>"$folder/power" <<'SH'
alive() { [ -s $d/pid ] && kill -0 "$(cat $d/pid)" 2>/dev/null; }
state() { if alive; then echo on; else echo off; fi; }
case $1 in
status) state ;;
on | off) echo "$1" >>$d/log; echo "$1" >$d/want; while [ "$(state)" != "$1" ]; do sleep 0.1; done ;;
*) exit 1 ;;
esac
SH
    chmod +x "$folder/power"
    # What a driver starts ends with it: another process throws the switch.
    while sleep 0.2; do
        case $(cat "$folder/want" 2>/dev/null) in
        on) { [ -s "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; } || iron_start "$@" || true ;;
        off) [ ! -s "$folder/pid" ] || { kill "$(cat "$folder/pid")" && rm -f "$folder/pid"; } 2>/dev/null || true ;;
        esac
    done &
    IRON_SWITCH=$! IRON=$folder
    trap iron_off EXIT
}

# iron_off: the switch and the machine are gone, however the story ends
iron_off() {
    local status=$?
    kill "$IRON_SWITCH" 2>/dev/null || true
    [ ! -s "$IRON/pid" ] || kill "$(cat "$IRON/pid")" 2>/dev/null || true
    story_end "$status"
}

# iron_rescue ROOT KERNEL FOLDER KEY: a system that lives in memory: busybox and that root's kernel, sshd and zstd
iron_rescue() {
    local root=$1 made=$3/root file
    rm -rf "$made"
    mkdir -p "$made"/{bin,sbin,usr/bin,usr/sbin,dev,proc,sys,run/sshd,etc/ssh,tmp,root/.ssh,lib64}
    cp "$root/boot/vmlinuz-$2" "$3/vmlinuz"
    echo 'console=ttyS0 net.ifnames=0 panic=10' >"$3/append"
    cp "$(command -v busybox)" "$made/bin/busybox"
    for file in /usr/sbin/sshd /usr/bin/zstd $(chroot "$root" sh -c 'ldd /usr/sbin/sshd /usr/bin/zstd' | grep -oE '/(usr/)?lib[^ ]+' | sort -u); do
        mkdir -p "$made${file%/*}"
        cp -L "$root$file" "$made$file"
    done
    (cd "$root/lib" && find "modules/$2" -name 'virtio*.ko*' -o -name '*failover.ko*' -o -name 'modules.*') >"$3/modules"
    while read -r file; do
        mkdir -p "$made/lib/${file%/*}"
        cp "$root/lib/$file" "$made/lib/$file"
    done <"$3/modules"
    rm "$3/modules"
    cp "$root"/etc/ssh/ssh_host_ed25519_key* "$made/etc/ssh/"
    cp "$4.pub" "$made/root/.ssh/authorized_keys"
    chmod 700 "$made/root" "$made/root/.ssh"
    printf 'root:x:0:0::/root:/bin/sh\nsshd:x:101:65534::/run/sshd:/bin/false\n' >"$made/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$made/etc/group"
    printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n' >"$made/etc/ssh/sshd_config"
    cat >"$made/init" <<'SH'
#!/bin/busybox sh
/bin/busybox --install -s
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/pts; mount -t devpts pts /dev/pts
exec </dev/console >/dev/console 2>&1
for m in virtio_pci virtio_blk virtio_net; do modprobe $m; done
ip link set lo up; ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0
/usr/sbin/sshd
echo "rescue login: "
while :; do sleep 1000; done
SH
    chmod +x "$made/init"
    (cd "$made" && find . | cpio -o -H newc --quiet | gzip -1) >"$3/initrd"
    rm -rf "$made"
}
