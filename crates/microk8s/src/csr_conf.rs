//! `csr.conf`, `csr.conf.template`, `csr.conf.rendered`: the names and addresses that server.crt carries.
//!
//! The kicker fills the template's `#MOREIPS` with the node's addresses and compares the result with
//! `csr.conf`; if they differ, it signs the certificates anew (canonical/microk8s
//! `microk8s-resources/actions/common/utils.sh`, `render_csr_conf`, `produce_certs`).

use std::net::IpAddr;

/// A line of the section `alt_names`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AltName {
    /// `DNS` or `IP`, as it stands there.
    pub kind: String,
    /// The number behind it, which must not occur twice: OpenSSL would drop one.
    pub number: String,
    /// The name or address.
    pub value: String,
    /// The line, from 1.
    pub line: usize,
}

/// Such a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsrConf {
    /// The names and addresses, in order.
    pub alt_names: Vec<AltName>,
    /// Whether the node's addresses are filled in: the line `#MOREIPS` is there. In a rendered file it is
    /// not; in a template without it the addresses are only those listed.
    pub more_ips: bool,
}

impl CsrConf {
    /// Reads a file. What is no `alt_names` line is passed over: OpenSSL reads the rest.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut conf = Self::default();
        let mut inside = false;
        for (index, line) in text.lines().enumerate() {
            conf.more_ips |= line.contains("#MOREIPS");
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(section) = line.strip_prefix('[') {
                inside = section.trim_end_matches(']').trim() == "alt_names";
            } else if inside
                && let Some((key, value)) = line.split_once('=')
                && let Some((kind, number)) = key.trim().split_once('.')
            {
                conf.alt_names.push(AltName {
                    kind: kind.to_owned(),
                    number: number.to_owned(),
                    value: value.trim().trim_matches('"').to_owned(),
                    line: index + 1,
                });
            }
        }
        conf
    }

    /// The addresses.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.of("IP").filter_map(|value| value.parse().ok())
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.of("DNS")
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &str> {
        let names = self.alt_names.iter();
        names
            .filter(move |name| name.kind == kind)
            .map(|name| name.value.as_str())
    }

    /// Lines whose key an earlier line has: a certificate gets one of the two only.
    pub fn duplicates(&self) -> impl Iterator<Item = &AltName> {
        self.alt_names.iter().enumerate().filter_map(|(at, name)| {
            let earlier = self.alt_names.get(..at)?;
            let same = |other: &AltName| other.kind == name.kind && other.number == name.number;
            earlier.iter().any(same).then_some(name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// canonical/microk8s `microk8s-resources/certs/csr.conf.template`, with a name added.
    const TEMPLATE: &str = "\
[ dn ]
C = GB
CN = 127.0.0.1

[ req_ext ]
subjectAltName = @alt_names

[ alt_names ]
DNS.1 = kubernetes
DNS.2 = kubernetes.default
DNS.6 = microk8s-vm.mshome.net # ours
IP.1 = 127.0.0.1
IP.2 = 10.152.183.1
#MOREIPS

[ v3_ext ]
subjectAltName=@alt_names
IP.9 = 1.2.3.4
";

    #[test]
    fn reads_a_template() {
        let conf = CsrConf::parse(TEMPLATE.as_bytes());
        let names: Vec<_> = conf.names().collect();
        assert_eq!(
            names,
            ["kubernetes", "kubernetes.default", "microk8s-vm.mshome.net"]
        );
        let addresses: Vec<_> = conf
            .addresses()
            .map(|address| address.to_string())
            .collect();
        assert_eq!(addresses, ["127.0.0.1", "10.152.183.1"]);
        assert!(conf.more_ips);
        assert_eq!(conf.duplicates().count(), 0);
    }

    #[test]
    fn a_number_taken_twice_is_seen() {
        let text = TEMPLATE.replace("#MOREIPS", "IP.2 = 172.20.1.7\nIP.x = nonsense");
        let conf = CsrConf::parse(text.as_bytes());
        assert!(!conf.more_ips);
        let lines: Vec<_> = conf.duplicates().map(|name| name.line).collect();
        assert_eq!(lines, [14]);
        assert_eq!(conf.addresses().count(), 3);
        CsrConf::parse(b"\xff[\n[ alt_names\n=.=\n.=");
    }
}
