# Bowline for elvish. In ~/.config/elvish/rc.elv: eval (bowline init elvish | slurp)

use str

# Runs bowline where it may choose for this terminal, and does what it answers: one line at most.
fn bowline-choose {|@words|
  var answer = []
  var failure = $nil
  set-env BOWLINE_SHELL_PID $pid
  try {
    set answer = [(e:bowline $@words)]
  } catch caught {
    set failure = $caught
  } finally {
    unset-env BOWLINE_SHELL_PID
  }
  for line $answer {
    if (str:has-prefix $line KUBECONFIG=) {
      set-env KUBECONFIG (str:trim-prefix $line KUBECONFIG=)
    } elif (eq $line KUBECONFIG) {
      unset-env KUBECONFIG
    } else {
      echo $line
    }
  }
  if (not-eq $failure $nil) {
    fail $failure
  }
}

edit:add-var bowline~ {|@words|
  if (and (> (count $words) 0) (has-value [use ns] $words[0])) {
    bowline-choose $@words
  } else {
    e:bowline $@words
  }
}

#: k
edit:add-var k~ {|@words| e:bowline k $@words }
#: end

#: mks
edit:add-var mks~ {|@words| e:microk8s $@words }
#: end

#: completion
fn bowline-complete {|@words|
  var kind = ''
  try {
    e:bowline complete elvish $@words 2>/dev/null </dev/null | from-lines | each {|line|
      if (eq $kind '') {
        set kind = $line
      } else {
        var parts = [(str:split "\t" $line)]
        var display = $parts[0]
        if (> (count $parts) 1) {
          set display = $parts[0]'  '$parts[1]
        }
        var suffix = ' '
        if (eq $kind part) {
          set suffix = ''
        }
        edit:complex-candidate $parts[0] &display=$display &code-suffix=$suffix
      }
    }
  } catch {
    nop
  }
  if (has-value [files folders] $kind) {
    edit:complete-filename $@words
  }
}
for name [bowline kubectl-ctx kubectl-ns] {
  set edit:completion:arg-completer[$name] = $bowline-complete~
}
#: end

#: completion of k
set edit:completion:arg-completer[k] = $bowline-complete~
#: end

# Started from a terminal with a choice of its own: this one begins with the same, and goes its own way.
# BOWLINE_SESSION is that of `bowline shell`, should a line before this one have set KUBECONFIG.
if (str:contains $E:KUBECONFIG''$E:BOWLINE_SESSION .bowline-session.json) {
  try {
    bowline-choose session adopt
  } catch {
    nop
  }
}
