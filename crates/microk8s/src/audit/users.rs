//! Static tokens and passwords.

use machines::argument;

use super::Evidence;
use super::Rule;
use super::Subject;
use super::days;
use crate::paths;
use crate::severity::Severity;
use crate::tokens::ProblemKind;
use crate::tokens::is_made_by_microk8s;

const FILE: &str = "credentials/known_tokens.csv";

/// Tokens younger than this are told as a property of the cluster, older ones as neglect.
const FRESH_DAYS: i64 = 90;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "static-tokens",
        severity: Severity::Medium,
        title: "Static tokens that never expire",
        consequence: "Whoever once read a kubeconfig or a backup can log in for ever. Clusters installed before 1.28 have them, upgraded ones too.",
        remedy: "bowline node users rotate admin --restart",
        fixable: false,
        check: static_tokens,
    },
    Rule {
        id: "token-file-refused",
        severity: Severity::High,
        title: "kube-apiserver would refuse known_tokens.csv",
        consequence: "It reads the file when it starts: after the next restart there is no API server.",
        remedy: "sudo nano /var/snap/microk8s/current/credentials/known_tokens.csv",
        fixable: false,
        check: refused,
    },
    Rule {
        id: "duplicate-token",
        severity: Severity::Medium,
        title: "Two users have the same token",
        consequence: "Only the later line counts; the earlier user cannot log in, or is taken for the other.",
        remedy: "",
        fixable: false,
        check: duplicate_tokens,
    },
    Rule {
        id: "duplicate-user",
        severity: Severity::Low,
        title: "A user has several tokens",
        consequence: "Rotating or removing one leaves the other valid.",
        remedy: "",
        fixable: false,
        check: duplicate_users,
    },
    Rule {
        id: "extra-cluster-admin",
        severity: Severity::Medium,
        title: "A token besides admin's is in system:masters",
        consequence: "It may do everything, whatever RBAC says, and RBAC cannot take that away.",
        remedy: "",
        fixable: false,
        check: admins,
    },
    Rule {
        id: "weak-token",
        severity: Severity::High,
        title: "A token that can be guessed",
        consequence: "A token is a password that an attacker may try as often as the network allows.",
        remedy: "",
        fixable: false,
        check: weak,
    },
    Rule {
        id: "basic-auth",
        severity: Severity::High,
        title: "Users log in with passwords",
        consequence: "They stand in plain text in a file and never expire; Kubernetes dropped them in 1.19, and its upgrade fails with the flag.",
        remedy: "sudo sed -i.bak '/^--basic-auth-file/d' /var/snap/microk8s/current/args/kube-apiserver && sudo snap restart SERVICE",
        fixable: false,
        check: passwords,
    },
];

fn static_tokens(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(tokens) = subject.node.accepted_tokens() else {
        return Vec::new();
    };
    let path = paths::data(FILE);
    let modified = subject
        .tree
        .entries
        .get(&path)
        .map_or(0, |entry| entry.modified);
    let age = days(subject.present.now - modified).max(0);
    let users = tokens.users();
    let made = users
        .iter()
        .filter(|user| is_made_by_microk8s(&user.token))
        .count();
    let count = users.len();
    let evidence = Evidence::new(
        FILE,
        format!(
            "credentials/known_tokens.csv: {count} tokens, {made} of them such as MicroK8s makes, the last change {age} days ago"
        ),
    );
    let severity = if age < FRESH_DAYS {
        Severity::Low
    } else {
        Severity::Medium
    };
    vec![evidence.severity(severity)]
}

fn refused(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(tokens) = subject.node.accepted_tokens() else {
        return Vec::new();
    };
    let fatal = tokens
        .problems()
        .iter()
        .filter(|problem| problem.kind.is_fatal());
    fatal
        .map(|problem| {
            Evidence::new(FILE, format!("credentials/known_tokens.csv, {problem}")).remedy(format!(
                "sudo nano +{} /var/snap/microk8s/current/credentials/known_tokens.csv",
                problem.line
            ))
        })
        .collect()
}

fn duplicates(subject: &Subject<'_>, wanted: fn(&ProblemKind) -> bool) -> Vec<Evidence> {
    let Some(tokens) = subject.node.accepted_tokens() else {
        return Vec::new();
    };
    let problems = tokens
        .problems()
        .iter()
        .filter(|problem| wanted(&problem.kind));
    problems
        .map(|problem| {
            let name = tokens.users().iter().find(|user| user.line == problem.line);
            let name = name.map_or("", |user| user.name.as_str());
            Evidence::new(
                FILE,
                format!("credentials/known_tokens.csv, {problem} ({name:?})"),
            )
            .remedy(format!(
                "sudo nano +{} /var/snap/microk8s/current/credentials/known_tokens.csv",
                problem.line
            ))
        })
        .collect()
}

fn duplicate_tokens(subject: &Subject<'_>) -> Vec<Evidence> {
    duplicates(subject, |kind| {
        matches!(kind, ProblemKind::DuplicateToken { .. })
    })
}

fn duplicate_users(subject: &Subject<'_>) -> Vec<Evidence> {
    duplicates(subject, |kind| {
        matches!(kind, ProblemKind::DuplicateName { .. })
    })
}

fn admins(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(tokens) = subject.node.accepted_tokens() else {
        return Vec::new();
    };
    let extra = tokens
        .users()
        .iter()
        .filter(|user| user.is_cluster_admin() && user.name != "admin");
    extra
        .map(|user| {
            Evidence::new(
                FILE,
                format!(
                    "credentials/known_tokens.csv, line {}: {:?}",
                    user.line, user.name
                ),
            )
            .remedy(format!(
                "bowline node users remove {} --restart",
                argument(&user.name)
            ))
        })
        .collect()
}

/// 32 letters are the least that `MicroK8s` makes; 16 characters are what nobody guesses.
fn weak(subject: &Subject<'_>) -> Vec<Evidence> {
    let Some(tokens) = subject.node.accepted_tokens() else {
        return Vec::new();
    };
    let short = tokens
        .users()
        .iter()
        .filter(|user| user.token.expose().len() < 16);
    short
        .map(|user| {
            let length = user.token.expose().len();
            Evidence::new(FILE, format!(
                "credentials/known_tokens.csv, line {}: the token of {:?} has {length} characters",
                user.line, user.name
            ))
            .remedy(format!(
                "bowline node users rotate {} --restart",
                argument(&user.name)
            ))
        })
        .collect()
}

fn passwords(subject: &Subject<'_>) -> Vec<Evidence> {
    let flag = subject
        .node
        .apiserver()
        .and_then(|args| args.flag("basic-auth-file"));
    flag.map(|flag| {
        Evidence::new(
            "args/kube-apiserver",
            format!(
                "args/kube-apiserver, line {}: --basic-auth-file={}",
                flag.line,
                flag.text()
            ),
        )
    })
    .into_iter()
    .collect()
}
