//! The scripts that change something on a node besides its files. Constants: whatever they need comes in on
//! standard input.

use machines::Script;

/// Restarts the API server of MicroK8s 1.21 and later, which runs inside kubelite.
pub(super) const RESTART_KUBELITE: Script = Script::new(
    "restart kubelite",
    "exec snap restart microk8s.daemon-kubelite",
);

/// Restarts the API server of MicroK8s up to 1.20.
pub(super) const RESTART_APISERVER: Script = Script::new(
    "restart the API server",
    "exec snap restart microk8s.daemon-apiserver",
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
trap "rm -rf $dir" EXIT
cat > "$dir/csr"
printf "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
" > "$dir/ext"
"$openssl" x509 -req -sha256 -in "$dir/csr" -CA "$certs/ca.crt" -CAkey "$certs/ca.key" -set_serial "0x$serial" -days "$days" -extfile "$dir/ext"
"#,
);
