#!/bin/sh
# /sbin/marvin-init of the distribution image: process 1. No service manager, so that nothing runs
# beside a benchmark and a boot takes seconds; the rest is the distribution's own.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
hostname vm
[ ! -x /etc/marvin-start ] || /etc/marvin-start
# Whoever types on the console learns whether processes run: a kernel alone would only echo.
while :; do
    if read -r _; then echo "marvin: alive"; else sleep 1; fi
done </dev/console >/dev/console 2>&1 &
echo "marvin: the system is up" >/dev/console
while :; do
    dropbear -F -E -s -j -k </dev/null >/dev/console 2>&1
    sleep 1
done
