//! `set-cluster` (kubectl `pkg/cmd/config/set_cluster.go`).

use kubeconfig::Cluster;

use super::command::SetCluster;
use super::material::Material;

/// Sets what was given of a cluster.
pub(super) fn set(cluster: &mut Cluster, wanted: &SetCluster, authority: Option<&Material>) {
    if let Some(server) = &wanted.server {
        cluster.server.clone_from(server);
        // The name was checked for the old server.
        cluster.tls_server_name = None;
    }
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    if let Some(name) = &wanted.tls_server_name {
        cluster.tls_server_name = filled(name);
    }
    // kubectl takes the flag for given at every call: who changes an insecure cluster makes it secure,
    // unless the flag is repeated.
    cluster.insecure_skip_tls_verify = wanted.insecure_skip_tls_verify == Some(true);
    if cluster.insecure_skip_tls_verify {
        cluster.certificate_authority = None;
        cluster.certificate_authority_data = None;
    }
    match authority {
        Some(Material::Path(path)) => {
            cluster.insecure_skip_tls_verify = false;
            cluster.certificate_authority = Some(path.clone());
            cluster.certificate_authority_data = None;
        }
        Some(Material::Content(content)) => {
            cluster.insecure_skip_tls_verify = false;
            cluster.certificate_authority = None;
            cluster.certificate_authority_data = Some(content.expose().to_vec());
        }
        None => {}
    }
    if let Some(proxy) = &wanted.proxy_url {
        cluster.proxy_url = filled(proxy);
    }
}
