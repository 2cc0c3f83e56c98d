//! What looks like a secret: one table for all that is shown.

/// Stands where a secret stood.
pub(super) const REDACTED: &str = "REDACTED";

/// Parts of a word that make a name a secret's.
const STEMS: [&str; 11] = [
    "token",
    "passw",
    "passphrase",
    "secret",
    "credential",
    "apikey",
    "accesskey",
    "privatekey",
    "bearer",
    "cookie",
    "authorization",
];

/// Words that do so only when they stand alone.
const WORDS: [&str; 6] = ["key", "keys", "pass", "pwd", "jwt", "pat"];

/// Last words of names for something about a secret: `token-file`, `AWS_ACCESS_KEY_ID`.
const ABOUT: [&str; 48] = [
    "alias",
    "algorithm",
    "arn",
    "audience",
    "audiences",
    "cache",
    "cmd",
    "command",
    "dir",
    "directory",
    "disabled",
    "duration",
    "enabled",
    "endpoint",
    "expiration",
    "expires",
    "expiry",
    "file",
    "files",
    "fingerprint",
    "folder",
    "format",
    "helper",
    "host",
    "id",
    "ids",
    "issuer",
    "length",
    "lifetime",
    "method",
    "mode",
    "name",
    "names",
    "path",
    "plugin",
    "prefix",
    "process",
    "provider",
    "required",
    "scope",
    "scopes",
    "storage",
    "store",
    "ttl",
    "type",
    "url",
    "vault",
    "version",
];

/// First words of names that say yes or no: `--oidc-use-access-token` too.
const SWITCHES: [&str; 10] = [
    "use", "no", "with", "enable", "disable", "skip", "allow", "print", "show", "get",
];

/// How tokens of well-known makers begin.
const PREFIXES: [&str; 20] = [
    "eyJ",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "hvs.",
    "hvb.",
    "dop_v1_",
    "doo_v1_",
    "npm_",
    "k8s-aws-v1.",
    "kubeconfig-u",
];

/// Beginnings of long identifiers that are none.
const IDENTIFIERS: [&str; 9] = ["arn:", "ocid1.", "urn:", "sha256:", "/", "~", ".", "$", "{"];

/// Whether what is called `name` is a secret: a field, a variable, an option without dashes.
pub(super) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let (Some(last), false) = (words.last(), words.is_empty()) else {
        return false;
    };
    let has = |word: &str| words.iter().any(|found| found == word);
    // Vault's `secret_id` is a password.
    if ABOUT.contains(&last.as_str()) && !(last == "id" && has("secret")) {
        return false;
    }
    if has("public") || SWITCHES.iter().any(|word| has(word)) {
        return false;
    }
    words
        .iter()
        .any(|word| WORDS.contains(&word.as_str()) || STEMS.iter().any(|stem| word.contains(stem)))
}

/// The words of `client-secret`, `CLIENT_SECRET` or `clientSecret`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for char in name.chars() {
        let new = !char.is_alphanumeric() || (lower && char.is_uppercase());
        if new && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (char.is_alphanumeric(), words.last_mut()) {
            word.extend(char.to_lowercase());
        }
        lower = char.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Takes the secrets out of the arguments of a program; `None` for those that stay.
pub(super) fn arguments(arguments: &[&str]) -> Vec<Option<String>> {
    let mut waiting: Option<&str> = None;
    let mut hidden = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let option = waiting.take();
        let secret = option.is_some_and(is_secret_name);
        hidden.push(if is_value(argument, secret) {
            value(option, argument)
        } else {
            waiting = Some(argument.trim_start_matches('-'));
            None
        });
    }
    hidden
}

/// Whether an argument is no option that waits for its value. Behind an option for a secret only
/// what is surely another option is none: passwords may begin with a dash.
fn is_value(argument: &str, secret: bool) -> bool {
    let scheme = ["bearer", "basic"]
        .iter()
        .any(|word| argument.eq_ignore_ascii_case(word));
    let long = argument.starts_with("--");
    let short = argument.starts_with('-') && (argument.chars().count() == 2 || !secret);
    assignment(argument).is_some() || !(long || short || scheme)
}

/// Takes the secret out of a value, or is `None` when there is none in it.
pub(super) fn value(name: Option<&str>, text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if let Some(name) = name.filter(|name| is_secret_name(name)) {
        return (!is_harmless(name, text)).then(|| REDACTED.to_owned());
    }
    if is_token(text) {
        return Some(REDACTED.to_owned());
    }
    if let Some((name, inner)) = assignment(text) {
        let head = text.get(..text.len() - inner.len()).unwrap_or_default();
        return value(Some(name), inner).map(|inner| format!("{head}{inner}"));
    }
    if text.contains(char::is_whitespace) {
        // A command for a shell, whose quotes nobody wants to understand here.
        let words: Vec<_> = text.split_whitespace().collect();
        let hidden = arguments(&words).iter().any(Option::is_some);
        return hidden.then(|| REDACTED.to_owned());
    }
    let known = name.is_some_and(|name| {
        words(name)
            .last()
            .is_some_and(|last| ABOUT.contains(&last.as_str()))
    });
    if !known && is_random(text) {
        return Some(REDACTED.to_owned());
    }
    super::url::without_password(text)
}

/// Splits `--name=value`, `NAME=value` and `Name: value`.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let split = |separator| text.split_once(separator);
    let (name, value) = split("=")
        .into_iter()
        .chain(split(": "))
        .find(|(name, _)| {
            let name = name.trim_start_matches('-');
            let part = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.');
            !name.is_empty() && name.chars().all(part)
        })?;
    // Base64 ends so.
    let empty = value.trim_matches('=').is_empty();
    (!empty).then(|| (name.trim_start_matches('-'), value))
}

/// Values under a secret's name that are none: a switch, a `JSONPath`, the path of a file.
fn is_harmless(name: &str, text: &str) -> bool {
    let switch = ["true", "false", "yes", "no", "auto", "none"];
    let template = text.starts_with("{.") && text.ends_with('}');
    let password = ["passw", "secret"]
        .iter()
        .any(|stem| name.to_lowercase().contains(stem));
    let path = ["/", "~/", "./", "../", "C:\\"]
        .iter()
        .any(|root| text.starts_with(root));
    switch.contains(&text.to_lowercase().as_str())
        || template
        || (path && !password && !text.split('/').any(is_random_word))
}

/// Tokens that say what they are.
pub(super) fn is_token(text: &str) -> bool {
    let long = |prefix: &str| text.starts_with(prefix) && text.len() >= prefix.len() + 12;
    PREFIXES.iter().any(|prefix| long(prefix))
        || (text.contains("-----BEGIN") && text.contains("PRIVATE KEY"))
}

/// Whether a part of a text is as long and as mixed as only machines write.
fn is_random(text: &str) -> bool {
    let identifier = IDENTIFIERS.iter().any(|prefix| text.starts_with(prefix));
    !identifier && !text.contains("://") && text.split([':', '.', '~', ',']).any(is_random_word)
}

/// At least 32 letters and digits, 16 of them in a row, that change between upper case, lower
/// case and digits at every fourth place: names and UUIDs do not, base64 and hexadecimal do.
pub(super) fn is_random_word(word: &str) -> bool {
    let word = word.trim_end_matches('=');
    let part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '_' | '-');
    if word.len() < 32 || !word.chars().all(part) {
        return false;
    }
    let class = |byte: u8| match byte {
        b'a'..=b'z' => Some(0),
        b'A'..=b'Z' => Some(1),
        b'0'..=b'9' => Some(2),
        _ => None,
    };
    let classes: Vec<_> = word.bytes().map(class).collect();
    let (mut pairs, mut changes) = (0, 0);
    for pair in classes.windows(2) {
        if let [Some(before), Some(after)] = pair {
            pairs += 1;
            changes += usize::from(before != after);
        }
    }
    let row = word.split(|char: char| !char.is_ascii_alphanumeric());
    let letters = classes.iter().flatten().count();
    letters >= 32 && changes * 4 >= pairs && row.map(str::len).max() >= Some(16)
}
