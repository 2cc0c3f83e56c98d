//! The order of keys in a mapping.

use std::cmp::Ordering;

use super::Value;

/// Puts the keys of all mappings in the order in which go-yaml v2 writes them.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(sorted).collect()),
        Value::Map(fields) => {
            let fields = fields.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Map(merge_sort(fields.collect()))
        }
        value => value,
    }
}

/// go-yaml's order is none: `10` < `1a` < `2` < `10`. The standard sort may panic on that.
fn merge_sort<T>(mut fields: Vec<(String, T)>) -> Vec<(String, T)> {
    if fields.len() < 2 {
        return fields;
    }
    let right = merge_sort(fields.split_off(fields.len() / 2));
    let mut right = right.into_iter().peekable();
    let mut out = Vec::with_capacity(fields.len() + right.len());
    for left in merge_sort(fields) {
        while let Some(first) = right.next_if(|first| natural(&first.0, &left.0).is_lt()) {
            out.push(first);
        }
        out.push(left);
    }
    out.extend(right);
    out
}

/// `sorter.go`, `keyList.Less`: letters last, runs of digits by their value. Rust's letters and
/// Go's differ in some marks of Indian scripts.
fn natural(left: &str, right: &str) -> Ordering {
    let a: Vec<char> = left.chars().collect();
    let b: Vec<char> = right.chars().collect();
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len().cmp(&b.len());
    };
    let char = |chars: &[char]| chars.get(at).copied().unwrap_or_default();
    let letter = |char: char| char.is_alphabetic() && !char.is_numeric();
    match (letter(char(&a)), letter(char(&b))) {
        (true, true) => return char(&a).cmp(&char(&b)),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero inside a number counts; one at its beginning does not.
    let before = a.get(..at).unwrap_or_default();
    let inside = before
        .iter()
        .rev()
        .take_while(|char| char.is_ascii_digit())
        .any(|char| *char != '0');
    let start = i64::from(inside && (char(&a) == '0' || char(&b) == '0'));
    let run = |chars: &[char]| {
        let rest = chars.get(at..).unwrap_or_default().iter();
        let digits = rest.map_while(|char| char.to_digit(10));
        digits.fold((start, 0_usize), |(value, length), digit| {
            let value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            (value, length + 1)
        })
    };
    run(&a).cmp(&run(&b)).then_with(|| char(&a).cmp(&char(&b)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::merge_sort;
    use super::natural;

    #[test]
    fn keys_are_in_natural_order() {
        let expected = [
            "_c", "9", "10", "100", "A", "a-b", "a.b", "a1", "a01", "a2", "a10", "ab", "b", "é",
        ];
        let mut keys: Vec<_> = expected.map(|key| (key.to_owned(), ())).to_vec();
        keys.reverse();
        let keys: Vec<_> = merge_sort(keys).into_iter().map(|(key, ())| key).collect();
        assert_eq!(keys, expected);
    }

    proptest! {
        #[test]
        fn two_keys_have_one_order(a in any::<String>(), b in any::<String>(), c in "[0-9a-c]{0,4}", d in "[0-9a-c]{0,4}") {
            for (a, b) in [(a, b), (c, d)] {
                prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
                prop_assert_eq!(natural(&a, &b).is_eq(), a == b);
            }
        }

        #[test]
        fn sorting_loses_nothing(keys in prop::collection::vec("[0-9a-c]{0,3}", 0..40)) {
            let fields: Vec<_> = keys.iter().map(|key| (key.clone(), ())).collect();
            let mut after: Vec<_> = merge_sort(fields).into_iter().map(|(key, ())| key).collect();
            let mut before = keys;
            before.sort();
            after.sort();
            prop_assert_eq!(before, after);
        }
    }
}
