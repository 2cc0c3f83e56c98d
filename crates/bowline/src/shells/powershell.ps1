# Bowline for PowerShell. In $PROFILE: Invoke-Expression (& bowline init powershell | Out-String)

# Functions without param() or [CmdletBinding()]: with these, PowerShell would keep -o, -v and -w to itself.

# The program, never the function of the same name.
function global:__bowline_program {
    Get-Command -Name bowline -CommandType Application -TotalCount 1 -ErrorAction Stop
}

# The arguments of a function as they were typed. PowerShell takes the first -- out, makes an array of a,b, and cuts
# -x:y and -x.y in two; a program gets them whole (PowerShell/PowerShell issues 21208 and 17399). What was typed
# says where. $args: the arguments, $MyInvocation.
function global:__bowline_words {
    $given = @($args[0])
    try {
        $tokens = $null
        $mistakes = $null
        # All of its lines, or before PowerShell 7.4 the first one from where it begins (PowerShell/PowerShell 19027).
        $text = if ($args[1].PSObject.Properties['Statement']) { $args[1].Statement }
        if (-not $text) { $text = $args[1].Line.Substring($args[1].OffsetInLine - 1) }
        $typed = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref]$tokens, [ref]$mistakes)
        $call = $typed.Find({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
        if ($call.GetCommandName() -ne $args[1].MyCommand.Name) { throw 'something else was typed' }
        $words = [System.Collections.ArrayList]::new()
        $next = 0
        $cut = -1
        foreach ($element in ($call.CommandElements | Select-Object -Skip 1)) {
            if ($element -is [System.Management.Automation.Language.VariableExpressionAst] -and $element.Splatted) {
                throw 'nobody knows how many these are'
            }
            $glued = $element.Extent.StartOffset -eq $cut
            $cut = -1
            if ($element.Extent.Text -ceq '--') {
                if ($next -lt $given.Count -and $given[$next] -is [string] -and $given[$next] -ceq '--') { $next++ }
                $null = $words.Add('--')
                continue
            }
            if ($next -ge $given.Count) { throw 'something else was typed' }
            $word = $given[$next]
            $next++
            if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
                $word = [string]$word
                if ($null -eq $element.Argument) {
                    $cut = $element.Extent.EndOffset
                } else {
                    $value = $given[$next]
                    $next++
                    if ($value -is [array]) { $value = $value -join ',' }
                    $apart = $element.Argument.Extent.StartOffset - $element.Extent.StartOffset - $word.Length
                    if ($apart -gt 0) {
                        $null = $words.Add($word)
                        $word = [string]$value
                    } else {
                        $word += [string]$value
                    }
                }
            } elseif ($element -is [System.Management.Automation.Language.ArrayLiteralAst]) {
                $word = $word -join ','
            } elseif ($element -is [System.Management.Automation.Language.ConstantExpressionAst] -and
                $element -isnot [System.Management.Automation.Language.StringConstantExpressionAst]) {
                # A number as it was typed: 1.20 is not 1.2.
                $word = $element.Extent.Text
            }
            if ($glued) {
                $words[$words.Count - 1] = [string]$words[$words.Count - 1] + [string]$word
            } else {
                $null = $words.Add($word)
            }
        }
        if ($next -ne $given.Count) { throw 'something else was typed' }
        $given = $words.ToArray()
    } catch {
        # Then as they came.
        $null = $_
    }
    $given
}

# Runs bowline where it may choose for this terminal, and does what it answers: one line at most.
function global:__bowline_choose {
    $program = __bowline_program
    $words = $args
    $encoding = $null
    try {
        # Paths may hold any character, and the console's encoding be an old one. Without a console it cannot be set.
        $encoding = [Console]::OutputEncoding
        [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new($false)
    } catch {
        $encoding = $null
    }
    try {
        $env:BOWLINE_SHELL_PID = $PID
        $env:BOWLINE_SHELL_START = [System.Diagnostics.Process]::GetCurrentProcess().StartTime.ToFileTimeUtc()
        $answer = @(& $program @words)
    } finally {
        Remove-Item -Path Env:BOWLINE_SHELL_PID, Env:BOWLINE_SHELL_START -ErrorAction Ignore
        if ($null -ne $encoding) { [Console]::OutputEncoding = $encoding }
    }
    foreach ($line in $answer) {
        if ($line.StartsWith('KUBECONFIG=', [StringComparison]::Ordinal)) {
            $env:KUBECONFIG = $line.Substring('KUBECONFIG='.Length)
        } elseif ($line -ceq 'KUBECONFIG') {
            Remove-Item -Path Env:KUBECONFIG -ErrorAction Ignore
        } else {
            $line
        }
    }
}

Remove-Item -Path Alias:bowline -Force -ErrorAction Ignore
function global:bowline {
    if ($args.Count -gt 0 -and ($args[0] -ceq 'use' -or $args[0] -ceq 'ns')) {
        $words = @(__bowline_words $args $MyInvocation)
        __bowline_choose @words
    } else {
        $program = __bowline_program
        $words = @(__bowline_words $args $MyInvocation)
        if ($MyInvocation.ExpectingInput) { $input | & $program @words } else { & $program @words }
    }
}

#: k
Remove-Item -Path Alias:k -Force -ErrorAction Ignore
function global:k {
    $program = __bowline_program
    $words = @(__bowline_words $args $MyInvocation)
    if ($MyInvocation.ExpectingInput) { $input | & $program k @words } else { & $program k @words }
}
#: end

#: mks
Remove-Item -Path Alias:mks -Force -ErrorAction Ignore
function global:mks {
    $words = @(__bowline_words $args $MyInvocation)
    if ($MyInvocation.ExpectingInput) { $input | & microk8s @words } else { & microk8s @words }
}
#: end

# Nothing is done at the end: a closed window does not raise PowerShell.Exiting, and little works in its action
# (PowerShell/PowerShell issues 8000 and 11869). The next PowerShell's `bowline init` brings home what is left.

#: completion
$global:__bowline_complete = {
    param($word, $line, $cursor)
    $encoding = $null
    try {
        $encoding = [Console]::OutputEncoding
        [Console]::OutputEncoding = [System.Text.UTF8Encoding]::new($false)
    } catch {
        $encoding = $null
    }
    try {
        $words = foreach ($element in $line.CommandElements) {
            if ($element.Extent.EndOffset -ge $cursor) { break }
            if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $element.Value
            } else {
                $element.Extent.Text
            }
        }
        # Not as arguments: Windows PowerShell drops empty ones, and breaks those with quotes.
        $env:BOWLINE_WORDS = (@($words) + ([string]$word).Trim('''', '"')) -join "`n"
        $code = $global:LASTEXITCODE
        $answer = @(& (__bowline_program) complete powershell 2>$null)
        $global:LASTEXITCODE = $code
        $kind, $lines = $answer
        # With nothing from here PowerShell offers files.
        if ($kind -eq 'files' -or $kind -eq 'folders') { return }
        foreach ($candidate in $lines) {
            $text, $shown, $help = $candidate -split "`t", 3
            if (-not $help) { $help = $shown }
            [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $help)
        }
        if (-not $lines) { '' }
    } catch {
        return
    } finally {
        Remove-Item -Path Env:BOWLINE_WORDS -ErrorAction Ignore
        if ($null -ne $encoding) { [Console]::OutputEncoding = $encoding }
    }
}
Register-ArgumentCompleter -Native -CommandName bowline, kubectl-ctx, kubectl-ns -ScriptBlock $global:__bowline_complete
#: end

#: completion of k
Register-ArgumentCompleter -Native -CommandName k -ScriptBlock $global:__bowline_complete
#: end

# Started from a terminal with a choice of its own: this one begins with the same, and goes its own way.
# BOWLINE_SESSION is that of `bowline shell`, should a line before this one have set KUBECONFIG.
if ("$env:KUBECONFIG$env:BOWLINE_SESSION".Contains('.bowline-session.json')) {
    try { __bowline_choose session adopt } catch { Write-Warning "bowline: $_" }
}
