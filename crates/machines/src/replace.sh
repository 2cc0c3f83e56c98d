LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
fresh=
clean() { [ -z "$fresh" ] || rm -f -- "$fresh"; }
trap clean EXIT
trap "exit 57" HUP INT TERM
hash() {
    digest=$(sha256sum) || return 1
    echo "${digest%% *}"
}
same() {
    [ -L "$path" ] && exit 43
    if [ "$expected" = none ]; then
        [ -e "$path" ] && exit 46
        return 0
    fi
    [ -e "$path" ] || exit 47
    [ -f "$path" ] || exit 44
    [ "$(stat -c %h "$path")" = 1 ] || exit 51
    [ -r "$path" ] || exit 48
    now=$(hash <"$path") || exit 48
    [ "$now" = "$expected" ] || exit 45
}
IFS= read -r encoded || exit 40
IFS= read -r expected || exit 40
IFS= read -r wanted || exit 40
path=$(printf "%s" "$encoded" | base64 -d && printf .) || exit 40
path=${path%.}
case $path in
/*) ;;
*) exit 40 ;;
esac
folder=${path%/*}/
[ -d "$folder" ] || exit 42
same
fresh=$(mktemp "$folder.bowline.XXXXXX") || exit 49
while IFS= read -r line; do
    [ "$line" = . ] && break
    printf "%s" "$line"
done | base64 -d >"$fresh" || exit 49
[ "$(hash <"$fresh")" = "$wanted" ] || exit 41
if [ "$expected" = none ]; then
    chmod 600 "$fresh" || exit 49
else
    owner=$(stat -c "%u:%g" "$path") || exit 48
    mode=$(stat -c "%a" "$path") || exit 48
    chown "$owner" "$fresh" || exit 50
    chmod "$mode" "$fresh" || exit 50
fi
sync "$fresh" 2>/dev/null || sync
same
if [ "$expected" = none ]; then
    ln -- "$fresh" "$path" || exit 49
else
    mv -f -- "$fresh" "$path" || exit 49
    fresh=
fi
sync "$folder" 2>/dev/null || sync
echo ":replaced"
