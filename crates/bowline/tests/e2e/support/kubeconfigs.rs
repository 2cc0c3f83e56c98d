//! Kubeconfigs as people have them.

use testnode::Cluster;

/// A kubeconfig that a person wrote: comments, odd quoting and order, fields that nobody knows, and a
/// cluster of somebody else. The server stands in a line of its own.
pub(crate) fn odd(cluster: &Cluster, server: &str) -> String {
    let printed = cluster.kubeconfig(server);
    let ca = printed
        .lines()
        .find_map(|line| line.trim().strip_prefix("certificate-authority-data: "))
        .unwrap();
    let token = cluster.admin_token();
    format!(
        "# My clusters. Do not lose this.\n\
         kind: \"Config\"\n\
         current-context: 'dev'   # the VM\n\
         clusters:\n\
         - name: work\n  \
           cluster: {{server: \"https://k8s.example.com\", x-team: [a, 'b']}}\n\
         # The one that moves.\n\
         - name: 'microk8s'\n  \
           cluster:\n    \
             server:   '{server}'   # it changes\n    \
             # from microk8s config\n    \
             certificate-authority-data: {ca}\n    \
             x-bought: 2022-08-20\n\
         apiVersion: v1\n\
         contexts:\n\
         - {{name: dev, context: {{cluster: microk8s, user: \"admin\"}}}}\n\
         users:\n\
         - user: {{token: {token}}}   # secret\n  \
           name: admin\n\
         x-note: |\n  \
           several\n    lines, the last without an end\n"
    )
}

/// A text as `PowerShell` 5.1 writes it: UTF-16 with a byte order mark.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// The lines, with their ends, that differ between two texts: those of the first, those of the second. All
/// between the first and the last difference, so that one change in one place is what it looks like.
pub(crate) fn changed<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let mut before: Vec<_> = before.split_inclusive('\n').collect();
    let mut after: Vec<_> = after.split_inclusive('\n').collect();
    while before.last().is_some() && before.last() == after.last() {
        before.pop();
        after.pop();
    }
    let same = before.iter().zip(&after).take_while(|(a, b)| a == b);
    let same = same.count();
    (before.split_off(same), after.split_off(same))
}
