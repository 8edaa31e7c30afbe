#!/bin/bash
# Sixteen commits of a kernel tree, one of which slows getppid by looking twice: bisected with real
# builds (ccache) and boots of a virtual machine whose time counts instructions. Long: about ten
# kernels are built.
#
#   MARVIN_BIN=BUILD/bin bisect_kernel.sh LINUX.git [CACHE]     what tests/show/linuxtree.sh has made
#
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
# shellcheck source=tests/story/vm_lib.sh
. "$(dirname "$0")/../story/vm_lib.sh"
source=${1:?the tree that linuxtree.sh made}
here=$(cd "$(dirname "$0")" && pwd)
[ -z "${2:-}" ] || { mkdir -p "$MARVIN_HOME" && ln -s "$2" "$MARVIN_HOME/cache"; }

git clone -q --bare --shared "$source" "$STORY/linux.git"
git -C "$STORY/linux.git" tag sixteen-0 sixteen~16
git -C "$STORY/linux.git" tag sixteen-16 sixteen
culprit=$(git -C "$STORY/linux.git" rev-parse 'sixteen-culprit^{commit}')
cp "$here/virtual.config" "$MARVIN_CONFIG/virtual.config"
cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = $STORY/linux.git
kind = kernel
config = tinyconfig
fragments = virtual.config
releases = sixteen-0 sixteen-16
machines = vm0
INI
vm_machine vm0
# What bob would fetch, borrowed: half a gigabyte.
mkdir -p "$MARVIN_HOME/trees" && git clone -q --mirror --shared "$STORY/linux.git" "$MARVIN_HOME/trees/linux.git"
bob watch linux
begin=$SECONDS
marvin-bisect start --tree linux --good sixteen-0 --bad sixteen-16 --benchmark syscall/calls=1M \
    --machine vm0 --iterations 3 --work --json >"$STORY/answer.json" || { cat "$STORY/answer.json" && fail "not found"; }
echo "$((SECONDS - begin)) s"
marvin-bisect report 1
expect "the culprit" "$culprit" "$(sql "SELECT answer->>'culprit' FROM bisection")"
sql "SELECT count(*) || ' builds, ' || round(avg(elapsed_s)) || ' s on average, the first ' || round(max(elapsed_s)) || ' s' FROM build WHERE state = 'done'"
sql "SELECT count(*) || ' boots, ' || round(avg(extract(epoch FROM ended_at - started_at))) || ' s on average' FROM run WHERE state = 'accepted'"
echo "as it must be"
