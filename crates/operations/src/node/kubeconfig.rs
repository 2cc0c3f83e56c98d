//! A kubeconfig for one person: one cluster, one user, one context, everything in it.

use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::print;
use zeroize::Zeroizing;

/// The text of a new kubeconfig. `name` is what its cluster and context are called, `user` its user entry.
pub fn kubeconfig(
    name: &str,
    cluster: Cluster,
    user: &str,
    credential: User,
    namespace: Option<&str>,
) -> Zeroizing<String> {
    let config = Config {
        clusters: vec![Named::new(name, cluster)],
        users: vec![Named::new(user, credential)],
        contexts: vec![Named::new(
            name,
            Context {
                cluster: name.to_owned(),
                user: user.to_owned(),
                namespace: namespace.map(str::to_owned),
                ..Context::default()
            },
        )],
        current_context: name.to_owned(),
        ..Config::default()
    };
    Zeroizing::new(print::new_file(&config))
}
