#!/usr/bin/env bash
# Type-checks and lints the workspace for Windows and macOS from Debian, without their linkers.
#
# rustup has no cross standard library without a network of its own, but Debian's rustc-web comes with the
# source of exactly its version. Checking that source once yields the metadata that a lint needs; it is kept
# in the target folder, per compiler version. C code is not compiled: a compiler that does nothing stands in,
# which is enough for Rust code that calls it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

targets=(x86_64-pc-windows-gnu aarch64-apple-darwin)
packages=(rustc-web cargo-web rust-web-src rust-web-clippy)
arguments=("${@:---workspace}")

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
    echo "Installing ${missing[*]}: a Rust compiler with the source of its standard library (about 300 MB)."
    sudo=()
    ((EUID == 0)) || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

# Debian's compiler, whatever rustup puts first.
export PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo
version=$(/usr/bin/rustc --version | tr -c 'A-Za-z0-9.\n' '-')
cross=$(realpath -m "${CARGO_TARGET_DIR:-target}")/cross/$version
unset CARGO_TARGET_DIR RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTUP_TOOLCHAIN

build_metadata() { # TARGET LIB-FOLDER
    echo "Checking the standard library of ${version%%--*} for $1 (once)."
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zforce-unstable-if-unmarked /usr/bin/cargo check --quiet --locked \
        --features panic-unwind,backtrace --target "$1" --target-dir "$cross/std" \
        --manifest-path /usr/lib/rustlib/src/rust/library/sysroot/Cargo.toml
    rm -rf "$2" "$2.new"
    install -Dm644 -t "$2.new" "$cross/std/$1"/debug/deps/*.rmeta
    # In place only when complete: an interrupted run must not look like a finished one.
    mv "$2.new" "$2"
    rm -rf "$cross/std"
}

status=0
for target in "${targets[@]}"; do
    lib=$cross/sysroot/lib/rustlib/$target/lib
    [[ -d $lib ]] || build_metadata "$target" "$lib"
    echo "Linting for $target."
    underscored=${target//-/_}
    env "CC_$underscored=/bin/true" "AR_$underscored=/bin/true" \
        CARGO_ENCODED_RUSTFLAGS="--sysroot"$'\x1f'"$cross/sysroot" \
        /usr/bin/cargo-clippy clippy --quiet --locked --keep-going --all-targets "${arguments[@]}" \
        --target "$target" --target-dir "$cross/lint" -- -D warnings || status=1
done
exit "$status"
