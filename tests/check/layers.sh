#!/bin/bash
# The layers of the design: who may include whom, and one vendor library in one place.
set -euo pipefail
cd "${MARVIN_SOURCE_DIR:?}"
bad=0
may_not() { # FOLDER FOLDERS-SEPARATED-BY-|
    local found
    found=$(grep -rnE "^#include \"($2)/" "$1" --include='*.c' --include='*.h' || true)
    [ -z "$found" ] || { echo "$1 may not include $2:" && echo "$found" && bad=1; }
}
may_not common 'sql|inventory|benchmarks|bob|marvin|report'
may_not sql 'inventory|benchmarks|bob|marvin|report'
may_not inventory 'benchmarks|bob|marvin|report'
may_not benchmarks 'sql|inventory|bob|marvin|report'
may_not bob 'marvin|report'
may_not marvin 'bob|report'
may_not report 'inventory|bob|marvin'

only_in() { # HEADER PATTERN-OF-FILES
    local found
    found=$(grep -rlE "^#include <$1>" common sql inventory benchmarks bob marvin report --include='*.c' --include='*.h' | grep -vE "$2" || true)
    [ -z "$found" ] || { echo "<$1> belongs in $2, and is in:" && echo "$found" && bad=1; }
}
only_in 'libpq-fe\.h' '^common/db\.c$'
only_in 'git2(/.*)?\.h' '^common/git[a-z_]*\.[ch]$'
only_in 'gsl/.*\.h' '^common/stats/'
only_in 'cairo.*\.h' '^report/chart[a-z_]*\.c$'
only_in 'ini\.h' '^common/settings_read\.c$'
only_in 'zstd\.h' '^common/'
only_in 'archive(_entry)?\.h' '^common/'
only_in 'zlib\.h' '^benchmarks/formats/mmtests/inflate\.c$'
only_in 'lzma\.h' '^benchmarks/formats/mmtests/inflate\.c$'

# Migrations are numbered from 1 without gaps: two that came at once do not share a number.
n=0
for file in sql/migrations/*.sql; do
    n=$((n + 1))
    [[ $file == sql/migrations/$(printf %03d $n)_* ]] || { echo "$file is not number $n" && bad=1; }
done

# SQL text lives in files.
found=$(grep -rnE '"(SELECT|INSERT|UPDATE|DELETE) ' common sql inventory benchmarks bob marvin report --include='*.c' | grep -v '^common/db\.c' || true)
[ -z "$found" ] || { echo "SQL in C strings:" && echo "$found" && bad=1; }
exit $bad
