#!/bin/sh
# Finishes a distribution image: mmdebstrap runs this when all packages are there, with the root
# folder as its argument, also as an ordinary user. MARVIN_IMAGE: folder with authorized_keys and
# system.sh, and for what this makes: image (ext4), packages (name and version a line).
set -eu
root=$1
mkdir -p "$root/etc/dropbear" "$root/root/.ssh" "$root/lib/modules"
cp "$MARVIN_IMAGE/system.sh" "$root/sbin/marvin-init"
cp "$MARVIN_IMAGE/authorized_keys" "$root/root/.ssh/authorized_keys"
chmod 755 "$root/sbin/marvin-init"
chmod 700 "$root/root" "$root/root/.ssh"
chmod 600 "$root/root/.ssh/authorized_keys"
[ -e "$root/etc/dropbear/dropbear_ed25519_host_key" ] ||
    chroot "$root" dropbearkey -t ed25519 -f /etc/dropbear/dropbear_ed25519_host_key >/dev/null 2>&1
echo vm >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 vm\n' >"$root/etc/hosts"
# shellcheck disable=SC2016 # the variables are dpkg-query's own
chroot "$root" dpkg-query -W -f '${Package} ${Version}\n' >"$MARVIN_IMAGE/packages"
# Whoever needs a kernel of the distribution's own finds it here.
if ls "$root"/boot/vmlinuz-* >/dev/null 2>&1; then
    mkdir -p "$MARVIN_IMAGE/kernel/boot" "$MARVIN_IMAGE/kernel/lib"
    cp "$root"/boot/vmlinuz-* "$root"/boot/config-* "$MARVIN_IMAGE/kernel/boot/"
    cp -a "$root/lib/modules" "$MARVIN_IMAGE/kernel/lib/"
    rm -rf "${root:?}"/boot/* "${root:?}"/lib/modules/*
fi
# mmdebstrap has /proc and others mounted there: a copy leaves them out.
cp -a -x "$root" "$MARVIN_IMAGE/root"
rm -rf "$MARVIN_IMAGE/root/dev" && mkdir "$MARVIN_IMAGE/root/dev"
mkfs.ext4 -q -F -m 0 -E lazy_itable_init=0,lazy_journal_init=0 -d "$MARVIN_IMAGE/root" \
    "$MARVIN_IMAGE/image" "$MARVIN_IMAGE_SIZE"
rm -rf "$MARVIN_IMAGE/root"
