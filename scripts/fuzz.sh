#!/usr/bin/env bash
# Fuzzes one target: scripts/fuzz.sh TARGET [SECONDS]; without a target, names them.
#
# What cargo-fuzz does, without it: no target has `unsafe` code of ours, so coverage is all that is needed,
# and any compiler gives it. The corpus and what was found are in fuzz/corpus and fuzz/artifacts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${1:-}
if [[ ! -f fuzz/fuzz_targets/$target.rs ]]; then
    echo "scripts/fuzz.sh TARGET [SECONDS], where TARGET is one of:"
    for file in fuzz/fuzz_targets/*.rs; do
        printf '%-14s%s\n' "$(basename "$file" .rs)" "$(sed -n '1s/^\/\/! //p' "$file")"
    done
    exit 2
fi

corpus=fuzz/corpus/$target
mkdir -p "$corpus" fuzz/artifacts
options=(-max_total_time="${2:-60}" -max_len=4096 -timeout=60 -artifact_prefix="fuzz/artifacts/$target-")
case $target in
document | outline | lint)
    cp fuzz/seeds/kubeconfig/* "$corpus"
    options+=(-dict=fuzz/seeds/yaml.dict)
    ;;
edits)
    # A file, 0xff, and the choices of which the edits are made.
    for file in fuzz/seeds/kubeconfig/*; do
        for number in 1 2 3 4; do
            { cat "$file" && printf '\377' && head -c 64 /dev/urandom; } >"$corpus/$(basename "$file").$number"
        done
    done
    options+=(-dict=fuzz/seeds/yaml.dict)
    ;;
machine_reply)
    cp fuzz/seeds/machine_reply/* "$corpus"
    options+=(-dict=fuzz/seeds/machine_reply.dict)
    ;;
templates)
    cp fuzz/seeds/templates/* "$corpus"
    options+=(-dict=fuzz/seeds/templates.dict)
    ;;
known_tokens | args | hosts_ics | jwt | mdns | neighbours | sources)
    cp "fuzz/seeds/$target"/* "$corpus"
    ;;
esac

flags=(--cfg fuzzing -Cpasses=sancov-module -Cdebug-assertions -Coverflow-checks)
for argument in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=("-Cllvm-args=-sanitizer-coverage-$argument")
done
# With a --target, build scripts and macros are built without these flags.
host=$(rustc -vV | sed -n 's/^host: //p')
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
RUSTFLAGS=${flags[*]} CARGO_TARGET_DIR=$folder \
    cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --target "$host" --bin "$target"
exec "$folder/$host/release/$target" "${options[@]}" "$corpus"
