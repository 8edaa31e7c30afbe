# Sourced by stories of machines behind ssh, behind lib.sh and rack_lib.sh: a real sshd on loopback, of our
# own, with its own keys; it ends with the story.
# shellcheck shell=bash

# sshd_start: SSHD_WORDS is what follows `transport = ssh`
sshd_start() {
    local sshd port
    sshd=$(command -v sshd) || fail "sshd is not installed: see the file packages"
    port=$(free_ports 1)
    mkdir -m 700 "$STORY/ssh"
    mkdir -p /run/sshd 2>/dev/null || true
    ssh-keygen -q -t ed25519 -N '' -f "$STORY/ssh/server"
    ssh-keygen -q -t ed25519 -N '' -f "$STORY/ssh/client"
    cat >"$STORY/ssh/config" <<CONF
Port $port
ListenAddress 127.0.0.1
HostKey $STORY/ssh/server
PidFile $STORY/ssh/pid
AuthorizedKeysFile $STORY/ssh/client.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
CONF
    rack_start "$STORY/ssh/log" "$sshd" -D -e -f "$STORY/ssh/config"
    until_true 30 listens "$port" || { cat "$STORY/ssh/log" >&2 && echo "SKIP: sshd does not start here" >&2 && exit 77; }
    # shellcheck disable=SC2034 # for the story
    SSHD_WORDS="$(id -un)@127.0.0.1 -p $port -i $STORY/ssh/client -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o LogLevel=ERROR"
}
