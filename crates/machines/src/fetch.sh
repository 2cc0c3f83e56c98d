LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
set -f
nl="
"
count=0
about() {
    meta=$(stat -c "%s %f %u %g %Y /%U:%G:%n:" "$1" 2>/dev/null </dev/null) || meta="- - - - - /::$1:"
    size=${meta%% *}
    echo ":entry"
    printf "%s" "$meta" | base64
    count=$((count + 1))
}
public() {
    if command -v openssl >/dev/null 2>&1; then
        openssl pkey -passin pass: -in "$1" -pubout 2>/dev/null </dev/null
        return
    fi
    snap=/snap/microk8s/current
    [ -x "$snap/usr/bin/openssl" ] || return 0
    set +f
    for libraries in "$snap"/usr/lib/*-linux-gnu; do
        LD_LIBRARY_PATH=$libraries "$snap/usr/bin/openssl" pkey -passin pass: -in "$1" -pubout 2>/dev/null </dev/null && break
    done
    set -f
}
show() {
    about "$1"
    if [ -L "$1" ]; then
        echo ":link"
        readlink -n "$1" </dev/null | base64
    elif [ -d "$1" ]; then
        echo ":folder"
    elif [ -f "$1" ]; then
        if [ -r "$1" ]; then
            case $1 in
            *.key)
                echo ":public"
                public "$1" | base64
                ;;
            *)
                if [ "$size" -gt 1048576 ] 2>/dev/null; then
                    echo ":large"
                else
                    echo ":file"
                    base64 <"$1" 2>/dev/null || echo ":failed"
                fi
                ;;
            esac
        else
            echo ":denied"
        fi
    elif [ -e "$1" ]; then
        echo ":odd"
    else
        echo ":denied"
    fi
}
above() {
    folder=${1%/*}
    while [ -n "$folder" ]; do
        if [ -d "$folder" ]; then
            if [ -x "$folder" ]; then
                [ "$2" = enter ] && return 0
                [ -r "$folder" ] && return 0
            fi
            about "$folder"
            echo ":denied"
            return 0
        fi
        folder=${folder%/*}
    done
}
echo ":machine-reply 1"
complete=
while IFS= read -r line; do
    rest=${line#?}
    case $line in
    .)
        complete=1
        break
        ;;
    "="*)
        if [ -e "$rest" ] || [ -L "$rest" ]; then show "$rest"; else above "$rest" enter; fi
        ;;
    "*"*)
        IFS=$nl
        set +f
        # shellcheck disable=SC2086 # the pattern is to be matched
        set -- $rest
        set -f
        unset IFS
        matched=
        for path in "$@"; do
            [ "$path" = "$rest" ] && continue
            matched=1
            show "$path"
        done
        [ -n "$matched" ] || above "$rest" list
        ;;
    esac
done
[ -n "$complete" ] || exit 40
echo ":end $count"
