# Sourced by the stories of bob alone: the programs in a folder of their own, with a marvin-report
# that only writes down how it was called.
# shellcheck shell=bash
# shellcheck source=tests/story/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
mkdir "$STORY/bin"
cp "$MARVIN_BIN/bob" "$MARVIN_BIN/marvin" "$STORY/bin"
cat >"$STORY/bin/marvin-report" <<SH
#!/bin/sh
echo "\$*" >>$STORY/report.calls
while [ "\$1" != --output ]; do shift; done
mkdir -p "\$2/raw" "\$2/cells" && echo index >"\$2/index.html" && echo log >"\$2/raw/log.txt" && echo cell >"\$2/cells/a.html"
[ ! -e $STORY/report.fails ]
SH
chmod +x "$STORY/bin/marvin-report"
PATH=$STORY/bin:$PATH

# run STATUS [COMMAND]: it (preset: bob --once) ends with it; what it says is in $STORY/err
run() {
    local status=0 wanted=$1
    shift
    [ $# -gt 0 ] || set -- bob --once
    "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    [ "$status" = "$wanted" ] || { cat "$STORY/out" "$STORY/err" && fail "$* ended with $status, not $wanted"; }
}

# times PATTERN: how many lines of what it said match
times() { grep -cE -- "$1" "$STORY/err" || true; }
