# shellcheck shell=sh
# Replaces one file. Reads: its path in base64; the SHA-256 of what is in it, or "new"; the SHA-256 of what is
# to be in it; that in base64. Exit codes are told apart in replace.rs.
# No apostrophe, exclamation mark or backslash: see script.rs.
set -u
LC_ALL=C
export LC_ALL
umask 077
hash() { sha256sum <"$1" | cut -d " " -f 1; }
IFS= read -r encoded
IFS= read -r expected
IFS= read -r wanted
path=$(printf "%s" "$encoded" | base64 -d && printf .) || exit 64
path=${path%.}
case "$path" in
/*) ;;
*) exit 64 ;;
esac
if test -L "$path"; then exit 70; fi
as_expected() {
    if test "$expected" = new; then
        if test -e "$path"; then exit 71; fi
    else
        test -f "$path" || exit 72
        test "$(hash "$path")" = "$expected" || exit 73
    fi
}
as_expected
temporary=$(mktemp "${path%/*}/.bowline.XXXXXX") || exit 74
cleanup() { rm -f "$temporary"; }
trap cleanup EXIT
trap "exit 75" HUP INT TERM
base64 -d >"$temporary" || exit 75
test "$(hash "$temporary")" = "$wanted" || exit 75
if test "$expected" = new; then :; else
    chown "$(stat -c "%u:%g" -- "$path")" "$temporary" || exit 76
    chmod "$(stat -c "%a" -- "$path")" "$temporary" || exit 76
fi
sync "$temporary" 2>/dev/null || sync
as_expected
mv -f "$temporary" "$path" || exit 74
sync "${path%/*}" 2>/dev/null || sync
