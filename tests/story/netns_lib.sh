# Sourced by stories of several systems: each is a network namespace with a cable to the one in the
# middle, "hub". Needs root or sudo without a password; else the story is skipped by name.
# shellcheck shell=bash
if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then
        exec sudo -n env MARVIN_BIN="$MARVIN_BIN" MARVIN_SOURCE_DIR="${MARVIN_SOURCE_DIR:-}" ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
            KEEP="${KEEP:-}" PATH="$PATH" bash "$0" "$@"
    fi
    echo "SKIP: network namespaces need root, and there is no sudo without a password" >&2
    exit 77
fi
# shellcheck source=tests/story/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

NET=mv$$
NAMES=()
PIDS=()
net_end() {
    local status=${1:-$?} name pid
    for pid in "${PIDS[@]}"; do kill -CONT "$pid" 2>/dev/null || true; kill -KILL "$pid" 2>/dev/null || true; done
    for name in "${NAMES[@]}"; do
        ip netns pids "$NET-$name" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
        ip netns del "$NET-$name" 2>/dev/null || true
    done
    story_end "$status"
}
trap net_end EXIT

# net_make NAME..: the hub at 10.213.0.1, and a namespace for each name at 10.213.N.2, N from 1; the hub
# has 10.213.N.1 on that cable.
net_make() {
    local n=0 name
    ip netns add "$NET-hub" 2>/dev/null || { echo "SKIP: this computer has no network namespaces" >&2 && exit 77; }
    NAMES+=(hub)
    ip -n "$NET-hub" link set lo up
    ip -n "$NET-hub" addr add 10.213.0.1/32 dev lo
    for name in "$@"; do
        n=$((n + 1))
        ip netns add "$NET-$name"
        NAMES+=("$name")
        ip -n "$NET-hub" link add "to-$name" type veth peer name to-hub netns "$NET-$name"
        ip -n "$NET-hub" addr add "10.213.$n.1/30" dev "to-$name"
        ip -n "$NET-hub" link set "to-$name" up
        ip -n "$NET-$name" addr add "10.213.$n.2/30" dev to-hub
        ip -n "$NET-$name" link set lo up
        ip -n "$NET-$name" link set to-hub up
        ip -n "$NET-$name" route add default via "10.213.$n.1"
    done
}

# on NAME COMMAND..: there
on() { local name=$1 && shift && ip netns exec "$NET-$name" "$@"; }

# until_true COMMAND..: for at most 60 s
until_true() { for _ in $(seq 600); do "$@" && return; sleep 0.1; done; fail "never came true: $*"; }
