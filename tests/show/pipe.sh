#!/bin/bash
# Three kernels of one tree in a virtual machine whose time counts instructions: v6.1.N, the same with
# a change that does nothing, and the same with pipe writes a few loop turns slower; five boots of
# each, interleaved. The slow one must be `regressed` on exactly the metrics that use pipes, and the
# other `regressed` or `improved` nowhere. Builds three kernels: long.
#
#   MARVIN_BIN=BUILD/bin pipe.sh LINUX.git [CACHE]   what tests/show/linuxtree.sh has made; a build cache
#
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
# shellcheck source=tests/story/vm_lib.sh
. "$(dirname "$0")/../story/vm_lib.sh"
source=${1:?the tree that linuxtree.sh made}
here=$(cd "$(dirname "$0")" && pwd)
[ -z "${2:-}" ] || { mkdir -p "$MARVIN_HOME" && ln -s "$2" "$MARVIN_HOME/cache"; }

# The three as releases of a tree of their own, by name.
git clone -q --bare --shared "$source" "$STORY/linux.git"
base=$(git -C "$STORY/linux.git" rev-parse slow-pipe~1)
git -C "$STORY/linux.git" tag pipe-1-base "$base"
git -C "$STORY/linux.git" tag pipe-2-no-op no-op
git -C "$STORY/linux.git" tag pipe-3-slow slow-pipe
cp "$here/virtual.config" "$MARVIN_CONFIG/virtual.config"
cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = $STORY/linux.git
kind = kernel
config = tinyconfig
fragments = virtual.config
releases = pipe-*
machines = vm0
plans = kernel
baseline = first
INI
vm_machine vm0
vm_plan kernel 'syscall/calls=1M pipe/transfers=20K pipe-write/writes=100K sched-yield/yields=100K futex/transfers=20K process/processes=150 page-fault/pages=32K malloc memory-bandwidth/size=1M/passes=2' 5 3

# What bob would fetch, borrowed: half a gigabyte.
mkdir -p "$MARVIN_HOME/trees" && git clone -q --mirror --shared "$STORY/linux.git" "$MARVIN_HOME/trees/linux.git"
time bob --once
time marvin run vm0 --once
for release in pipe-2-no-op pipe-3-slow; do
    status=0
    marvin-report compare linux:pipe-1-base "linux:$release" || status=$?
    marvin-report compare linux:pipe-1-base "linux:$release" --format json >"$STORY/$release.json" || true
done
python3 - "$STORY" <<'PY'
import json, sys
rows = {r: json.load(open(f"{sys.argv[1]}/{r}.json"))["rows"] for r in ("pipe-2-no-op", "pipe-3-slow")}
found = {r: sorted(f'{x["benchmark"].split("/")[0]}:{x["metric"]}' for x in rows[r] if x["state"] in ("regressed", "improved", "mixed")) for r in rows}
print("no-op:", found["pipe-2-no-op"] or "nothing found")
print("slow: ", found["pipe-3-slow"])
wanted = ["pipe-write:write-read", "pipe:round-trip"]
sys.exit(found["pipe-2-no-op"] != [] or found["pipe-3-slow"] != wanted)
PY
echo "as it must be"
