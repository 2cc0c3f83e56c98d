//! Which contexts are meant.

use glob::Pattern;
use kubeconfig::redact::escape;
use operations::Kubeconfigs;
use operations::Settings;

use crate::error::CommandError;
use crate::exit;

/// What a label is asked for by.
const LABEL: &str = "label:";

/// The contexts that patterns mean, each once, in the order of the patterns and then of the files: a context's own
/// name, else an alias, else a label, else a pattern. All, or the current one, without any.
pub(crate) fn choose(
    kubeconfigs: &Kubeconfigs,
    settings: &Settings,
    patterns: &[String],
    all: bool,
) -> Result<Vec<String>, CommandError> {
    if all || patterns.is_empty() {
        return Ok(kubeconfigs.chosen_contexts(&[], all)?);
    }
    let mut chosen: Vec<String> = Vec::new();
    for pattern in patterns {
        for name in meant(kubeconfigs, settings, pattern)? {
            if !chosen.contains(&name) {
                chosen.push(name);
            }
        }
    }
    Ok(chosen)
}

fn meant(
    kubeconfigs: &Kubeconfigs,
    settings: &Settings,
    pattern: &str,
) -> Result<Vec<String>, CommandError> {
    let chain = &kubeconfigs.chain;
    if chain.context(pattern).is_some() {
        return Ok(vec![pattern.to_owned()]);
    }
    if let Some(name) = settings.aliases.get(pattern) {
        kubeconfigs.require_context(name).map_err(|error| {
            let message = format!("alias {}: {error}", escape(pattern));
            CommandError::new(exit::BAD_INPUT, message)
        })?;
        return Ok(vec![name.clone()]);
    }
    let matching = |matches: &dyn Fn(&str) -> bool| -> Vec<String> {
        let names = chain.contexts().map(|entry| entry.name);
        names
            .filter(|name| matches(name))
            .map(str::to_owned)
            .collect()
    };
    let refused = |message: String| Err(CommandError::new(exit::BAD_INPUT, message));
    if let Some(word) = pattern.strip_prefix(LABEL) {
        let has = |name: &str| {
            let words = settings.labels.get(name);
            words.is_some_and(|words| words.iter().any(|known| known == word))
        };
        let found = matching(&has);
        if found.is_empty() {
            let word = escape(word);
            return refused(format!(
                "no context has the label {word}: `bowline label` lists them, `bowline label CONTEXT {word}` gives it"
            ));
        }
        return Ok(found);
    }
    if pattern.contains(['*', '?', '[']) {
        let parsed = Pattern::new(pattern).map_err(|error| {
            let message = format!("pattern {}: {error}", escape(pattern));
            CommandError::new(exit::BAD_INPUT, message)
        })?;
        let found = matching(&|name| parsed.matches(name));
        if found.is_empty() {
            return refused(format!(
                "no context in {} matches {}",
                kubeconfigs.files(),
                escape(pattern)
            ));
        }
        return Ok(found);
    }
    kubeconfigs.require_context(pattern)?;
    Ok(vec![pattern.to_owned()])
}
