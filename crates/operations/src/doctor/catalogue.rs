//! Everything that can be found, as a table: its name, which stays; its rung; whether it breaks the
//! connection; and what it means.

use crate::failure::Rung;

/// One thing that can be found.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name in JSON, which stays.
    pub id: &'static str,
    /// Where on the ladder it is.
    pub rung: Rung,
    /// Whether the connection, or what stands behind it, does not work because of it.
    pub breaks: bool,
    /// What it means.
    pub meaning: &'static str,
}

macro_rules! kinds {
    ($($name:ident, $id:literal, $rung:ident, $breaks:literal, $meaning:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`.")]
            pub const $name: Kind = Kind {
                id: $id,
                rung: Rung::$rung,
                breaks: $breaks,
                meaning: $meaning,
            };
        )*
        /// All of them.
        pub const ALL: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    NO_FILE, "kubeconfig-none", Kubeconfig, true,
        "there is no kubeconfig: kubectl stops, or asks http://localhost:8080, where nobody is";
    FILE_MISSING, "kubeconfig-missing", Kubeconfig, false,
        "kubectl passes over a file that does not exist without a word: what was to be in it is not there";
    TILDE, "kubeconfig-tilde", Kubeconfig, true,
        "a shell expands `~` at the beginning of a word only, and kubectl never: kubectl does not see this file";
    FILE_UNREADABLE, "kubeconfig-unreadable", Kubeconfig, true,
        "nothing in this file can be used, and kubectl stops at it";
    FILE_EXPOSED, "kubeconfig-exposed", Kubeconfig, false,
        "others on this machine can take the credentials in it";
    FILE_DAMAGED, "kubeconfig-damaged", Kubeconfig, true,
        "it is not what kubectl can read, and kubectl stops at it, whatever the context";
    NO_CONTEXT, "context-none", Kubeconfig, true,
        "nothing says which cluster is meant";
    CONTEXT_UNKNOWN, "context-unknown", Kubeconfig, true,
        "no file of the chain has a context of this name";
    CLUSTER_UNKNOWN, "cluster-unknown", Kubeconfig, true,
        "the context leads to a cluster entry that no file has";
    USER_UNKNOWN, "user-unknown", Kubeconfig, true,
        "the context leads to a user entry that no file has";
    SERVER_INVALID, "server-invalid", Kubeconfig, true,
        "the server is no URL that can be connected to";
    CA_AND_INSECURE, "ca-and-insecure", Kubeconfig, true,
        "kubectl refuses an entry that has a CA and says not to check it";
    CA_UNUSABLE, "ca-unusable", Kubeconfig, true,
        "the CA data holds no certificate, so nothing can be proved by it";
    CA_FILE_MISSING, "ca-file-missing", Kubeconfig, true,
        "the file with the cluster's CA is gone";
    KEY_MISMATCH, "client-key-mismatch", Kubeconfig, true,
        "the client key does not belong to the client certificate: two users were mixed up";
    HTTP_TO_TLS, "http-to-tls-port", Kubeconfig, true,
        "the server says http://, but its port speaks TLS only";
    NAME_UNRESOLVED, "name-unresolved", Name, true,
        "the name of the server has no address now";
    RESOLVER_SILENT, "resolver-silent", Name, true,
        "the system's resolver does not answer: DNS itself is out of reach";
    NAME_DISAGREES, "name-disagrees", Name, false,
        "two sources give the name different addresses, and kubectl uses the system's";
    NETWORK_UNREACHABLE, "network-unreachable", Address, true,
        "this machine has no route to that network: a network interface, a VPN or a virtual switch is down";
    NO_ROUTE, "no-route-to-host", Address, true,
        "nobody in that network has the address now, or a firewall says so: the machine is off, or has another address";
    NO_ANSWER, "no-answer", Address, true,
        "packets to the address are lost: nobody has it, the machine is off, or a firewall drops them";
    DEFAULT_SWITCH, "default-switch", Address, false,
        "the address comes from Hyper-V's Default Switch (Internet Connection Sharing), which gets another network at each boot of Windows";
    PORT_REFUSED, "port-refused", Port, true,
        "a machine has the address, but nothing listens on the port: the API server is stopped or starting, or another machine has the address now";
    PORT_CLOSES, "accepts-then-closes", Port, true,
        "something accepts connections and closes them at once, as a relay without a server behind it does";
    PORT_HUNG, "hung", Port, true,
        "the kernel accepts connections, but the process behind the port does nothing: it is stopped, starved or hung";
    HTTP_FAILED, "http-failed", Port, true,
        "the connection ends in the middle of the answer";
    SLOW, "slow", Port, false,
        "the way there or the API server is slow; that alone breaks nothing";
    PROXY_UNREACHABLE, "proxy-unreachable", Port, true,
        "the proxy that the entry names does not answer; kubectl then blames the server";
    PROXIED, "proxied", Port, false,
        "a proxy stands before the server, so nothing can be said of what is behind it";
    OTHER_CLUSTER, "other-cluster", Identity, true,
        "another cluster has the address now: kubectl would refuse it, and nothing was sent to it";
    KNOWN_CLUSTER, "other-known-cluster", Identity, true,
        "another cluster of this kubeconfig has the address now";
    REKEYED, "rekeyed", Identity, true,
        "the machine is the one on record, but its cluster has a new CA: it was installed or re-keyed anew, and the old credentials are void";
    INTERCEPTED, "intercepted", Identity, true,
        "something in between answers for the cluster: a proxy, a captive portal or a web server";
    NODE_ANSWERS, "node-answers", Identity, true,
        "a kubelet answers, not an API server: wrong port, or another machine of the cluster";
    NOT_TLS, "plain-http-port", Identity, true,
        "the server says https://, but its port speaks plain HTTP";
    NOT_API_SERVER, "not-an-api-server", Identity, true,
        "what answers does not speak as an API server does";
    CERTIFICATE_ODD, "certificate-unusable", Identity, true,
        "the certificate that is shown proves nothing";
    TLS_FAILED, "tls-failed", Identity, true,
        "whatever listens there does not speak TLS as an API server does";
    NO_CA, "no-ca", Identity, true,
        "the entry has no CA, and no public CA signs for the names of a cluster: kubectl cannot trust it";
    SYSTEM_CA, "system-ca", Identity, false,
        "the entry has no CA of its own: public CAs vouch for names, not for clusters, so the cluster is not proved here";
    INSECURE, "insecure", Identity, false,
        "kubectl checks nothing: any machine that gets the address also gets the credential";
    PLAIN_HTTP, "plain-http", Identity, false,
        "nothing is encrypted and nothing can be proved";
    MAYBE_OTHER, "shared-ca-stranger", Identity, true,
        "the CA signs for several clusters, and what is on record says that this is another of them";
    NOT_KUBECTL_NAME, "server-name", ServerName, true,
        "it is the right cluster, but its certificate does not carry the name or address that kubectl checks";
    WRONG_SERVER_NAME, "tls-server-name-wrong", ServerName, true,
        "the entry's tls-server-name is none that the cluster's certificate carries";
    EXPIRED, "certificate-expired", Expiry, true,
        "the API server's certificate has ended; kubectl refuses it, and so does everything in the cluster";
    NOT_YET, "certificate-not-yet-valid", Expiry, true,
        "the API server's certificate begins in the future: a clock was wrong when it was made, or is wrong now";
    CA_OUT_OF_DATE, "ca-out-of-date", Expiry, true,
        "the CA certificate in the kubeconfig is outside its validity; kubectl refuses everything signed by it";
    CLOCK_HERE, "clock-here", Expiry, true,
        "the clock of this machine is wrong, not the certificate";
    CLOCKS_APART, "clocks-apart", Expiry, true,
        "the clocks of the two machines are far apart, and by the server's the certificate is valid: a clock is wrong, not the certificate";
    CLOCK_SKEW, "clock-skew", Expiry, false,
        "the clocks of the two machines differ: new certificates and tokens may be refused for a while";
    ENDS_SOON, "certificate-ends-soon", Expiry, false,
        "kubectl will refuse the server from that day on";
    NO_CREDENTIAL, "credential-none", CredentialForm, true,
        "there is nothing to log in with: kubectl would ask for a user name";
    CREDENTIAL_HALF, "credential-half", CredentialForm, true,
        "a client certificate is of no use without its key, nor a key without its certificate";
    CREDENTIAL_FILE, "credential-file-missing", CredentialForm, true,
        "a file with a credential is gone or cannot be read";
    CREDENTIAL_ODD, "credential-unusable", CredentialForm, true,
        "the credential cannot be used as it is written";
    CLIENT_EXPIRED, "client-certificate-expired", CredentialForm, true,
        "the client certificate has ended, and the cluster does not accept it any more";
    CLIENT_NOT_YET, "client-certificate-not-yet-valid", CredentialForm, true,
        "the client certificate begins in the future";
    CLIENT_ENDS_SOON, "client-certificate-ends-soon", CredentialForm, false,
        "the cluster will not accept the client certificate from that day on";
    TOKEN_EXPIRED, "token-expired", CredentialForm, true,
        "the token has ended, and the cluster does not accept it any more";
    TOKEN_ENDS_SOON, "token-ends-soon", CredentialForm, false,
        "the cluster will not accept the token from then on";
    PLUGIN_MISSING, "plugin-missing", CredentialForm, true,
        "the program that is to provide the credential is not installed, or not where the entry says";
    PLUGIN_NOT_EXECUTABLE, "plugin-not-executable", CredentialForm, true,
        "the file of the program that is to provide the credential may not be run";
    PLUGIN_REMOVED, "plugin-api-removed", CredentialForm, true,
        "kubectl no longer speaks this version of the plugin protocol (removed in 1.24)";
    PLUGIN_OLD, "plugin-api-deprecated", CredentialForm, false,
        "this version of the plugin protocol is deprecated: kubectl will drop it";
    PLUGIN_MODE, "plugin-interactive-mode", CredentialForm, true,
        "kubectl wants to know whether the plugin may ask at the terminal: Never, IfAvailable or Always";
    PLUGIN_ASKS, "plugin-asks", CredentialForm, false,
        "the plugin wants a terminal: it fails in scripts";
    PLUGIN_FAILED, "plugin-failed", CredentialForm, true,
        "the program that is to provide the credential did not";
    PLUGIN_NOT_RUN, "plugin-not-run", CredentialForm, false,
        "the credential comes from a program, which was not run: give --run-plugins to go on with it";
    AUTH_PROVIDER, "auth-provider-removed", CredentialForm, true,
        "kubectl has no auth providers since 1.26: an exec plugin has to take its place";
    BASIC, "basic-auth", CredentialForm, false,
        "API servers take no user name and password since Kubernetes 1.19; something before it may";
    TOKEN_REFUSED, "token-refused", Credential, true,
        "the cluster does not know the token: it was changed or revoked, or is another cluster's";
    CLIENT_REFUSED, "client-certificate-refused", Credential, true,
        "the cluster does not accept the client certificate";
    BASIC_REFUSED, "basic-auth-refused", Credential, true,
        "the cluster does not accept user name and password";
    FORBIDDEN, "forbidden", Permission, true,
        "the cluster knows who this is and lets them do nothing in the namespace; the connection is right";
    SERVER_ERROR, "server-error", Server, true,
        "the API server answers with errors: it is starting, overloaded, or something behind it is broken";
    SERVER_SILENT, "server-silent", Server, true,
        "the API server takes requests that need its datastore and does not answer them in time";
    DATASTORE_DOWN, "datastore-down", Server, true,
        "the API server is there, but what it keeps its objects in is not: reading takes a minute and fails, writing too";
    NOT_READY, "not-ready", Server, true,
        "the API server says itself that it is not ready";
    NODE_NOT_READY, "node-not-ready", Node, false,
        "the cluster does not hear from the kubelet, so nothing new runs on the node";
    LACKS_ADDRESS, "certificate-lacks-address", Node, false,
        "the API server's certificate was not made anew for its present address: clients that do not use tls-server-name are refused there";
    KUBELET_ADDRESS, "kubelet-certificate-address", Node, true,
        "the kubelet's certificate is for another address than the node has, so the API server does not trust it: `logs`, `exec` and `port-forward` fail";
    KUBELET_EXPIRED, "kubelet-certificate-expired", Node, true,
        "the kubelet's certificate has ended, so the API server does not trust it: `logs`, `exec` and `port-forward` fail";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_documented() {
        let page = include_str!("../../../../docs/doctor.md");
        for (index, kind) in ALL.iter().enumerate() {
            assert!(
                !ALL[..index].iter().any(|other| other.id == kind.id),
                "{}",
                kind.id
            );
            let cell = format!("`{}`", kind.id);
            assert!(page.contains(&cell), "docs/doctor.md lacks {cell}");
        }
    }
}
