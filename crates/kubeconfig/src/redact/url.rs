//! Secrets in URLs.

use super::rules;
use super::rules::REDACTED;

/// Replaces a password before the `@`, a user name there that is a token, and secrets in the
/// query. `None` when there is nothing to hide.
pub(super) fn without_password(text: &str) -> Option<String> {
    let scheme = text.find("://")? + 3;
    let user = user_end(text).and_then(|at| {
        let hidden = hidden_user(text.get(scheme..at)?)?;
        Some((scheme..at, hidden))
    });
    let start = user.as_ref().map_or(scheme, |(range, _)| range.end);
    let query = text.get(start..)?.find('?').and_then(|at| {
        let range = start + at + 1..text.len();
        Some((range.clone(), hidden_query(text.get(range)?)?))
    });
    if user.is_none() && query.is_none() {
        return None;
    }
    let mut out = text.to_owned();
    for (range, hidden) in query.into_iter().chain(user) {
        out.replace_range(range, &hidden);
    }
    Some(out)
}

fn hidden_user(user: &str) -> Option<String> {
    match user.split_once(':') {
        Some((name, password)) if !password.is_empty() => {
            let name = if looks_like_token(name) {
                REDACTED
            } else {
                name
            };
            Some(format!("{name}:{REDACTED}"))
        }
        _ => looks_like_token(user.trim_end_matches(':')).then(|| REDACTED.to_owned()),
    }
}

/// In place of a user name, shorter ones count too.
fn looks_like_token(user: &str) -> bool {
    let digits = user.bytes().filter(u8::is_ascii_digit).count();
    let long = user.len() >= 20 && !user.contains(['.', '@']);
    rules::is_token(user) || rules::is_random_word(user) || (long && digits >= 3)
}

/// Replaces secrets in the query. `None` when there are none.
pub(super) fn without_query_secrets(text: &str) -> Option<String> {
    let (before, query) = text.split_once('?')?;
    Some(format!("{before}?{}", hidden_query(query)?))
}

fn hidden_query(query: &str) -> Option<String> {
    let mut found = false;
    let pairs: Vec<_> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if rules::value(Some(name), value).is_some() => {
                found = true;
                format!("{name}={REDACTED}")
            }
            _ => pair.to_owned(),
        })
        .collect();
    found.then(|| pairs.join("&"))
}

/// Where the user of a URL ends, which is at an `@`.
pub(super) fn user_end(text: &str) -> Option<usize> {
    let after_scheme = text.find("://").map_or(0, |at| at + 3);
    let rest = text.get(after_scheme..).unwrap_or_default();
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may itself hold any of these before the `@`: take the last one of the text when
    // the authority seems to have none.
    let at = match rest.get(..authority).unwrap_or_default().rfind('@') {
        Some(at) => at,
        None => rest
            .rfind('@')
            .filter(|at| rest.get(..*at).is_some_and(|user| user.contains(':')))?,
    };
    Some(after_scheme + at)
}
