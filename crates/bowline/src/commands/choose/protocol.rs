//! What a shell is told: the value of KUBECONFIG, in one line that it reads without evaluating it.

use std::ffi::OsStr;

use crate::environment::variable;
use crate::error::CommandError;
use crate::output;

/// Tells the shell what KUBECONFIG has to be, where that is something else than it is: `None` unsets it.
pub(crate) fn tell(value: Option<&OsStr>) -> Result<(), CommandError> {
    if variable("KUBECONFIG").as_deref() == value {
        return Ok(());
    }
    Ok(output::print_bytes(&line(value))?)
}

fn line(value: Option<&OsStr>) -> Vec<u8> {
    let mut line = b"KUBECONFIG".to_vec();
    if let Some(value) = value {
        line.push(b'=');
        line.extend(value.as_encoded_bytes());
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_it_is_or_that_it_is_unset() {
        assert_eq!(
            line(Some(OsStr::new("/a b:$(x)"))),
            b"KUBECONFIG=/a b:$(x)\n"
        );
        assert_eq!(line(None), b"KUBECONFIG\n");
    }
}
