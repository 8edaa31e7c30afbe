#!/bin/bash
# common/stats against R, scipy and the procedure written once more (agree.py).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
driver=${MARVIN_BIN:?names the folder of the programs}/../tests/agree_stats
/usr/bin/python3 -c 'import scipy' 2>/dev/null || {
    echo "agree: needs python3-scipy (apt-get install python3-scipy)" >&2
    exit 1
}
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /usr/bin/python3 "$here/agree.py" "$driver" "$scratch"
