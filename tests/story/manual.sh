#!/bin/bash
# Every program's help, man page and completions, which come from one table: no program is left out, no
# page has a word that roff misreads, and what is offered is what the program takes.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=common/completion.bash
. "$MARVIN_SOURCE_DIR/common/completion.bash"

programs='bob marvin marvin-bisect marvin-inventory marvin-report'
for program in $programs; do
    "$program" --help >"$STORY/help" || fail "$program --help ended with $?"
    "$program" --print-manual >"$STORY/page" || fail "$program --print-manual ended with $?"
    groff -man -ww -Tutf8 -P-cbou "$STORY/page" >"$STORY/text" 2>"$STORY/complaints"
    [ ! -s "$STORY/complaints" ] || { cat "$STORY/complaints" && fail "the man page of $program"; }
    while IFS='|' read -r _ verb option _ _ help; do
        if [ -n "$verb" ] && [ -z "$option" ]; then
            "$program" "$verb" --help >"$STORY/verb" || fail "$program $verb --help ended with $?"
            expect_says "^usage: $program $verb" "$STORY/verb"
            expect_says "$program $verb" "$STORY/text"
        elif [ -n "$option" ]; then
            expect_says "$option" "$STORY/text"
            [ -n "$help" ] || fail "$program $verb $option has no help"
        fi
    done < <("$program" --print-options | sed 's/|/:/g' | tr '\t' '|')
done

# offered WORDS..: what is offered for the last of them
offered() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _marvin_complete "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    echo "${COMPREPLY[*]}"
}
expect "verbs" "status stop" "$(offered marvin-bisect st | tr ' ' '\n' | grep -v start | sort | xargs)"
expect "options of a verb" "--json" "$(offered marvin queue --js)"
expect "options of all" "--config" "$(offered marvin queue --conf)"
expect "not those of others" "" "$(offered marvin queue --dry)"
expect "words of an argument" "status" "$(offered marvin store st)"
expect "words of an argument in brackets" "release retry" "$(offered marvin queue re)"
expect "behind an option with a value" "status" "$(offered marvin --config /tmp store st)"
expect "a value is a file or a name" "" "$(offered marvin queue --machine st)"
expect "the second argument" "" "$(offered marvin db backup st)"
echo ok
