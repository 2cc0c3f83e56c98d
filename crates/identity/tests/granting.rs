//! Role bindings, and who a credential makes of its bearer.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod support;

use identity::api::ApiError;
use identity::api::Binding;
use identity::api::Grantee;
use identity::api::object_name;
use support::Setting;
use support::bearer;
use support::client;
use testnode::ClientCertificateSpec;
use testnode::Cluster;

fn user(name: &str) -> Grantee {
    Grantee::User(name.to_owned())
}

fn group(name: &str) -> Grantee {
    Grantee::Group(name.to_owned())
}

#[tokio::test]
async fn what_is_granted_can_be_done_until_it_is_revoked() {
    let setting = Setting::new(Cluster::builder().rbac(true).build());
    let admin = setting.admin();
    let session = setting.session(&admin);
    let spec = ClientCertificateSpec::new("https://issuer/#Zoë", ["dev, ops"]);
    let certificate = setting.cluster.client_certificate(&spec);
    let key = identity::ClientKey::from_pem(
        certificate.pem().as_bytes(),
        certificate.key_pem().as_bytes(),
    );
    let credentials = client(key.unwrap());
    let zoe = setting.session(&credentials);
    let me = user("https://issuer/#Zoë");
    assert!(matches!(
        zoe.namespaces().await,
        Err(ApiError::Refused { code: 403, .. })
    ));

    let name = object_name(&["view", "https://issuer/#Zoë"]);
    session.grant(&name, None, "view", &me).await.unwrap();
    assert!(zoe.namespaces().await.is_ok());
    assert!(matches!(
        zoe.csrs().await,
        Err(ApiError::Refused { code: 403, .. })
    ));
    let again = session.grant(&name, None, "view", &me).await;
    assert!(
        matches!(&again, Err(ApiError::Refused { code: 409, reason, .. }) if reason == "AlreadyExists"),
        "{again:?}"
    );

    let mine = session
        .bindings_of(std::slice::from_ref(&me))
        .await
        .unwrap();
    let expected = Binding {
        name,
        namespace: None,
        role_kind: "ClusterRole".to_owned(),
        role: "view".to_owned(),
        grantees: vec![me.clone()],
        ours: true,
    };
    assert_eq!(mine, [expected]);
    session.revoke(&mine[0], &me).await.unwrap();
    assert!(matches!(
        zoe.namespaces().await,
        Err(ApiError::Refused { code: 403, .. })
    ));
    // It is gone already.
    session.revoke(&mine[0], &me).await.unwrap();

    let dev = group("dev, ops");
    session
        .grant("system:odd", Some("default"), "edit", &dev)
        .await
        .unwrap();
    let bindings = session.bindings_of(&[me, dev.clone()]).await.unwrap();
    assert_eq!(bindings.len(), 1);
    assert_eq!(bindings[0].namespace.as_deref(), Some("default"));
    session.revoke(&bindings[0], &dev).await.unwrap();
    let left = session.bindings().await.unwrap();
    let left: Vec<_> = left
        .iter()
        .map(|binding| (binding.name.as_str(), binding.ours))
        .collect();
    assert_eq!(left, [("cluster-admin", false)]);
}

#[tokio::test]
async fn others_in_a_binding_keep_what_they_have() {
    if let Err(error) = testnode::kubectl::find() {
        return support::skip(
            "others_in_a_binding_keep_what_they_have",
            &error.to_string(),
        );
    }
    let setting = Setting::new(Cluster::new());
    let admin = setting.admin();
    let session = setting.session(&admin);
    let masters = group("system:masters");
    let kubectl = |arguments: &str| {
        let kubeconfig = setting.cluster.kubeconfig(&setting.node.url());
        support::kubectl(&kubeconfig, arguments);
    };
    session
        .grant("team", None, "view", &user("alice"))
        .await
        .unwrap();
    let team = session.bindings_of(&[user("alice")]).await.unwrap();
    // A user of the name of a group is somebody else.
    let cluster_admin = session
        .bindings_of(std::slice::from_ref(&masters))
        .await
        .unwrap();
    session
        .revoke(&cluster_admin[0], &user("system:masters"))
        .await
        .unwrap();
    assert_eq!(
        session.bindings_of(&[masters]).await.unwrap(),
        cluster_admin
    );

    // What was read is stale by now: bob was added.
    kubectl("delete clusterrolebinding team");
    kubectl("create clusterrolebinding team --clusterrole=view --user=alice --user=bob");
    session.revoke(&team[0], &user("alice")).await.unwrap();
    let left = session
        .bindings_of(&[user("alice"), user("bob")])
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].grantees, [user("bob")]);
}

#[tokio::test]
async fn revocations_at_the_same_time_do_not_undo_each_other() {
    if let Err(error) = testnode::kubectl::find() {
        let name = "revocations_at_the_same_time_do_not_undo_each_other";
        return support::skip(name, &error.to_string());
    }
    let setting = Setting::new(Cluster::new());
    let admin = setting.admin();
    let session = setting.session(&admin);
    support::kubectl(
        &setting.cluster.kubeconfig(&setting.node.url()),
        "create clusterrolebinding team --clusterrole=view --user=a --user=b --user=c --group=d",
    );
    let all = [user("a"), user("b"), user("c"), group("d")];
    let team = session.bindings_of(&all).await.unwrap();
    let [a, b, c, d] = &all;
    let (a, b, c, d) = tokio::join!(
        session.revoke(&team[0], a),
        session.revoke(&team[0], b),
        session.revoke(&team[0], c),
        session.revoke(&team[0], d),
    );
    assert_eq!([a, b, c, d], [Ok(()), Ok(()), Ok(()), Ok(())]);
    assert_eq!(session.bindings_of(&all).await.unwrap(), []);
}

#[tokio::test]
async fn long_lists_are_read_to_their_end() {
    let setting = Setting::new(Cluster::new());
    let admin = setting.admin();
    let session = setting.session(&admin);
    for number in 0..501 {
        let name = format!("b{number:03}");
        session
            .grant(&name, None, "view", &user("alice"))
            .await
            .unwrap();
    }
    setting.node.clear_records();
    let all = session.bindings_of(&[user("alice")]).await.unwrap();
    assert_eq!(all.len(), 501);
    assert_eq!(all[500].name, "b500");
    // Two pages of cluster role bindings, one of the others.
    assert_eq!(setting.node.records().requests.len(), 3);
}

#[tokio::test]
async fn a_credential_is_told_whose_it_is() {
    let setting = Setting::new(Cluster::builder().rbac(true).build());
    let admin = setting.admin();
    let me = setting.session(&admin).who_am_i().await.unwrap();
    assert_eq!(
        (me.user.as_str(), me.uid.as_deref()),
        ("admin", Some("admin"))
    );
    assert_eq!(me.groups, ["system:masters", "system:authenticated"]);
    let stranger = bearer("nobody");
    let refused = setting.session(&stranger).who_am_i().await;
    assert!(
        matches!(refused, Err(ApiError::Refused { code: 401, .. })),
        "{refused:?}"
    );

    for (version, served) in [("v1.26.15", false), ("v1.27.16", true), ("v1.28.0", true)] {
        let setting = Setting::new(Cluster::builder().git_version(version).build());
        let admin = setting.admin();
        let answer = setting.session(&admin).who_am_i().await;
        assert_eq!(answer.is_ok(), served, "{version}: {answer:?}");
        assert_eq!(
            matches!(answer, Err(ApiError::NotServed(_))),
            !served,
            "{version}"
        );
    }
}
