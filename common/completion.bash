# Completions for bob, marvin and marvin-*: what the program itself says it takes (--print-options).
# shellcheck shell=bash

# _marvin_table PROGRAM: its commands and options, asked once a shell and program.
declare -gA _marvin_tables
_marvin_table() {
    [ -n "${_marvin_tables[$1]:-}" ] || _marvin_tables[$1]=$("$1" --print-options 2>/dev/null)
    printf '%s\n' "${_marvin_tables[$1]}"
}

_marvin_complete() {
    local program=$1 word=$2 previous=$3 verb='' place=0 i skip='' table words=''
    table=$(_marvin_table "$program")
    # takes_value OPTION: an option of the command, or of all, that is followed by a value
    takes_value() { awk -F'\t' -v verb="$verb" -v option="$1" '($2 == verb || $2 == "") && ("-" $4 == option && $4 != "" || $3 == option) && $5 != "" { found = 1; print $5; exit } END { exit !found }' <<<"$table"; }
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [ -n "$skip" ]; then
            skip=''
        elif [[ ${COMP_WORDS[i]} == -* ]]; then
            ! takes_value "${COMP_WORDS[i]}" >/dev/null || skip=1
        elif [ -z "$verb" ]; then
            verb=${COMP_WORDS[i]}
        else
            place=$((place + 1))
        fi
    done
    COMPREPLY=()
    ! takes_value "$previous" >/dev/null || return 0 # files, by the shell's default
    if [[ $word == -* ]]; then
        words=$(awk -F'\t' -v verb="$verb" '($2 == verb || $2 == "") && $3 != "" { print $3 }' <<<"$table")
    elif [ -z "$verb" ]; then
        words=$(awk -F'\t' '$2 != "" && $3 == "" { print $2 }' <<<"$table")
    elif [ "$place" = 0 ]; then
        # a|b|c, with or without brackets, where the arguments begin
        words=$(awk -F'\t' -v verb="$verb" '$2 == verb && $3 == "" { print $5 }' <<<"$table" |
            sed -nE 's/^\[?([a-z|-]*\|[a-z|-]*).*/\1/p' | tr '|' '\n')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _marvin_complete bob marvin marvin-bisect marvin-inventory marvin-report
