# Bowline for fish. In ~/.config/fish/config.fish: bowline init fish | source

# Runs bowline where it may choose for this terminal, and does what it answers: one line at most.
function __bowline_choose
    set -l answer (BOWLINE_SHELL_PID=$fish_pid command bowline $argv)
    set -l code $status
    if string match -q 'KUBECONFIG=*' -- "$answer[1]"
        set -gx KUBECONFIG (string replace 'KUBECONFIG=' '' -- "$answer[1]")
    else if test "$answer" = KUBECONFIG
        set -eg KUBECONFIG
    else if test (count $answer) -gt 0
        printf '%s\n' $answer
    end
    return $code
end

function bowline
    switch "$argv[1]"
        case use ns
            __bowline_choose $argv
        case '*'
            command bowline $argv
    end
end

#: k
function k
    command bowline k $argv
end
#: end

#: mks
function mks
    command microk8s $argv
end
#: end

# What this terminal chose ends with it.
function __bowline_exit --on-event fish_exit
    if string match -q '*.bowline-session.json*' -- "$KUBECONFIG"
        BOWLINE_SHELL_PID=$fish_pid command bowline session end >/dev/null 2>&1 </dev/null
    end
end

#: completion
function __bowline_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command bowline complete fish $words "$current" 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
        case '*'
            test (count $answer) -gt 1; and printf '%s\n' $answer[2..-1]
    end
end
for __bowline_name in bowline kubectl-ctx kubectl-ns
    complete -c $__bowline_name -e
    complete -c $__bowline_name -k -f -a '(__bowline_complete)'
end
set -e __bowline_name
#: end

#: completion of k
complete -c k -e
complete -c k -k -f -a '(__bowline_complete)'
#: end

# Started from a terminal with a choice of its own: this one begins with the same, and goes its own way.
# BOWLINE_SESSION is that of `bowline shell`, should a line before this one have set KUBECONFIG.
if string match -q '*.bowline-session.json*' -- "$KUBECONFIG$BOWLINE_SESSION"
    __bowline_choose session adopt
end
