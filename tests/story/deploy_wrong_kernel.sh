#!/bin/bash
# A way of deploying that says it did, over a real sshd: the machine answers, and runs another kernel than
# the one that was asked for. "It came back" is not "it runs the kernel": the finding is `wrong kernel`.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/rack_lib.sh"
# shellcheck source=tests/story/sshd_lib.sh
. "$(dirname "$0")/sshd_lib.sh"

sshd_start
mkdir "$STORY/power"
deploys() { # deploys DEPLOY: the machine's way of deploying
    printf '[machine there]\ntransport = ssh %s\npower = fake %s\ndeploy = %s\nboot-deadline = 30s\n' \
        "$SSHD_WORDS" "$STORY/power" "$1" >"$MARVIN_CONFIG/machines.d/there.ini"
}

# kernel FOLDER RELEASE VERSION [BUILD-ID]: an artifact that says so of itself
kernel() {
    mkdir -p "$STORY/$1/boot"
    echo image >"$STORY/$1/boot/vmlinuz"
    printf 'release: %s\nversion: %s\nimage: boot/vmlinuz\n' "$2" "$3" >"$STORY/$1/kernel.txt"
    [ -z "${4:-}" ] || echo "build-id: $4" >>"$STORY/$1/kernel.txt"
}
kernel same "$(uname -r)" "$(uname -v)"
kernel release 6.1.0-48-wanted "#1 SMP"
kernel version "$(uname -r)" "#1 SMP another day"
kernel id "$(uname -r)" "$(uname -v)" "$(printf 'ab%.0s' $(seq 20))"

deploys 'command true'
inventory 0 deploy there "$STORY/same"
expect_says "^there runs $(uname -r)\$" "$STORY/out"
inventory 1 deploy there "$STORY/release"
expect_says "wrong kernel: it runs $(uname -r), and 6.1.0-48-wanted was deployed" "$STORY/err"
inventory 1 deploy there "$STORY/version"
expect_says 'wrong kernel: it runs another build of .*and "#1 SMP another day" was deployed' "$STORY/err"
if [ -r /sys/kernel/notes ] && [ -s /sys/kernel/notes ]; then
    inventory 1 deploy there "$STORY/id"
    expect_says 'wrong kernel: it runs another build of .*: build id [0-9a-f]*, and (ab){20} was deployed' "$STORY/err"
fi

echo "a console that is kept in one file: what an earlier kernel died of is no finding about this one"
mkdir "$STORY/console"
deploys 'command true'
echo "console = fake $STORY/console" >>"$MARVIN_CONFIG/machines.d/there.ini"
kept=$STORY/kept.log
echo "2026-11-21T07:15:02.123Z [    1.000000] Kernel panic - not syncing: VFS: Unable to mount root fs" >"$kept"
mkfifo -m 600 "$STORY/console/console"
exec 8<>"$STORY/console/console"
echo "[    0.000000] Linux version 6.1.0-48-wanted (a@b) #1 SMP" >&8
inventory 1 deploy there "$STORY/release" --keep "$kept"
expect_says "wrong kernel: it runs $(uname -r), and 6.1.0-48-wanted was deployed" "$STORY/err"
expect "the console is kept behind it" 2 "$(grep -c 'Kernel panic\|Linux version' "$kept")"
! grep -q panic "$STORY/err" || fail "it is told of another boot's panic: $(cat "$STORY/err")"
exec 8>&-
deploys 'command true'

expect "it condemns no machine" "ok" "$(sql "SELECT state FROM machine WHERE name = 'there'")"

echo "what check says of the ways of deploying"
inventory 0 check there
expect_says '^ok +there: deploy +command: /.*/true' "$STORY/out"
deploys "command $STORY/nosuch"
inventory 1 check there
expect_says '^mend +there: deploy .*nosuch is no program here' "$STORY/out"
expect_says '-> put it there and make it executable, or mend .*there.ini:4' "$STORY/out"
if ! command -v kexec >/dev/null; then
    deploys kexec
    inventory 1 check there
    expect_says '^mend +there: deploy +kexec: kexec is not installed there' "$STORY/out"
    expect_says 'apt-get install kexec-tools' "$STORY/out"
fi

echo "GRUB's custom.cfg of an administrator is not overwritten"
mkdir -p "$STORY/boot/grub" "$STORY/sbin" "$STORY/wrapped"
echo 'next_entry custom.cfg' >"$STORY/boot/grub/grub.cfg"
echo "menuentry 'rescue' {}" >"$STORY/boot/grub/custom.cfg"
for program in grub-reboot grub-editenv grub-mkrelpath grub-probe; do
    printf '#!/bin/sh\necho ext2\n' >"$STORY/sbin/$program"
    chmod +x "$STORY/sbin/$program"
done
if unshare -m mount --bind "$STORY/boot" /boot 2>/dev/null; then
    kill "$(cat "$STORY/ssh/pid")"
    while kill -0 "$(cat "$STORY/ssh/pid" 2>/dev/null)" 2>/dev/null; do :; done
    rack_start "$STORY/ssh/again" unshare -m sh -c "mount --bind '$STORY/boot' /boot && mount --bind '$STORY/sbin' /usr/local/sbin && exec $(command -v sshd) -D -e -f '$STORY/ssh/config'"
    until_true 30 grep -q 'Server listening' "$STORY/ssh/again"
    deploys grub-once
    inventory 1 check there
    expect_says '^mend +there: deploy .*/boot/grub/custom.cfg there is not ours, and would be overwritten' "$STORY/out"
    inventory 5 deploy there "$STORY/same"
    expect "as it was" "menuentry 'rescue' {}" "$(cat "$STORY/boot/grub/custom.cfg")"
    echo "menuentry 'marvin-once' {}" >"$STORY/boot/grub/custom.cfg"
    inventory 0 check there
else
    echo "SKIP: a mount of one's own is not allowed here (root)" >&2
fi
echo ok
