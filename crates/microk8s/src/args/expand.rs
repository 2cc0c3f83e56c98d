use super::Environment;
use super::Word;

/// Longer names are none, and a file of `${` is read in one go.
const LONGEST: usize = 256;

/// Expands the variable that `text` begins with, at its `$`, into the word; what follows is returned.
///
/// What is not known stays as it is. Both readers would make it empty or run it; which, only the node knows.
pub(super) fn variable<'a>(text: &'a str, environment: &Environment, word: &mut Word) -> &'a str {
    let after = text.get(1..).unwrap_or_default();
    let (name, whole) = if let Some(inner) = after.strip_prefix('{') {
        let Some(end) = inner.bytes().take(LONGEST).position(|byte| byte == b'}') else {
            word.text.push('$');
            return after;
        };
        // `${`, the name, `}`.
        (inner.get(..end).unwrap_or_default(), end + 3)
    } else {
        let length = after
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        if length == 0 {
            word.text.push('$');
            return after;
        }
        (after.get(..length).unwrap_or_default(), length + 1)
    };
    let (variable, rest) = text.split_at_checked(whole).unwrap_or((text, ""));
    if let Some(value) = environment.get(name) {
        word.text.push_str(value);
    } else {
        word.text.push_str(variable);
        word.unexpanded.push(variable.to_owned());
    }
    rest
}
