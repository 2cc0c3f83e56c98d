//! Random calls of `config`.

use crate::config;
use crate::dice::Dice;

/// The subcommands, the more interesting ones repeated.
pub(crate) const SUBCOMMANDS: [&str; 21] = [
    "set-context",
    "set-cluster",
    "set-credentials",
    "set",
    "unset",
    "view",
    "use-context",
    "rename-context",
    "delete-context",
    "delete-cluster",
    "delete-user",
    "get-contexts",
    "get-clusters",
    "get-users",
    "current-context",
    "set-cluster",
    "set-credentials",
    "set",
    "unset",
    "view",
    "use",
];

/// The flags of subcommands that have any: name, and what they take.
pub(crate) const FLAGS: [(&str, &[(&str, Takes)]); 6] = [
    (
        "view",
        &[
            ("allow-missing-template-keys", Takes::Bool),
            ("flatten", Takes::Bool),
            ("merge", Takes::Bool),
            ("minify", Takes::Bool),
            ("output", Takes::Format),
            ("raw", Takes::Bool),
            ("raw", Takes::Bool),
            ("show-managed-fields", Takes::Bool),
            ("template", Takes::Template),
        ],
    ),
    (
        "get-contexts",
        &[("no-headers", Takes::Bool), ("output", Takes::ListFormat)],
    ),
    ("set", &[("set-raw-bytes", Takes::Bool)]),
    (
        "set-cluster",
        &[
            ("server", Takes::Word),
            ("tls-server-name", Takes::Word),
            ("insecure-skip-tls-verify", Takes::Bool),
            ("certificate-authority", Takes::Path),
            ("embed-certs", Takes::Bool),
            ("proxy-url", Takes::Word),
        ],
    ),
    (
        "set-context",
        &[
            ("cluster", Takes::Name),
            ("user", Takes::Name),
            ("namespace", Takes::Word),
            ("current", Takes::Bool),
        ],
    ),
    (
        "set-credentials",
        &[
            ("client-certificate", Takes::Path),
            ("client-key", Takes::Path),
            ("embed-certs", Takes::Bool),
            ("token", Takes::Word),
            ("username", Takes::Word),
            ("password", Takes::Word),
            ("auth-provider", Takes::Provider),
            ("auth-provider-arg", Takes::Pair),
            ("exec-command", Takes::Program),
            ("exec-api-version", Takes::ApiVersion),
            ("exec-arg", Takes::Argument),
            ("exec-env", Takes::Pair),
            ("exec-interactive-mode", Takes::Mode),
            ("exec-provide-cluster-info", Takes::Bool),
        ],
    ),
];

/// Flags that every command takes.
pub(crate) const GLOBALS: [(&str, Takes); 12] = [
    ("context", Takes::Name),
    ("context", Takes::Name),
    ("kubeconfig", Takes::File),
    ("kubeconfig", Takes::File),
    ("kubeconfig", Takes::File),
    ("cluster", Takes::Name),
    ("user", Takes::Name),
    ("namespace", Takes::Word),
    ("request-timeout", Takes::Word),
    ("as-group", Takes::Word),
    ("tls-server-name", Takes::Word),
    ("match-server-version", Takes::Bool),
];

/// What a flag takes.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    Bool,
    Word,
    Name,
    Path,
    File,
    Format,
    ListFormat,
    Template,
    Provider,
    Pair,
    Program,
    ApiVersion,
    Argument,
    Mode,
}

const TEMPLATES: [(&str, &str); 18] = [
    ("jsonpath", "{.current-context}"),
    ("jsonpath", "{.contexts[*].name}"),
    (
        "jsonpath",
        "{range .contexts[*]}{.name}{\"\\t\"}{.context.namespace}{\"\\n\"}{end}",
    ),
    ("jsonpath", "{.clusters[0].cluster.server}"),
    ("jsonpath", "{.users[?(@.name==\"dev\")].user.username}"),
    ("jsonpath", "{.contexts[-1:].context}"),
    ("jsonpath", "{.nope}"),
    ("jsonpath", "{.clusters[7].name}"),
    ("jsonpath", "{.clusters["),
    ("jsonpath-as-json", "{.contexts}"),
    ("jsonpath-as-json", "{.users[*].user}"),
    ("go-template", "{{.kind}} {{index . \"current-context\"}}\n"),
    (
        "go-template",
        "{{range .contexts}}{{.name}}={{.context.cluster}};{{end}}",
    ),
    (
        "go-template",
        "{{range $i, $c := .clusters}}{{if $i}},{{end}}{{printf \"%q\" $c.name}}{{end}}",
    ),
    (
        "go-template",
        "{{len .users}}{{with .nope}}x{{else}}y{{end}}",
    ),
    ("template", "{{.nope}}"),
    ("go-template", "{{.kind.nope}}"),
    ("go-template", "{{range"),
];

pub(crate) const FIELDS: [(&str, &[&str]); 3] = [
    (
        "clusters",
        &[
            "server",
            "tls-server-name",
            "insecure-skip-tls-verify",
            "certificate-authority",
            "certificate-authority-data",
            "proxy-url",
            "disable-compression",
            "extensions",
            "nope",
        ],
    ),
    (
        "users",
        &[
            "client-certificate",
            "client-certificate-data",
            "client-key",
            "client-key-data",
            "token",
            "tokenFile",
            "act-as",
            "act-as-uid",
            "act-as-groups",
            "act-as-user-extra",
            "username",
            "password",
            "auth-provider",
            "exec",
            "exec.command",
            "as",
            "extensions",
        ],
    ),
    ("contexts", &["cluster", "user", "namespace", "extensions"]),
];

pub(crate) const OTHER_PATHS: [&str; 16] = [
    "current-context",
    "current-context",
    "preferences",
    "preferences.colors",
    "preferences.extensions",
    "preferences.extensions.e1",
    "preferences.nope",
    "extensions",
    "extensions.e1",
    "kind",
    "apiVersion",
    "clusters",
    "users",
    "contexts",
    "nope",
    "clusters.dev.-",
];

/// A subcommand, and words that it has to be given.
pub(crate) type Focus = (&'static str, &'static [&'static str]);

/// A generator of calls on files of these names.
pub(crate) struct Commands<'d> {
    pub(crate) dice: &'d mut Dice,
    /// Names that are in the files: list and name.
    pub(crate) names: Vec<(&'static str, String)>,
    pub(crate) files: Vec<String>,
}

impl Commands<'_> {
    /// One call. `focus` is the subcommand to use mostly, if any, and what it has to be given.
    pub(crate) fn call(&mut self, focus: Option<Focus>) -> Vec<String> {
        let focus = focus.filter(|_| !self.dice.once_in(6));
        let subcommand = match focus {
            Some((focus, _)) => focus,
            None => self.dice.pick(&SUBCOMMANDS),
        };
        let subcommand = subcommand.to_owned();
        self.dice.cover(&format!("subcommand {subcommand}"));
        let mut words = self.arguments(&subcommand);
        words.insert(0, subcommand.clone());
        self.flags(&subcommand, &mut words);
        let mut call = vec!["config".to_owned()];
        if let Some((_, given)) = focus {
            words.extend(given.iter().map(|word| (*word).to_owned()));
        }
        if self.dice.produces("global flag in front", 20) {
            let flag = self.global();
            call.splice(0..0, flag);
        }
        if self.dice.produces("global flag", 7) {
            let flag = self.global();
            words.extend(flag);
        }
        if self.dice.produces("unknown flag", 60) {
            words.push("--bogus=x".to_owned());
        }
        if self.dice.produces("help flag", 80) {
            words.push("--help".to_owned());
        }
        if self.dice.produces("unknown subcommand", 100) {
            "bogus".clone_into(&mut words[0]);
        }
        if self.dice.produces("no subcommand", 150) {
            words.clear();
        }
        call.extend(words);
        call
    }

    /// Mostly the name of an entry in a list.
    fn name(&mut self, list: &str) -> String {
        let known = self.names.iter().filter(|(of, _)| *of == list);
        let known: Vec<&str> = known.map(|(_, name)| name.as_str()).collect();
        if known.is_empty() || self.dice.once_in(4) {
            return config::name(self.dice);
        }
        self.dice.pick(&known).to_owned()
    }

    /// The arguments that are no flags.
    fn arguments(&mut self, subcommand: &str) -> Vec<String> {
        let list = match subcommand {
            "set-cluster" | "delete-cluster" => "clusters",
            "set-credentials" | "delete-user" => "users",
            _ => "contexts",
        };
        let mut words = match subcommand {
            "set-context" | "set-cluster" | "set-credentials" | "use-context" | "use"
            | "delete-context" | "delete-cluster" | "delete-user" => vec![self.name(list)],
            "rename-context" => vec![self.name(list), self.name("")],
            "set" => {
                let path = self.property();
                let value = self.value();
                vec![path, value]
            }
            "unset" => vec![self.property()],
            "get-contexts" => (0..self.dice.below(4).saturating_sub(1))
                .map(|_| self.name(list))
                .collect(),
            _ => vec![],
        };
        if self.dice.produces("argument too many", 25) {
            words.push(self.name(list));
        } else if self.dice.produces("argument too few", 30) {
            words.pop();
        }
        if self.dice.produces("empty argument", 60)
            && let Some(word) = words.first_mut()
        {
            word.clear();
        }
        words
    }

    fn property(&mut self) -> String {
        if self.dice.once_in(4) {
            let path = self.dice.pick(&OTHER_PATHS);
            self.dice.cover(&format!("path {path}"));
            return path.to_owned();
        }
        let (list, fields) = FIELDS[self.dice.below(FIELDS.len())];
        let name = self.name(list);
        if self.dice.produces("path of an entry", 8) {
            return format!("{list}.{name}");
        }
        let field = self.dice.pick(fields);
        self.dice.cover(&format!("path {list}.…{field}"));
        match field {
            "extensions" if self.dice.once_in(2) => format!("{list}.{name}.extensions.e1"),
            field => format!("{list}.{name}.{field}"),
        }
    }

    fn value(&mut self) -> String {
        match self.dice.below(6) {
            0 => "Q0VSVA==".to_owned(),
            1 => self
                .dice
                .pick(&["true", "False", "T", "0", "maybe"])
                .to_owned(),
            2 => self.name("contexts"),
            3 => self
                .dice
                .pick(&["", "not base64!", "two\nlines"])
                .to_owned(),
            _ => config::word(self.dice),
        }
    }

    fn global(&mut self) -> Vec<String> {
        let (name, takes) = GLOBALS[self.dice.below(GLOBALS.len())];
        self.dice.cover(&format!("global --{name}"));
        self.flag(name, takes)
    }

    /// Puts flags of the subcommand among its words.
    fn flags(&mut self, subcommand: &str, words: &mut Vec<String>) {
        let Some((_, flags)) = FLAGS.iter().find(|(name, _)| *name == subcommand) else {
            return;
        };
        for _ in 0..self.dice.below(4) {
            let (name, takes) = flags[self.dice.below(flags.len())];
            self.dice.cover(&format!("{subcommand} --{name}"));
            let flag = self.flag(name, takes);
            let at = if flag.len() == 1 && self.dice.once_in(2) {
                1
            } else {
                words.len()
            };
            words.splice(at..at, flag);
        }
        if subcommand == "set-credentials" && words.iter().any(|word| word.starts_with("--exec")) {
            // Most of them mean nothing without a command.
            if self.dice.once_in(2) {
                let flag = self.flag("exec-command", Takes::Program);
                words.extend(flag);
            }
        }
    }

    fn flag(&mut self, name: &str, takes: Takes) -> Vec<String> {
        let value = match takes {
            Takes::Bool => {
                return vec![match self.dice.below(12) {
                    0..8 => format!("--{name}"),
                    8 => format!("--{name}=true"),
                    9 => format!("--{name}=F"),
                    10 => format!("--{name}=false"),
                    _ => format!("--{name}=maybe"),
                }];
            }
            Takes::Word if self.dice.produces("empty value", 10) => String::new(),
            Takes::Word => config::word(self.dice),
            Takes::Name => self.name(match name {
                "cluster" => "clusters",
                "user" => "users",
                _ => "contexts",
            }),
            Takes::Path => match self.dice.below(10) {
                0 => self.dice.pick(&["", "d"]).to_owned(),
                _ => config::path(self.dice),
            },
            Takes::File => {
                let at = self.dice.below(self.files.len());
                match self.dice.below(8) {
                    0 => "new/file".to_owned(),
                    1 => String::new(),
                    _ => self.files[at].clone(),
                }
            }
            Takes::Format => self.format(),
            Takes::ListFormat => self
                .dice
                .production(&["name", "name", "wide", "json"])
                .to_owned(),
            Takes::Template => self.dice.pick(&TEMPLATES.map(|(_, text)| text)).to_owned(),
            Takes::Provider => self.dice.pick(&["oidc", "gcp", "oidc"]).to_owned(),
            Takes::Pair => self
                .dice
                .pick(&[
                    "A=1",
                    "A=2",
                    "idp=x,B=2",
                    "A-",
                    "client-secret-",
                    "B=",
                    "A",
                    "C=a=b",
                ])
                .to_owned(),
            Takes::Program => self
                .dice
                .pick(&["tool", "./auth", "/usr/bin/auth", ""])
                .to_owned(),
            Takes::ApiVersion => self
                .dice
                .pick(&[
                    "client.authentication.k8s.io/v1",
                    "client.authentication.k8s.io/v1beta1",
                    "x",
                ])
                .to_owned(),
            Takes::Argument => self
                .dice
                .pick(&["a", "a,b", "--x=y", "\"q,r\"", "p\"q"])
                .to_owned(),
            Takes::Mode => self
                .dice
                .pick(&["Never", "Always", "IfAvailable", "Sometimes"])
                .to_owned(),
        };
        match (name, self.dice.below(3)) {
            ("output", 0) => vec!["-o".to_owned(), value],
            ("output", 1) if !value.is_empty() => vec![format!("-o{value}")],
            ("namespace" | "output", _) | (_, 0) => vec![format!("--{name}={value}")],
            _ => vec![format!("--{name}"), value],
        }
    }

    fn format(&mut self) -> String {
        let format = self.dice.production(&[
            "json", "yaml", "json", "yaml", "name", "wide", "Json", "", "template", "template",
            "template", "file", "jsonpath",
        ]);
        match format {
            "template" => {
                let (format, text) = TEMPLATES[self.dice.below(TEMPLATES.len())];
                format!("{format}={text}")
            }
            "file" => self
                .dice
                .pick(&[
                    "jsonpath-file=t.jsonpath",
                    "go-template-file=t.gotemplate",
                    "templatefile=t.missing",
                    "jsonpath-file=d",
                ])
                .to_owned(),
            format => format.to_owned(),
        }
    }
}
