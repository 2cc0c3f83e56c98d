//! What an edit does to the typed view, told once more; the fuzz target includes this file.

use kubeconfig::Config;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;

/// Makes the edit; `None` where a name is missing or taken.
pub(crate) fn apply(config: &mut Config, edit: &Edit) -> Option<()> {
    match edit {
        Edit::SetServer { cluster, server } => {
            find(&mut config.clusters, cluster)?
                .server
                .clone_from(server);
        }
        Edit::SetTlsServerName { cluster, name } => {
            find(&mut config.clusters, cluster)?.tls_server_name =
                (!name.is_empty()).then(|| name.clone());
        }
        Edit::SetCurrentContext(name) => config.current_context.clone_from(name),
        Edit::Insert {
            cluster,
            user,
            context,
        } => {
            add(&mut config.clusters, cluster)?;
            add(&mut config.users, user)?;
            add(&mut config.contexts, context)?;
        }
        Edit::PutCluster(named) => put(&mut config.clusters, named),
        Edit::PutUser(named) => put(&mut config.users, named),
        Edit::PutContext(named) => put(&mut config.contexts, named),
        Edit::PutPreferences(value) => config.preferences = value.clone(),
        Edit::PutExtensions(value) => config.extensions = value.clone(),
        Edit::Remove { list, name } => match list {
            List::Clusters => remove(&mut config.clusters, name)?,
            List::Users => remove(&mut config.users, name)?,
            List::Contexts => remove(&mut config.contexts, name)?,
        },
        Edit::Rename {
            list,
            from,
            to,
            references,
        } => {
            match list {
                List::Clusters => rename(&mut config.clusters, from, to)?,
                List::Users => rename(&mut config.users, from, to)?,
                List::Contexts => rename(&mut config.contexts, from, to)?,
            }
            if *references {
                follow(config, *list, from, to);
            }
        }
        _ => unreachable!("no other edit"),
    }
    Some(())
}

fn find<'a, T>(list: &'a mut [Named<T>], name: &str) -> Option<&'a mut T> {
    list.iter_mut()
        .find(|entry| entry.name == name)
        .map(|entry| &mut entry.value)
}

fn add<T: Clone>(list: &mut Vec<Named<T>>, named: &Named<T>) -> Option<()> {
    if find(list, &named.name).is_some() {
        return None;
    }
    list.push(named.clone());
    Some(())
}

fn put<T: Clone>(list: &mut Vec<Named<T>>, named: &Named<T>) {
    match find(list, &named.name) {
        Some(value) => value.clone_from(&named.value),
        None => list.push(named.clone()),
    }
}

fn remove<T>(list: &mut Vec<Named<T>>, name: &str) -> Option<()> {
    find(list, name)?;
    list.retain(|entry| entry.name != name);
    Some(())
}

fn rename<T>(list: &mut [Named<T>], from: &str, to: &str) -> Option<()> {
    if list.iter().any(|entry| entry.name == to) {
        return None;
    }
    let entry = list.iter_mut().find(|entry| entry.name == from)?;
    to.clone_into(&mut entry.name);
    Some(())
}

fn follow(config: &mut Config, list: List, from: &str, to: &str) {
    for context in &mut config.contexts {
        let field = match list {
            List::Clusters => &mut context.value.cluster,
            List::Users => &mut context.value.user,
            List::Contexts => continue,
        };
        if field == from {
            to.clone_into(field);
        }
    }
    if list == List::Contexts && config.current_context == from {
        to.clone_into(&mut config.current_context);
    }
}
