# shellcheck shell=sh disable=SC2086
# Reads patterns, one a line, and prints one line for each file that they match:
#   KIND =META =PATH =CONTENT
# META, PATH and CONTENT are base64, so that neither odd names nor files that grow break a line.
# KIND: f file, d folder, l link (content: where to), k private key (content: its public half), u unreadable
# (content: why). The last line is a dot. No apostrophe, exclamation mark or backslash: see script.rs.
set -u
LC_ALL=C
export LC_ALL
newline="
"
limit=1048576
encode() { base64 | tr -d "$newline"; }
openssl=$(command -v openssl || echo /snap/microk8s/current/usr/bin/openssl)
record() {
    meta=$(stat -c "%a %u %g %Y %U %G" -- "$2" 2>/dev/null || echo "- - - - - -")
    printf "%s =" "$1"
    printf "%s" "$meta" | encode
    printf " ="
    printf "%s" "$2" | encode
    printf " ="
    encode
    printf "%s" "$newline"
}
unreadable() { printf "%s" "$2" | record u "$1"; }
show() {
    if test -L "$1"; then
        readlink -- "$1" | record l "$1"
    elif test -d "$1"; then
        record d "$1" </dev/null
    elif test -f "$1"; then
        if test -r "$1"; then
            case "$1" in
            *.key) "$openssl" pkey -in "$1" -passin pass: -pubout 2>/dev/null </dev/null | record k "$1" ;;
            *)
                if test "$(stat -c %s -- "$1")" -gt "$limit"; then
                    unreadable "$1" "larger than 1 MiB"
                else
                    head -c "$limit" <"$1" | record f "$1"
                fi
                ;;
            esac
        else
            unreadable "$1" "permission denied"
        fi
    elif test -e "$1"; then
        unreadable "$1" "not a file"
    else
        # Nothing matches, or a folder on the way may not be looked into.
        up=${1%/*}
        until test -z "$up" || test -e "$up"; do up=${up%/*}; done
        if test -d "$up"; then
            if test -r "$up" && test -x "$up"; then :; else unreadable "$up" "permission denied"; fi
        fi
    fi
}
while IFS= read -r pattern; do
    IFS=$newline
    for path in $pattern; do show "$path"; done
done
echo .
