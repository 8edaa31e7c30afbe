#!/bin/sh
# The first program in a virtual machine: /init of the initramfs, run by busybox. Loads the modules
# that the kernel needs for its disk and network, sets the network up as QEMU's user network has
# it, and hands over to the system on the disk. Its own words on the console begin with "marvin:".
B=/bin/busybox
say() { echo "marvin: $*" >/dev/console; }

$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
while read -r module; do
    $B insmod "/modules/$module" || say "cannot load $module"
done </modules/list

# marvin.probe=SECONDS: no system; work for so long, say so, and end.
read -r words </proc/cmdline
for word in $words; do
    case $word in marvin.probe=*)
        end=$(($($B date +%s) + ${word#marvin.probe=}))
        while [ "$($B date +%s)" -lt "$end" ]; do
            $B dd if=/dev/zero of=/work bs=64k count=16 2>/dev/null
            $B sha1sum /work >/dev/null
        done
        say probe passed
        $B poweroff -f
        ;;
    esac
done

wait_for() { # FILE
    tries=0
    while [ ! -e "$1" ] && [ $tries -lt 100 ]; do
        tries=$((tries + 1))
        $B sleep 0.1
    done
}
wait_for /dev/vda
$B mount -t ext4 -o noatime /dev/vda /root || say "no root file system"
wait_for /sys/class/net/eth0
$B ip link set lo up
$B ip addr add 10.0.2.15/24 dev eth0
$B ip link set eth0 up && $B ip route add default via 10.0.2.2
[ -e /sys/class/net/eth0 ] || say "no network device"
release=$($B uname -r)
if [ -e /dev/vdb ]; then
    $B mkdir -p "/root/lib/modules/$release"
    $B mount -t ext4 -o ro,noload /dev/vdb "/root/lib/modules/$release" ||
        say "no modules on the second disk"
fi
for folder in proc sys dev; do
    $B mount --move /$folder /root/$folder
done
# An image that the site made may have an init of its own only.
[ -x /root/sbin/marvin-init ] || exec $B switch_root /root /sbin/init
exec $B switch_root /root /sbin/marvin-init
