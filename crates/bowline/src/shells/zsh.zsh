# Bowline for zsh. In ~/.zshrc: eval "$(bowline init zsh)"

unalias bowline 2>/dev/null || :

# Runs bowline where it may choose for this terminal, and does what it answers: one line at most.
function __bowline_choose {
    emulate -L zsh
    local answer
    local pid=$$
    local -i code=0
    if (( ZSH_SUBSHELL )); then
        # It can change what the terminal chose. Where that has chosen nothing, this subshell chooses for itself.
        case "${KUBECONFIG-}" in
        (*.bowline-session.json*) pid= ;;
        (*) zmodload -F zsh/system p:sysparams 2>/dev/null && pid=$sysparams[pid] ;;
        esac
    fi
    answer="$(BOWLINE_SHELL_PID=$pid command bowline "$@")" || code=$?
    case "$answer" in
    (KUBECONFIG=*)
        # Fails where KUBECONFIG is read-only.
        export KUBECONFIG="${answer#KUBECONFIG=}" || return
        (( ZSH_SUBSHELL )) &&
            builtin print -r -- 'bowline: only in this subshell: a pipe or parentheses keep it from the terminal' >&2
        ;;
    (KUBECONFIG) unset KUBECONFIG ;;
    (?*) builtin print -r -- "$answer" ;;
    esac
    return $code
}

function bowline {
    case "${1-}" in
    (use|ns) __bowline_choose "$@" ;;
    (*) command bowline "$@" ;;
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

# What this terminal chose ends with it. zsh calls this beside the user's own functions and traps.
function __bowline_exit {
    # `exit` in a subshell calls it as well.
    (( ${ZSH_SUBSHELL:-0} )) && return 0
    case "${KUBECONFIG-}" in
    (*.bowline-session.json*) BOWLINE_SHELL_PID=$$ command bowline session end >/dev/null 2>&1 </dev/null ;;
    esac
    return 0
}
autoload -Uz add-zsh-hook
add-zsh-hook zshexit __bowline_exit

#: completion
function __bowline_complete {
    local answer kind
    local -a lines values shown space
    answer="$(command bowline complete zsh "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)" || return 1
    lines=("${(@f)answer}")
    kind="$lines[1]"
    lines=("${(@)lines[2,-1]}")
    case "$kind" in
    (files) _files; return ;;
    (folders) _files -/; return ;;
    (part) space=(-S '') ;;
    esac
    (( $#lines )) || return 1
    values=("${(@)lines%%$'\t'*}")
    shown=("${(@)lines/$'\t'/  -- }")
    compadd "$space[@]" -l -V bowline -d shown -a values
}

# At the first prompt, for compinit may come later in ~/.zshrc.
function __bowline_register {
    emulate -L zsh
    (( $+functions[compdef] )) || return 0
    add-zsh-hook -d precmd __bowline_register
    compdef __bowline_complete bowline kubectl-ctx kubectl-ns
#: end
#: completion of k
    compdef __bowline_complete k
#: end
#: completion
}
add-zsh-hook precmd __bowline_register
#: end

# Started from a terminal with a choice of its own: this one begins with the same, and goes its own way.
# BOWLINE_SESSION is that of `bowline shell`, should a line before this one have set KUBECONFIG.
case "${KUBECONFIG-}${BOWLINE_SESSION-}" in
(*.bowline-session.json*) __bowline_choose session adopt || : ;;
esac
