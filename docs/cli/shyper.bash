# SPDX-License-Identifier: Apache-2.0
# Completion of shyper(1) for bash: source it, or copy it to
# /usr/share/bash-completion/completions/shyper. Made from the command table by mvm/cli/man;
# see tests/unit/mvm/cli/test_man.c.
_shyper()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local words=() choices= operand= options= i

    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -o | --output | --until | --timeout) ((i++)) ;;
        -*) ;;
        *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done
    case $before in
    -o | --output)
        COMPREPLY=($(compgen -W 'table json' -- "$word"))
        return ;;
    --until | --timeout) return ;;
    esac
    case "${words[*]:0:2}" in
    '') choices='vm system ' options=--version ;;
    vm) choices='list config boot stop pause resume reboot remove console log stat getvmid getdefconfig delconfig ' ;;
    system) choices='info log loglevel reboot shutdown daemon ' ;;
    'vm list') operand= options='--output ' ;;
    'vm config') operand=FILE options='--output ' ;;
    'vm boot') operand=VM options='--output ' ;;
    'vm stop') operand=VM options='--output --force ' ;;
    'vm pause') operand=VM options='--output ' ;;
    'vm resume') operand=VM options='--output ' ;;
    'vm reboot') operand=VM options='--output --force ' ;;
    'vm remove') operand=VM options='--force ' ;;
    'vm console') operand=VM options='--until --timeout ' ;;
    'vm log') operand=VM options='--output ' ;;
    'vm stat') operand=VM options='--output ' ;;
    'vm getvmid') operand= options='--output ' ;;
    'vm getdefconfig') operand=TYPE options='' ;;
    'vm delconfig') operand=VM options='--output --force ' ;;
    'system info') operand= options='--output ' ;;
    'system log') operand= options='--output ' ;;
    'system loglevel') operand=LEVEL options='' ;;
    'system reboot') operand= options='--force ' ;;
    'system shutdown') operand= options='--force ' ;;
    'system daemon') operand= options='' ;;
    esac
    if [[ ${#words[@]} -gt 2 ]]; then
        operand= choices=
    fi
    if [[ $word == -* ]]; then
        choices="$options --help"
    elif [[ $operand == VM ]]; then
        choices=$(shyper vm list 2>/dev/null | awk 'NR > 1 { print $2 }')
    elif [[ $operand == LEVEL ]]; then
        choices='error warn info debug'
    elif [[ $operand == FILE ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$word"))
        return
    fi
    COMPREPLY=($(compgen -W "$choices" -- "$word"))
}
complete -F _shyper shyper
