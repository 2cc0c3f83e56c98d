//! The changes of an addition.

use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::Named;
use machines::Place;

use super::AddError;
use super::Addition;
use super::Request;
use super::SettingsChange;
use super::names::free_name;
use super::refresh;
use super::refresh::Earlier;
use super::take::Taken;
use crate::check::Checked;
use crate::heal::plan::Change;
use crate::heal::plan::Plan;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::remember::with_machine;
use crate::world::World;

/// The plan for an entry that is new.
pub(super) fn added(
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    taken: &Taken,
    cluster: &Cluster,
    checked: Checked,
) -> Result<Addition, AddError> {
    let name = request.name.clone().unwrap_or_else(|| {
        let wanted = request.usual_name.as_deref();
        free_name(kubeconfigs, wanted.unwrap_or(&taken.context.name))
    });
    let destination = kubeconfigs
        .destination()
        .ok_or(AddError::NoDestination)?
        .to_owned();
    let switches = request.switch || kubeconfigs.chain.current_context().is_none();
    let mut edits = vec![Edit::Insert {
        cluster: Named::new(name.clone(), cluster.clone()),
        user: Named::new(name.clone(), taken.user.clone()),
        context: Named::new(
            name.clone(),
            Context {
                cluster: name.clone(),
                user: name.clone(),
                namespace: taken.context.value.namespace.clone(),
                ..Context::default()
            },
        ),
    }];
    if switches {
        edits.push(Edit::SetCurrentContext(name.clone()));
    }
    let target = Target::read(&destination, &name, cluster)?;
    Ok(Addition {
        name,
        plan: Plan {
            changes: vec![change(kubeconfigs, destination, edits)?],
            left: Vec::new(),
        },
        settings: None,
        switches,
        refreshed: None,
        target,
        checked,
        notes: Vec::new(),
    })
}

/// The plan for an entry that is there.
pub(super) fn refreshed(
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    taken: &Taken,
    earlier: &Earlier,
    cluster: &Cluster,
    checked: Checked,
) -> Result<Addition, AddError> {
    let entry = &earlier.connection.target;
    let mut edits: Vec<(PathBuf, Edit)> = Vec::new();
    let mut what = Vec::new();
    if *cluster != entry.cluster {
        let ca = |cluster: &Cluster| {
            let data = cluster.certificate_authority_data.clone();
            (data, cluster.certificate_authority.clone())
        };
        if !earlier.same {
            what.push("cluster");
        } else if ca(cluster) != ca(&entry.cluster) {
            what.push("CA certificate");
        }
        if cluster.server != entry.cluster.server {
            what.push("server");
        }
        if cluster.tls_server_name != entry.cluster.tls_server_name {
            what.push("tls-server-name");
        }
        let named = Named::new(entry.name.clone(), cluster.clone());
        edits.push((entry.file.clone(), Edit::PutCluster(named)));
    }
    if let Some(user) = refresh::user(kubeconfigs, earlier, taken)?
        && let Some((file, _)) = &earlier.connection.user
    {
        what.push("credential");
        edits.push((file.clone(), Edit::PutUser(user)));
    }
    let name = earlier.connection.context.clone();
    let current = kubeconfigs.chain.current_context();
    let switches = current.is_none() || request.switch && current.is_none_or(|it| it.1 != name);
    if switches && let Some(destination) = kubeconfigs.destination() {
        edits.push((
            destination.to_owned(),
            Edit::SetCurrentContext(name.clone()),
        ));
    }
    let mut plan = Plan::default();
    while let Some((path, edit)) = edits.first().cloned() {
        let mut of_file = vec![edit];
        edits.remove(0);
        edits.retain(|(other, edit)| {
            let same = *other == path;
            if same {
                of_file.push(edit.clone());
            }
            !same
        });
        plan.changes.push(change(kubeconfigs, path, of_file)?);
    }
    let target = Target::read(&entry.file, &entry.name, cluster)?;
    Ok(Addition {
        name,
        plan,
        settings: None,
        switches,
        refreshed: Some(what),
        target,
        checked,
        notes: Vec::new(),
    })
}

fn change(kubeconfigs: &Kubeconfigs, path: PathBuf, edits: Vec<Edit>) -> Result<Change, AddError> {
    let empty = Document::empty();
    let members = kubeconfigs.chain.members();
    let into = members.iter().find(|(member, _)| *member == path);
    let into = into.map_or(&empty, |(_, document)| document);
    let after = into.edit(&edits).map_err(|source| AddError::Edit {
        path: path.clone(),
        source,
    })?;
    Ok(Change {
        path,
        edits,
        before: into.bytes().to_vec(),
        after,
        beside: false,
    })
}

/// What config.toml is to say. A folder is no place where a cluster lives.
pub(super) fn settings(
    world: &World,
    place: &Place,
    cluster: &str,
) -> Result<Option<SettingsChange>, AddError> {
    if matches!(place, Place::Folder(_)) {
        return Ok(None);
    }
    let path = world.settings_file.clone();
    let before = store::read(&path)?;
    let machine = place.to_string();
    match with_machine(before.as_deref(), cluster, &machine) {
        Ok(None) => Ok(None),
        Ok(Some(after)) => Ok(Some(SettingsChange {
            path,
            cluster: cluster.to_owned(),
            machine,
            before: before.unwrap_or_default(),
            after: after.into_bytes(),
        })),
        Err(source) => Err(AddError::Settings { path, source }),
    }
}
