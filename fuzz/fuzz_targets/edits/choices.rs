//! Edits out of bytes.

use std::collections::BTreeMap;

use kubeconfig::AuthProvider;
use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Edit;
use kubeconfig::Exec;
use kubeconfig::ExecEnv;
use kubeconfig::Extensions;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::Preferences;
use kubeconfig::Secret;
use kubeconfig::User;
use serde_json::Value;

/// Texts about which writers and readers may differ.
const WORDS: [&str; 40] = [
    "",
    "x",
    "new",
    "https://10.0.0.1:6443",
    "https://[fd00::1]:6443",
    "it's",
    "\"q\\",
    "a: b # c",
    "a:",
    "#",
    " #",
    "-",
    "- a",
    "? a",
    "&a",
    "*a",
    "!a",
    "|",
    ">-",
    "{a}",
    "[a]",
    ",",
    "%a",
    "@a",
    "`a",
    "~",
    "no",
    "0x1f",
    "1e3",
    "12:30",
    "2024-01-01",
    "<<",
    "---",
    "...",
    " a ",
    "a\nb",
    "\n a\n\n",
    "日本\u{2028}\u{85}",
    "\0\t\r\u{feff}",
    "a text that is longer than a line may be and that go-yaml folds at the first blank after eighty",
];

pub(crate) struct Choices<'a> {
    rest: &'a [u8],
    names: Vec<String>,
}

impl<'a> Choices<'a> {
    pub(crate) fn new(rest: &'a [u8], config: &Config) -> Self {
        let clusters = config.clusters.iter().map(|entry| &entry.name);
        let users = config.users.iter().map(|entry| &entry.name);
        let contexts = config.contexts.iter().map(|entry| &entry.name);
        let names = clusters.chain(users).chain(contexts).cloned().collect();
        Self { rest, names }
    }

    /// The next byte; zero behind the last one.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        *first
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn word(&mut self) -> String {
        match self.byte() {
            length @ 240.. => {
                let length = usize::from(length - 239).min(self.rest.len());
                let (text, rest) = self.rest.split_at(length);
                self.rest = rest;
                String::from_utf8_lossy(text).into_owned()
            }
            at => WORDS[usize::from(at) % WORDS.len()].to_owned(),
        }
    }

    /// The name of an entry that may be there.
    fn name(&mut self) -> String {
        match self.below(self.names.len() + 2) {
            0 => self.word(),
            1 => "new".to_owned(),
            at => self.names[at - 2].clone(),
        }
    }

    fn text(&mut self) -> Option<String> {
        self.flag()
            .then(|| self.word())
            .filter(|text| !text.is_empty())
    }

    fn secret(&mut self) -> Option<Secret> {
        self.text().map(Secret::from)
    }

    fn data(&mut self) -> Option<Vec<u8>> {
        self.text().map(String::into_bytes)
    }

    fn words(&mut self) -> Vec<String> {
        (0..self.below(4)).map(|_| self.word()).collect()
    }

    /// Something that JSON can say and a file can.
    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => self.flag().into(),
            2 => (i64::from(self.byte()) - 100).into(),
            3 => (f64::from(self.byte()) + 0.5).into(),
            4 => self.word().into(),
            5 => (0..self.below(3)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let fields = (0..self.below(3)).map(|_| (self.word(), self.value(depth - 1)));
                Value::Object(fields.collect())
            }
        }
    }

    fn extensions(&mut self) -> Extensions {
        let some = (0..self.below(3)).map(|_| (self.word(), self.value(2)));
        Extensions(some.collect())
    }

    fn list(&mut self) -> List {
        [List::Clusters, List::Users, List::Contexts][self.below(3)]
    }

    fn cluster(&mut self) -> Cluster {
        Cluster {
            server: self.word(),
            tls_server_name: self.text(),
            insecure_skip_tls_verify: self.flag(),
            certificate_authority: self.text(),
            certificate_authority_data: self.data(),
            proxy_url: self.text(),
            disable_compression: self.flag(),
            extensions: self.extensions(),
        }
    }

    fn user(&mut self) -> User {
        User {
            client_certificate: self.text(),
            client_certificate_data: self.data(),
            client_key: self.text(),
            client_key_data: self.secret(),
            token: self.secret(),
            token_file: self.text(),
            as_user: self.text(),
            as_uid: self.text(),
            as_groups: self.words(),
            as_user_extra: (0..self.below(3))
                .map(|_| (self.word(), self.words()))
                .collect::<BTreeMap<_, _>>(),
            username: self.text(),
            password: self.secret(),
            auth_provider: self.flag().then(|| AuthProvider {
                name: self.word(),
                config: (0..self.below(3))
                    .map(|_| (self.word(), Secret::from(self.word())))
                    .collect(),
            }),
            exec: self.flag().then(|| self.exec()),
            extensions: self.extensions(),
        }
    }

    fn exec(&mut self) -> Exec {
        Exec {
            command: self.word(),
            args: self.words().into_iter().map(Secret::from).collect(),
            env: (0..self.below(3))
                .map(|_| ExecEnv {
                    name: self.word(),
                    value: Secret::from(self.word()),
                })
                .collect(),
            api_version: self.text(),
            install_hint: self.text(),
            provide_cluster_info: self.flag(),
            interactive_mode: self.text(),
        }
    }

    fn context(&mut self) -> Context {
        Context {
            cluster: self.name(),
            user: self.name(),
            namespace: self.text(),
            extensions: self.extensions(),
        }
    }

    /// One field of an entry that is there made another, or a whole entry.
    fn put(&mut self, config: &Config) -> Edit {
        let (list, name, part) = (self.list(), self.name(), self.below(5));
        match list {
            List::Clusters => {
                let (old, new) = (config.cluster(&name).cloned(), self.cluster());
                let value = match (part, old) {
                    (0, _) | (_, None) => new,
                    (1, Some(old)) => Cluster {
                        server: new.server,
                        proxy_url: new.proxy_url,
                        ..old
                    },
                    (2, Some(old)) => Cluster {
                        extensions: new.extensions,
                        ..old
                    },
                    (_, Some(old)) => Cluster {
                        certificate_authority_data: new.certificate_authority_data,
                        disable_compression: new.disable_compression,
                        ..old
                    },
                };
                Edit::PutCluster(Named::new(name, value))
            }
            List::Users => {
                let (old, new) = (config.user(&name).cloned(), self.user());
                let value = match (part, old) {
                    (0, _) | (_, None) => new,
                    (1, Some(old)) => User {
                        exec: new.exec,
                        ..old
                    },
                    (2, Some(old)) => User {
                        as_groups: new.as_groups,
                        auth_provider: new.auth_provider,
                        ..old
                    },
                    (3, Some(old)) => User {
                        as_user_extra: new.as_user_extra,
                        extensions: new.extensions,
                        ..old
                    },
                    (_, Some(old)) => User {
                        token: new.token,
                        client_key_data: new.client_key_data,
                        ..old
                    },
                };
                Edit::PutUser(Named::new(name, value))
            }
            List::Contexts => {
                let (old, new) = (config.context(&name).cloned(), self.context());
                let value = match (part, old) {
                    (0 | 1, _) | (_, None) => new,
                    (2, Some(old)) => Context {
                        namespace: new.namespace,
                        ..old
                    },
                    (_, Some(old)) => Context {
                        user: new.user,
                        extensions: new.extensions,
                        ..old
                    },
                };
                Edit::PutContext(Named::new(name, value))
            }
        }
    }

    fn edit(&mut self, config: &Config) -> Edit {
        match self.below(12) {
            0 => Edit::SetServer {
                cluster: self.name(),
                server: self.word(),
            },
            1 => Edit::SetTlsServerName {
                cluster: self.name(),
                name: self.word(),
            },
            2 => Edit::SetCurrentContext(self.name()),
            3 => Edit::Insert {
                cluster: Named::new(self.name(), self.cluster()),
                user: Named::new(self.name(), self.user()),
                context: Named::new(self.name(), self.context()),
            },
            4 | 5 => Edit::Remove {
                list: self.list(),
                name: self.name(),
            },
            6 | 7 => Edit::Rename {
                list: self.list(),
                from: self.name(),
                to: self.word(),
                references: self.flag(),
            },
            8 => Edit::PutPreferences(Preferences {
                colors: self.flag(),
                extensions: self.extensions(),
            }),
            9 => Edit::PutExtensions(self.extensions()),
            _ => self.put(config),
        }
    }

    /// Up to four edits, made for a config one after the other.
    pub(crate) fn edits(&mut self, config: &Config) -> Vec<Edit> {
        (0..=self.below(4)).map(|_| self.edit(config)).collect()
    }
}
