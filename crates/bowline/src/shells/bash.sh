# Bowline for bash. In ~/.bashrc: eval "$(bowline init bash)"
# shellcheck shell=bash

unalias bowline 2>/dev/null || :

# Runs bowline where it may choose for this terminal, and does what it answers: one line at most.
function __bowline_choose {
    local answer code=0 pid=$$
    if ((BASH_SUBSHELL)); then
        # It can change what the terminal chose. Where that has chosen nothing, this subshell chooses for itself.
        case ${KUBECONFIG-} in
        *.bowline-session.json*) pid= ;;
        *) pid=${BASHPID-$$} ;;
        esac
    fi
    answer=$(BOWLINE_SHELL_PID=$pid command bowline "$@") || code=$?
    case $answer in
    KUBECONFIG=*)
        # Fails where KUBECONFIG is read-only.
        export KUBECONFIG="${answer#KUBECONFIG=}" || return
        if ((BASH_SUBSHELL)); then
            printf '%s\n' 'bowline: only in this subshell: a pipe or parentheses keep it from the terminal' >&2
        fi
        ;;
    KUBECONFIG) unset KUBECONFIG ;;
    ?*) printf '%s\n' "$answer" ;;
    esac
    return "$code"
}

function bowline {
    case ${1-} in
    use | ns) __bowline_choose "$@" ;;
    *) command bowline "$@" ;;
    esac
}

#: k
unalias k 2>/dev/null || :
function k {
    command bowline k "$@"
}
#: end

#: mks
unalias mks 2>/dev/null || :
function mks {
    command microk8s "$@"
}
#: end

#: completion
function __bowline_complete {
    local answer kind
    COMPREPLY=()
    answer=$(command bowline complete bash "$2" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return 0
    kind=${answer%%$'\n'*}
    # bash 3.2 has no compopt: there, files are offered where nothing else fits.
    case $kind in
    files) return 0 ;;
    folders) compopt +o default -o dirnames 2>/dev/null ;;
    part) compopt +o default -o nospace 2>/dev/null ;;
    *) compopt +o default 2>/dev/null ;;
    esac || :
    if [[ $kind != "$answer" ]]; then
        # Not unquoted in an array: a name may be a pattern that fits files.
        # At the end of the text read fails, which under `set -e` would end the shell.
        IFS=$'\n' read -r -d '' -a COMPREPLY <<<"${answer#*$'\n'}" || :
    fi
    return 0
}
complete -o default -o nosort -F __bowline_complete bowline kubectl-ctx kubectl-ns 2>/dev/null ||
    complete -o default -F __bowline_complete bowline kubectl-ctx kubectl-ns
#: end

#: completion of k
complete -o default -o nosort -F __bowline_complete k 2>/dev/null ||
    complete -o default -F __bowline_complete k
#: end

# Started from a terminal with a choice of its own: this one begins with the same, and goes its own way.
# BOWLINE_SESSION is that of `bowline shell`, should a line before this one have set KUBECONFIG.
case ${KUBECONFIG-}${BOWLINE_SESSION-} in
*.bowline-session.json*) __bowline_choose session adopt || : ;;
esac
