//! The scripts that change something on a node besides its files. Constants: whatever they need comes in on
//! standard input.

use machines::Script;

/// Stops, starts or restarts the snap or one of its services; snapd lets only root do so, while reading the
/// files takes less. First line: the verb; second line: the service.
pub(super) const SERVICE: Script = Script::new(
    "stop or start its services",
    r#"IFS= read -r verb
IFS= read -r service
case "$verb" in
stop | start | restart) ;;
*) exit 64 ;;
esac
case "$service" in
microk8s | microk8s.daemon-*) ;;
*) exit 64 ;;
esac
if test "$(id -u)" = 0; then exec snap "$verb" "$service"; fi
exec sudo -n snap "$verb" "$service"
"#,
);

/// Waits until the node is ready, for at most two minutes.
pub(super) const WAIT: Script = Script::new(
    "wait until it is ready",
    "exec microk8s status --wait-ready --timeout 120",
);

/// Signs certificates anew, as `microk8s refresh-certs -e` does. One line: which.
pub(super) const REFRESH: Script = Script::new(
    "sign its certificates anew",
    r#"IFS= read -r which
case "$which" in
ca.crt | server.crt | front-proxy-client.crt) ;;
*) exit 64 ;;
esac
if test "$(id -u)" = 0; then exec microk8s refresh-certs -e "$which"; fi
exec sudo -n microk8s refresh-certs -e "$which"
"#,
);

/// Keeps a copy of what a repair touches, for root alone. One that is there already is the older, and stays.
pub(super) const BACKUP: Script = Script::new(
    "keep a copy",
    r#"set -u
umask 077
copy=/var/snap/microk8s/common/before-repair.tar
if test -e "$copy"; then
    echo "$copy is there already: move it away first" >&2
    exit 1
fi
cd -P /var/snap/microk8s/current || exit 1
set -- args certs credentials
if test -e var/kubernetes/backend; then set -- "$@" var/kubernetes/backend; fi
if test "$(id -u)" = 0; then exec tar -cf "$copy" "$@"; fi
exec sudo -n tar -cf "$copy" "$@"
"#,
);

/// Signs a certificate signing request with the cluster's CA, as a version 3 certificate for clients. First
/// line: the days it is good; second line: its serial number in hexadecimal; then the request in PEM. The
/// CA's private key does not leave the node.
pub(super) const SIGN: Script = Script::new(
    "sign a client certificate",
    r#"set -eu
certs=/var/snap/microk8s/current/certs
openssl=$(command -v openssl || echo /snap/microk8s/current/usr/bin/openssl)
IFS= read -r days
IFS= read -r serial
test "$days" -gt 0
dir=$(mktemp -d)
clean() { rm -rf -- "$dir"; }
trap clean EXIT
cat > "$dir/csr"
printf "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
" > "$dir/ext"
"$openssl" x509 -req -sha256 -in "$dir/csr" -CA "$certs/ca.crt" -CAkey "$certs/ca.key" -set_serial "0x$serial" -days "$days" -extfile "$dir/ext"
"#,
);
