# bash completion for rctr. Every TAB asks rctr itself: names of containers and images complete too.

_rctr() {
    local rest=${COMP_LINE:0:COMP_POINT} words=() i trimmed last prefix='' breaks line files=
    # bash breaks words at "=" and ":" as well: what no blank separates is put together again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        local word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$trimmed
        if ((i == 0)) || [[ $trimmed != "$rest" ]]; then
            words+=("$word")
        else
            words[${#words[@]} - 1]+=$word
        fi
        rest=${trimmed#"$word"}
    done
    last=${words[${#words[@]} - 1]}
    breaks=${COMP_WORDBREAKS//[^=:]/}
    [[ -z $breaks || $last != *[$breaks]* ]] || prefix=${last%"${last##*[$breaks]}"}

    local rctr=${words[0]/#\~/$HOME}
    [[ ${rctr##*/} == rctr ]] || rctr=rctr
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            files=1
        else
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$prefix"}")
        fi
    done < <("$rctr" __complete -- "${words[@]:1}" 2>/dev/null)
    if [[ -n $files && ${#COMPREPLY[@]} == 0 ]]; then
        compopt -o default
    elif [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:] ]]; then
        compopt -o nospace
    fi
}

complete -F _rctr rctr
