//! The names that somebody meant who typed one that does not exist.

/// More are no help.
const MOST: usize = 3;

/// How alike names are that may be meant (Jaro-Winkler, from 0 to 1; clap's threshold for its own arguments is 0.7,
/// too low for names of which a thousand begin in the same way).
const ALIKE: f64 = 0.85;

/// The nearest of the known names, the best first; none where nothing is near.
pub fn nearest<'a>(typed: &str, known: &'a [String]) -> Vec<&'a str> {
    let folded = typed.to_lowercase();
    let mut near: Vec<(f64, &str)> = known
        .iter()
        .map(|name| (likeness(&folded, &name.to_lowercase()), name.as_str()))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut near: Vec<&str> = near.into_iter().map(|(_, name)| name).collect();
    near.truncate(MOST);
    near
}

fn likeness(typed: &str, name: &str) -> f64 {
    if typed == name {
        return 1.0;
    }
    // A part of a long name: `prod` of `gke_project_europe-west1_prod`.
    let is_part = typed.len() >= 3 && name.contains(typed);
    let alike = strsim::jaro_winkler(typed, name);
    if is_part { alike.max(0.9) } else { alike }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let known = ["dev", "prod-eu", "prod-us", "gke_project_west_staging"].map(str::to_owned);
        assert_eq!(nearest("prod-eu1", &known).first(), Some(&"prod-eu"));
        assert_eq!(nearest("DEV", &known), ["dev"]);
        assert_eq!(nearest("staging", &known), ["gke_project_west_staging"]);
        assert_eq!(nearest("minikube", &known), [""; 0]);
        assert_eq!(nearest("", &known), [""; 0]);
    }
}
