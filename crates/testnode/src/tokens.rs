//! `known_tokens.csv`: the static tokens of `MicroK8s` 1.16 to 1.27, and of every cluster upgraded from them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::random;

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// The name that RBAC and `kubectl auth whoami` use.
    pub(crate) name: String,
    /// The UID, empty for x509 users.
    pub(crate) uid: String,
    /// The groups, `system:authenticated` or `system:unauthenticated` among them.
    pub(crate) groups: Vec<String>,
}

impl User {
    pub(crate) fn authenticated(name: &str, uid: &str, groups: Vec<String>) -> Self {
        let mut groups = groups;
        groups.push("system:authenticated".to_owned());
        Self {
            name: name.to_owned(),
            uid: uid.to_owned(),
            groups,
        }
    }

    pub(crate) fn anonymous() -> Self {
        Self {
            name: "system:anonymous".to_owned(),
            uid: String::new(),
            groups: vec!["system:unauthenticated".to_owned()],
        }
    }

    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }
}

/// A token of the form that the install hook makes: `openssl rand -base64 32 | base64`.
///
/// That is base64 of 44 characters and a newline: 60 characters that end in `0K`.
pub(crate) fn new_token() -> String {
    STANDARD.encode(STANDARD.encode(random::bytes::<32>()) + "\n")
}

/// The file that an install leaves behind, with new tokens except for `admin`'s.
pub(crate) fn known_tokens(admin: &str, node: &str) -> String {
    format!(
        "{admin},admin,admin,\"system:masters\"\n\
         {},system:kube-proxy,kube-proxy\n\
         {},system:node:{node},kubelet-0,\"system:nodes\"\n\
         {},system:kube-controller-manager,controller\n\
         {},system:kube-scheduler,scheduler\n",
        new_token(),
        new_token(),
        new_token(),
        new_token(),
    )
}

/// The file and what it says.
pub(crate) struct KnownTokens {
    pub(crate) csv: String,
    users: Vec<(String, User)>,
}

impl KnownTokens {
    pub(crate) fn of(csv: &str) -> Self {
        Self {
            csv: csv.to_owned(),
            users: parse(csv),
        }
    }

    /// The user of a token.
    pub(crate) fn user(&self, token: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|(known, _)| known == token)
            .map(|(_, user)| user)
    }

    /// The first token of a cluster administrator.
    pub(crate) fn admin(&self) -> Option<&str> {
        let mut admins = self
            .users
            .iter()
            .filter(|(_, user)| user.is_in("system:masters"));
        admins.next().map(|(token, _)| token.as_str())
    }
}

/// The tokens and users of a `token,user,uid,"group1,group2"` file.
///
/// Lines with fewer than three columns or an empty token give nobody access.
fn parse(csv: &str) -> Vec<(String, User)> {
    csv.lines()
        .filter_map(|line| {
            let columns = columns(line);
            let [token, name, uid, rest @ ..] = columns.as_slice() else {
                return None;
            };
            if token.is_empty() {
                return None;
            }
            let groups = rest.first().map_or(Vec::new(), |groups| {
                groups
                    .split(',')
                    .filter(|group| !group.is_empty())
                    .map(str::to_owned)
                    .collect()
            });
            Some((token.clone(), User::authenticated(name, uid, groups)))
        })
        .collect()
}

/// One CSV line; a quoted column may hold commas.
fn columns(line: &str) -> Vec<String> {
    let mut columns = vec![String::new()];
    let mut quoted = false;
    for character in line.trim().chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(String::new()),
            other => {
                if let Some(column) = columns.last_mut() {
                    column.push(other);
                }
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_the_form_that_microk8s_gives_them() {
        let token = new_token();
        assert_eq!(token.len(), 60);
        assert!(token.ends_with("0K"), "{token}");
    }

    #[test]
    fn the_file_gives_users_their_groups() {
        let users = parse("t1,admin,admin,\"system:masters,dev\"\nt2,bob,7\nshort,line\n,x,y\n");
        let names: Vec<_> = users
            .iter()
            .map(|(token, user)| (token.as_str(), user.name.as_str(), user.groups.join("+")))
            .collect();
        assert_eq!(
            names,
            [
                (
                    "t1",
                    "admin",
                    "system:masters+dev+system:authenticated".to_owned()
                ),
                ("t2", "bob", "system:authenticated".to_owned()),
            ]
        );
    }
}
