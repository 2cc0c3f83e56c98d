//! Makes all changes of an addition as one: one line of the history, taken back as one.

use store::UpdateError;

use super::Addition;
use crate::heal::apply::ApplyCause;
use crate::heal::apply::ApplyError;
use crate::heal::apply::apply_in;
use crate::remember::with_machine;
use crate::settings::edit::ChangeError;
use crate::world::World;

/// Changes the kubeconfig, the second copies, and config.toml.
///
/// # Errors
/// [`ApplyError`] names what was changed before.
pub fn apply(world: &World, addition: &Addition, summary: &str) -> Result<(), ApplyError> {
    let mut journalled = world.store.change(summary);
    let mut done = apply_in(&mut journalled, &addition.plan)?.done;
    let Some(settings) = &addition.settings else {
        return Ok(());
    };
    // On what is there now: another bowline may have remembered another machine meanwhile.
    let outcome = journalled.update(&settings.path, |bytes| {
        let after = with_machine(bytes, &settings.cluster, &settings.machine)?;
        Ok::<_, ChangeError>(after.map(String::into_bytes))
    });
    let cause = match outcome {
        Ok(_) => return Ok(()),
        Err(UpdateError::Store(error)) => ApplyCause::Store(error),
        Err(UpdateError::Change(source)) => ApplyCause::Settings {
            path: settings.path.clone(),
            source,
        },
    };
    done.dedup();
    Err(ApplyError {
        cause: Box::new(cause),
        done,
    })
}
