//! `known_tokens.csv`: the static tokens of `MicroK8s` 1.16 to 1.27, and of every cluster upgraded from them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{gocsv, random};

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
    /// Why the API server does not start with this file.
    pub(crate) error: Option<String>,
    users: Vec<(String, User)>,
}

impl KnownTokens {
    pub(crate) fn of(csv: &str) -> Self {
        let (users, error) = match parse(csv) {
            Ok(users) => (users, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self {
            csv: csv.to_owned(),
            error,
            users,
        }
    }

    /// The user of a token.
    pub(crate) fn user(&self, token: &str) -> Option<&User> {
        // Of two lines with one token the last counts.
        self.users
            .iter()
            .rfind(|(known, _)| known == token)
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

/// The tokens and users of a `token,user,uid,"group1,group2"` file, as kube-apiserver reads it
/// (k8s.io/apiserver, pkg/authentication/token/tokenfile): it starts with no file that has a record of fewer
/// than three columns.
fn parse(csv: &str) -> Result<Vec<(String, User)>, String> {
    let mut users = Vec::new();
    for record in gocsv::records(csv)? {
        let [token, name, uid, rest @ ..] = record.as_slice() else {
            return Err(format!(
                "token file must have at least 3 columns (token, user name, user uid), found {}",
                record.len()
            ));
        };
        if token.is_empty() {
            continue;
        }
        let groups = rest.first().map_or(Vec::new(), |groups| {
            groups.split(',').map(str::to_owned).collect()
        });
        users.push((token.clone(), User::authenticated(name, uid, groups)));
    }
    Ok(users)
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
        let csv = "t1,admin,admin,\"system:masters,dev\"\nt2,bob,7\n,x,y\nt2,carol,8,\" a,\"\n";
        let known = KnownTokens::of(csv);
        assert_eq!(known.error, None);
        let user = |token| {
            let user = known.user(token)?;
            Some(format!("{} {:?}", user.name, user.groups))
        };
        assert_eq!(
            user("t1").as_deref(),
            Some(r#"admin ["system:masters", "dev", "system:authenticated"]"#)
        );
        assert_eq!(
            user("t2").as_deref(),
            Some(r#"carol [" a", "", "system:authenticated"]"#)
        );
        assert_eq!(user(""), None);
        assert_eq!(known.admin(), Some("t1"));
    }

    #[test]
    fn one_bad_line_keeps_the_api_server_from_starting() {
        let known = KnownTokens::of("t1,admin,admin,\"system:masters\"\nshort,line\n");
        let why = "token file must have at least 3 columns (token, user name, user uid), found 2";
        assert_eq!(known.error.as_deref(), Some(why));
        assert!(known.user("t1").is_none());
    }
}
