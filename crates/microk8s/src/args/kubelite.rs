use super::Environment;
use super::Word;
use super::expand;

/// `ReadArgsFromFile`: lines that begin with `#` are comments, every quote is dropped, a space separates.
pub(super) fn words(text: &str, environment: &Environment) -> Vec<Word> {
    let mut words = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        for raw in line.split(' ').filter(|raw| !raw.is_empty()) {
            let mut word = Word {
                raw: raw.to_owned(),
                line: index + 1,
                ..Word::default()
            };
            let bare = raw.replace(['"', '\''], "");
            let mut rest = bare.as_str();
            while let Some(at) = rest.find('$') {
                let (before, variable) = rest.split_at(at);
                word.text.push_str(before);
                rest = expand::variable(variable, environment, &mut word);
            }
            word.text.push_str(rest);
            words.push(word);
        }
    }
    words
}
