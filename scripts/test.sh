#!/usr/bin/env bash
# The project's one test command: everything that must hold before a change is good.
#
# On a bare Debian machine with Rust it first says what it will install and why, then installs it.
#
#   scripts/test.sh              every step
#   scripts/test.sh fmt clippy   only these steps: see `steps` below
#
# BOWLINE_KUBECTL   the kubectl to test against, instead of the one found
# BOWLINE_NUSHELL   the nushell to test in; `none` leaves its tests out
# CI=true           a skipped test is a failure
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

steps=(fmt scripts clippy doc test old_kubectl deny cross fuzz)
if (($#)); then steps=("$@"); fi

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
skipped=$target/skipped.txt
skipped_old=$target/skipped-old-kubectl.txt
log=$target/test.log
deny_version=0.20.2
nushell_version=0.115.1
nushell_sum=8a02b8874bb1e6cc268a3da72f42735a2f92f92548feb938a771ea02ce859ba4
# Daemons live where ordinary users do not look.
export PATH=$PATH:/usr/sbin:/sbin
notes=()

say() { printf '\n==> %s\n' "$*"; }

# Runs a command as root.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

has_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# Installs Debian packages, after saying why each is needed. Arguments: "package: reason"...
install() {
    (($#)) || return 0
    echo "To be installed with apt-get:"
    printf '  %s\n' "$@"
    if ! type -P apt-get >/dev/null; then
        echo "This machine has no apt-get: tests that need these will be skipped."
        return 0
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${@%%:*}"
}

# Packages that the tests need, for programs that are missing.
prepare() {
    local wanted=()
    type -P dnsmasq >/dev/null || wanted+=("dnsmasq-base: real DHCP leases and DNS for the address sources")
    type -P avahi-daemon >/dev/null || wanted+=("avahi-daemon: a machine that answers to its name below .local")
    type -P ip >/dev/null || wanted+=("iproute2: network namespaces in which machines move")
    type -P nft >/dev/null || wanted+=("nftables: firewalls that drop and reject")
    type -P strace >/dev/null || wanted+=("strace: proves the order of writes, syncs and locks")
    type -P openssl >/dev/null || wanted+=("openssl: certificates that are not made by our own code")
    type -P sshd >/dev/null || wanted+=("openssh-server: a machine behind a real ssh")
    type -P sudo >/dev/null || wanted+=("sudo: a machine on which one is not root")
    type -P script >/dev/null || wanted+=("bsdutils: a pseudo-terminal, on which status --watch is seen")
    compgen -G "/usr/lib/*/faketime/libfaketime.so.1" >/dev/null || wanted+=("faketime: clocks that are wrong by a year")
    type -P ssh ssh-keygen >/dev/null || wanted+=("openssh-client: goes to that machine, and makes its keys")
    type -P busybox >/dev/null || wanted+=("busybox: another shell and other tools for the scripts that run on machines")
    type -P ps >/dev/null || wanted+=("procps: looks at the processes that tests start")
    type -P unshare setpriv nsenter setsid >/dev/null || wanted+=("util-linux: file systems and rights that only one test sees, and terminals")
    type -P mount >/dev/null || wanted+=("mount: file systems that are full or read-only")
    type -P mkfifo >/dev/null || wanted+=("coreutils: pipes where files are expected")
    type -P iconv >/dev/null || wanted+=("libc-bin: texts in the encoding of Windows")
    type -P cc >/dev/null || wanted+=("gcc: links Rust programs" "libc6-dev: links Rust programs")
    type -P zsh >/dev/null || wanted+=("zsh: one of the shells that bowline works in")
    type -P fish >/dev/null || wanted+=("fish: another one")
    type -P elvish >/dev/null || wanted+=("elvish: another one")
    [[ -d /usr/lib/python3/dist-packages/kubernetes ]] || wanted+=("python3-kubernetes: a client that reads KUBECONFIG from its end")
    type -P man groff >/dev/null || wanted+=("man-db: renders the man pages")
    type -P shellcheck >/dev/null || wanted+=("shellcheck: checks these scripts")
    install "${wanted[@]}"
}

# A kubectl that replaces itself with one of another version, by the server's: no fixed point to test against.
# Not through a pipe to `grep -q`: it would end before kubectl does, and the pipe would count as failed.
is_dispatcher() { [[ $("$1" version --client 2>/dev/null) == *-dispatcher* ]]; }

kubectl_version() {
    "$1" version --client 2>/dev/null | grep -o 'v[0-9][0-9.]*[0-9]' | head -n 1
}

# The first plain kubectl in PATH, or the newest plain one beside a dispatcher.
find_kubectl() {
    local candidate sibling
    while read -r candidate; do
        if ! is_dispatcher "$candidate"; then
            echo "$candidate"
            return
        fi
    done < <(type -aP kubectl)
    while read -r candidate; do
        while read -r sibling; do
            if ! is_dispatcher "$sibling"; then
                echo "$sibling"
                return
            fi
        done < <(find "$(dirname "$(readlink -f "$candidate")")" -maxdepth 1 -name 'kubectl.1.*' | sort -rV)
    done < <(type -aP kubectl)
}

# Decides which kubectl the tests talk to, and exports it.
choose_kubectl() {
    local kubectl=${BOWLINE_KUBECTL:-$(find_kubectl)}
    if [[ -z $kubectl ]]; then
        install "kubernetes-client: a real kubectl, the standard that bowline is held to"
        kubectl=$(find_kubectl)
    fi
    if [[ -n $kubectl ]]; then
        export BOWLINE_KUBECTL=$kubectl
        echo "Testing against $kubectl ($(kubectl_version "$kubectl"))."
    fi
}

# Debian's kubectl, unpacked beside the build so that the machine's own stays; prints its path.
old_kubectl() {
    local folder=$target/kubectl-debian
    if [[ ! -x $folder/usr/bin/kubectl ]]; then
        type -P apt-get dpkg >/dev/null || return 1
        mkdir -p "$folder"
        # Downloading needs no root, but current package lists do.
        (cd "$folder" && { apt-get download -qq kubernetes-client || {
            as_root apt-get update -qq && apt-get download -qq kubernetes-client
        }; }) >&2 || return 1
        dpkg -x "$folder"/kubernetes-client_*.deb "$folder" || return 1
        rm "$folder"/kubernetes-client_*.deb
    fi
    echo "$folder/usr/bin/kubectl"
}

# Nushell, which Debian does not have but npm does, unpacked beside the build. Prints its path.
nushell() {
    local folder=$target/nushell-$nushell_version archive
    if [[ ! -x $folder/nu ]]; then
        [[ $(uname -sm) == "Linux x86_64" ]] && type -P npm sha256sum tar gzip >/dev/null || return 1
        mkdir -p "$folder.new"
        npm pack --silent --pack-destination "$folder.new" "@nushell/linux-x64@$nushell_version" >/dev/null || return 1
        archive=$folder.new/nushell-linux-x64-$nushell_version.tgz
        if ! sha256sum --check --status <<<"$nushell_sum  $archive"; then
            echo "$archive is not the nushell that this script knows." >&2
            return 1
        fi
        tar -xzf "$archive" -C "$folder.new" --strip-components=2 package/bin/nu || return 1
        rm "$archive"
        mv -T "$folder.new" "$folder"
    fi
    echo "$folder/nu"
}

# Exports the nushell that tests run. Unlike a skipped test, that there is none is no failure on the build machine.
choose_nushell() {
    local found=${BOWLINE_NUSHELL:-}
    if [[ -z $found ]]; then found=$(type -P nu || nushell) || found=; fi
    if [[ -n $found ]]; then
        export BOWLINE_NUSHELL=$found
        echo "Testing with $found, nushell $("$found" --version)."
    else
        export BOWLINE_NUSHELL=none
        echo "NOT RUN: the integration in nushell (there is no nu, and npm cannot fetch one)."
        notes+=("not run: the integration in nushell (there is no nu, and npm cannot fetch one)")
    fi
}

step_fmt() {
    say "cargo fmt --check"
    cargo fmt --check
}

step_scripts() {
    say "shell scripts"
    local scripts=(scripts/*.sh .ci/run crates/microk8s/tests/fixtures/*.sh) script
    # What runs on machines is for any POSIX shell.
    local remote=(crates/machines/src/*.sh)
    local shells=crates/bowline/src/shells
    for script in "${scripts[@]}" "$shells/bash.sh"; do bash -n "$script"; done
    if type -P zsh >/dev/null; then zsh -n "$shells/zsh.zsh"; fi
    if type -P fish >/dev/null; then fish -n "$shells/fish.fish"; fi
    # Without a terminal elvish has no table of completers to set.
    if type -P elvish >/dev/null; then elvish -compileonly <(sed '/^ *set edit:/d' "$shells/elvish.elv"); fi
    if type -P shellcheck >/dev/null; then
        shellcheck "${scripts[@]}" "$shells/bash.sh"
        shellcheck -s sh "${remote[@]}"
    fi
}

step_clippy() {
    say "cargo clippy"
    cargo clippy --workspace --all-targets -- -D warnings
}

step_doc() {
    say "cargo doc"
    RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps
}

step_test() {
    say "cargo test --workspace"
    choose_kubectl
    choose_nushell
    : >"$skipped"
    BOWLINE_SKIPPED=$skipped cargo test --workspace 2>&1 | tee "$log"
}

# kubectl differs between versions in what it prints and forgives: the end-to-end tests hold for the oldest one too.
step_old_kubectl() {
    say "end-to-end tests with Debian's kubectl"
    local old version
    if ! old=$(old_kubectl); then
        echo "NOT RUN: apt cannot provide kubernetes-client here."
        notes+=("not run: end-to-end tests with Debian's kubectl (apt cannot provide it)")
        return
    fi
    version=$(kubectl_version "$old")
    if [[ -n ${BOWLINE_KUBECTL:-} && $(kubectl_version "$BOWLINE_KUBECTL") == "$version" ]]; then
        echo "Nothing to do: all tests ran with $version already."
        return
    fi
    : >"$skipped_old"
    # `config` is held to kubectl 1.30 and later, and its slowest tests ask no kubectl at all.
    local without=(config_ history:: kills:: post:: tiers:: writers::)
    BOWLINE_KUBECTL=$old BOWLINE_SKIPPED=$skipped_old cargo test -p bowline -p testnode \
        --test e2e --test kubectl --test transcripts -- "${without[@]/#/--skip=}" 2>&1 | tee "$log.old-kubectl"
    notes+=("kubectl    $old ($version), end-to-end tests only: $(wc -l <"$skipped_old") skipped as too old")
}

step_deny() {
    say "cargo deny"
    local deny=$target/tools/bin/cargo-deny
    if [[ $("$deny" --version 2>/dev/null) != "cargo-deny $deny_version" ]]; then
        echo "Building cargo-deny $deny_version (licences, banned crates, sources), about two minutes."
        # Not optimised: it runs for a second, and would build for several minutes.
        CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$target/tools/build \
            cargo install --quiet --locked --debug --force --root "$target/tools" "cargo-deny@$deny_version"
        rm -rf "$target/tools/build"
    fi
    "$deny" --log-level error check licenses bans sources
    # The advisories are a git repository on GitHub, which not every build machine can reach.
    if timeout 20 git ls-remote --quiet https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1; then
        "$deny" --log-level error check advisories
    else
        echo "NOT RUN: cargo deny check advisories (the advisory database on GitHub cannot be reached)."
        notes+=("not run: cargo deny check advisories (GitHub cannot be reached)")
    fi
}

step_cross() {
    say "lint for Windows and macOS"
    if ! type -P apt-get >/dev/null; then
        echo "NOT RUN: this needs Debian's packages."
        notes+=("not run: lint for Windows and macOS (needs Debian)")
        return
    fi
    scripts/lint-cross.sh
}

step_fuzz() {
    say "fuzz targets compile"
    if [[ ! -f fuzz/Cargo.toml ]]; then
        echo "There are none yet."
        return
    fi
    CARGO_TARGET_DIR=$target/fuzz cargo check --manifest-path fuzz/Cargo.toml
}

summary() {
    local count=0
    say "Summary"
    if [[ -n ${BOWLINE_KUBECTL:-} ]]; then
        echo "kubectl    $BOWLINE_KUBECTL ($(kubectl_version "$BOWLINE_KUBECTL"))"
    fi
    if ((${#notes[@]})); then printf '%s\n' "${notes[@]}"; fi
    if [[ " ${steps[*]} " == *" test "* ]]; then
        awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
            END { printf "tests      %d passed, %d failed, %d ignored\n", passed, failed, ignored }' "$log"
        count=$(wc -l <"$skipped")
        echo "skipped    $count"
        cat "$skipped"
    fi
    if [[ ${CI:-} == true ]] && ((count > 0)); then
        echo "A skipped test is a failure on the build machine."
        exit 1
    fi
    echo "All good: ${steps[*]}"
}

mkdir -p "$target"
prepare
for step in "${steps[@]}"; do "step_$step"; done
summary
