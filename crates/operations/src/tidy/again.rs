//! Deciding again under a file's lock, where what was decided by is not what it was.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use store::Proof;
use store::Snapshot;
use store::StoreError;

use super::TidyError;
use super::plan::Plan;
use super::plan::Steps;
use super::sight::Seen;
use super::sight::Sight;

/// What the files say by now, and what follows from it.
pub(super) struct Again<T> {
    sight: Sight,
    /// What was decided at last; `None` while the plan stands.
    pub(super) steps: Option<Steps<T>>,
    /// What tells that a file still has the bytes that the sight has of it.
    proofs: BTreeMap<PathBuf, Proof>,
    /// What was changed is not looked at again: it is decided by what was there before.
    done: Vec<PathBuf>,
}

impl<T> Again<T> {
    pub(super) fn new(plan: &Plan<T>) -> Self {
        Self {
            sight: plan.sight().clone(),
            steps: None,
            proofs: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    /// The steps to be taken.
    pub(super) fn steps<'a>(&'a self, plan: &'a Plan<T>) -> &'a Steps<T> {
        self.steps.as_ref().unwrap_or(&plan.steps)
    }

    /// A file was changed as it should be.
    pub(super) fn is_done(&mut self, path: &Path) {
        self.done.push(path.to_owned());
    }

    /// The files that were changed.
    pub(super) fn done(self) -> Vec<PathBuf> {
        self.done
    }

    /// Whether nothing was changed yet.
    pub(super) fn is_first(&self) -> bool {
        self.done.is_empty()
    }

    /// Looks at all files again, of which one is locked and was read. Decides again where that is needed, and says
    /// whether that was done.
    pub(super) fn look<E: From<TidyError>>(
        &mut self,
        plan: &Plan<T>,
        locked: &Seen,
        decide: impl Fn(&Sight) -> Result<Steps<T>, E>,
    ) -> Result<bool, E> {
        let mut is_other = self.take(locked);
        for path in self.others(&locked.path) {
            if let Some(fresh) = self.changed(&path)? {
                is_other |= self.take(&fresh);
            }
        }
        if !is_other && !plan.steps.by_more && self.steps.is_none() {
            return Ok(false);
        }
        self.steps = Some(decide(&self.sight)?);
        Ok(true)
    }

    /// Takes in what a file says now; `false` when the sight has it already, or never looked at the file.
    fn take(&mut self, fresh: &Seen) -> bool {
        let files = self.sight.files.iter_mut().chain(&mut self.sight.beside);
        let mut is_other = false;
        for seen in files.filter(|seen| seen.path == fresh.path) {
            if !seen.is_like(fresh) {
                *seen = fresh.clone();
                is_other = true;
            }
        }
        is_other
    }

    fn others(&self, locked: &Path) -> Vec<PathBuf> {
        let files = self.sight.files.iter().chain(&self.sight.beside);
        files
            .map(|seen| &seen.path)
            .filter(|path| *path != locked && !self.done.contains(path))
            .cloned()
            .collect()
    }

    /// What a file says, if it may not be what the sight has.
    fn changed(&mut self, path: &Path) -> Result<Option<Seen>, TidyError> {
        let is_ours = self.sight.files.iter().any(|seen| seen.path == path);
        let mut look = || -> Result<Option<Seen>, TidyError> {
            let mut snapshot = Snapshot::open(path)?;
            let proof = snapshot.as_ref().and_then(Snapshot::proof);
            if proof.is_some() && self.proofs.get(path) == proof.as_ref() {
                return Ok(None);
            }
            let bytes = snapshot.as_mut().map(Snapshot::bytes).transpose()?;
            if let Some(proof) = proof {
                self.proofs.insert(path.to_owned(), proof);
            }
            let mut files = self.sight.files.iter().chain(&self.sight.beside);
            let known = files.find(|seen| seen.path == path);
            if known.is_some_and(|seen| seen.has_bytes(bytes.as_deref())) {
                return Ok(None);
            }
            Seen::of(path, bytes.as_deref()).map(Some)
        };
        match look() {
            // It changes this very moment.
            Err(TidyError::Read(StoreError::Unsettled { path })) => {
                Err(TidyError::ChangedMeanwhile { path })
            }
            // One beside the chain keeps nothing from being done; what it said before still counts.
            Err(_) if !is_ours => Ok(None),
            result => result,
        }
    }
}
