# Bowline for nushell. Once, and again after an update of bowline:
#   bowline init nushell | save --force ($nu.user-autoload-dirs.0 | path join bowline.nu)

# Runs bowline where it may choose for this terminal, and does what it answers: one line at most.
def --env --wrapped __bowline_choose [...words: string] {
    let answer = (with-env {BOWLINE_SHELL_PID: ($nu.pid | into string)} { ^bowline ...$words })
    let first = ($answer | lines | get --optional 0 | default "")
    if ($first | str starts-with "KUBECONFIG=") {
        $env.KUBECONFIG = ($first | str replace "KUBECONFIG=" "")
    } else if $first == "KUBECONFIG" {
        hide-env --ignore-errors KUBECONFIG
    } else {
        print --no-newline $answer
    }
}

#: completion
def __bowline_complete [line: string] {
    let answer = (try { ^bowline complete nushell $line e> /dev/null | lines } catch { [] })
    let kind = ($answer | get --optional 0 | default "")
    if $kind in ["files" "folders"] { return null }
    let completions = ($answer | skip 1 | each {|candidate|
        let parts = ($candidate | split row "\t")
        {value: $parts.0, description: ($parts | get --optional 1 | default "")}
    })
    {options: {sort: false}, completions: $completions}
}
#: end

# Keeps every Kubernetes connection on this machine working
def --env --wrapped bowline [
    ...words: string@__bowline_complete # See `bowline help`
] {
    if ($words | get --optional 0 | default "") in ["use" "ns"] {
        __bowline_choose ...$words
    } else {
        ^bowline ...$words
    }
}

#: k
# kubectl with a connection that works
def --wrapped k [
    ...words: string@__bowline_complete # kubectl's arguments
] {
    ^bowline k ...$words
}
#: end

#: mks
# microk8s
def --wrapped mks [
    ...words: string # The arguments of microk8s
] {
    ^microk8s ...$words
}
#: end

# Started from a terminal with a choice of its own: this one begins with the same, and goes its own way.
# BOWLINE_SESSION is that of `bowline shell`, should a line before this one have set KUBECONFIG.
if ($"($env.KUBECONFIG?)($env.BOWLINE_SESSION?)" | str contains ".bowline-session.json") {
    try { __bowline_choose session adopt }
}
