//! What `bowline add` was asked to take in.

use std::ffi::OsStr;
use std::path::PathBuf;

use machines::Place;
use machines::PlaceError;

use super::distributions::DISTRIBUTIONS;
use super::distributions::Distribution;
use super::distributions::MICROK8S;
use super::distributions::WRITERS;
use super::distributions::Writer;

/// A file, a machine, or a word for what to look for.
#[derive(Debug, PartialEq, Eq)]
pub enum What {
    /// `-`.
    Input,
    /// A kubeconfig.
    File(PathBuf),
    /// `microk8s`: wherever this machine finds one.
    MicroK8s,
    /// A machine, whatever runs there.
    Machine(Place),
    /// The kubeconfig of a distribution on this machine.
    Local(&'static Distribution),
    /// A cluster of a program that writes into kubectl's default kubeconfig by itself.
    Written {
        /// The program.
        by: &'static Writer,
        /// The cluster's name.
        name: String,
    },
}

impl What {
    /// Reads the argument. Words win over files of the same name: such a file is `./microk8s`.
    ///
    /// # Errors
    /// [`PlaceError`] when it begins as a machine does and names none.
    pub fn parse(argument: &OsStr) -> Result<Self, PlaceError> {
        let file = || Self::File(PathBuf::from(argument));
        let Some(text) = argument.to_str() else {
            return Ok(file());
        };
        if text == "-" {
            return Ok(Self::Input);
        }
        if text == MICROK8S.word {
            return Ok(Self::MicroK8s);
        }
        if let Some(local) = DISTRIBUTIONS.iter().find(|known| known.word == text) {
            return Ok(Self::Local(local));
        }
        for by in &WRITERS {
            let name = match text.strip_prefix(by.word) {
                Some("") => by.default,
                Some(rest) => match rest.strip_prefix(':') {
                    Some("") => by.default,
                    Some(name) => name,
                    None => continue,
                },
                None => continue,
            };
            let name = name.to_owned();
            return Ok(Self::Written { by, name });
        }
        if Place::is_meant_by(text) {
            return text.parse().map(Self::Machine);
        }
        Ok(file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> What {
        What::parse(OsStr::new(text)).unwrap()
    }

    #[test]
    fn words_machines_and_files_are_told_apart() {
        assert_eq!(parse("-"), What::Input);
        assert_eq!(parse("microk8s"), What::MicroK8s);
        assert_eq!(parse("local"), What::Machine(Place::Local));
        assert_eq!(
            parse("multipass:dev"),
            What::Machine(Place::Multipass("dev".to_owned()))
        );
        for file in [
            "./microk8s",
            "k3s.yaml",
            r"C:\kube\config",
            "kinder",
            "/a:b",
        ] {
            assert_eq!(parse(file), What::File(PathBuf::from(file)), "{file}");
        }
        let What::Local(k3s) = parse("k3s") else {
            panic!("k3s is a word");
        };
        assert_eq!(k3s.files, ["/etc/rancher/k3s/k3s.yaml"]);
        for (text, wanted) in [("kind", "kind"), ("kind:a:b", "a:b"), ("minikube:p", "p")] {
            let What::Written { name, .. } = parse(text) else {
                panic!("{text} is a word");
            };
            assert_eq!(name, wanted);
        }
    }
}
