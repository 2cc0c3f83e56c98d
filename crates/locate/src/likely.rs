//! What is on record about the machine that is looked for: it decides who is asked first, and nothing else.

use crate::candidate::Candidate;
use crate::mac::Mac;

/// Hardware addresses and names of the machine.
#[derive(Clone, Debug, Default)]
pub struct Likely {
    /// Its hardware addresses.
    pub macs: Vec<Mac>,
    /// What it may be called: instances, host names, containers.
    pub names: Vec<String>,
}

impl Likely {
    /// Whether a candidate has one of the hardware addresses, or one of the names: a host name by its first
    /// label, since sources disagree about the domain.
    pub fn fits(&self, candidate: &Candidate) -> bool {
        let by_mac = candidate.mac.is_some_and(|mac| self.macs.contains(&mac));
        let by_name = candidate.name.as_deref().is_some_and(|name| {
            self.names
                .iter()
                .any(|known| label(known).eq_ignore_ascii_case(label(name)))
        });
        by_mac || by_name
    }
}

/// The first label of a host name.
pub fn label(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn a_name_or_a_hardware_address_on_record_fits() {
        let mac = Mac::new([0x52, 0x54, 0, 1, 2, 3]);
        let likely = Likely {
            macs: vec![mac],
            names: vec!["Microk8s-vm.mshome.net".to_owned()],
        };
        let candidate = || Candidate::new("10.0.0.1:1".parse().unwrap(), Source::Multipass);
        assert!(!likely.fits(&candidate()));
        assert!(likely.fits(&candidate().named("microk8s-VM")));
        assert!(!likely.fits(&candidate().named("microk8s-vm2")));
        let mut other = candidate().named("another");
        assert!(!likely.fits(&other));
        other.mac = Some(mac);
        assert!(likely.fits(&other));
    }
}
