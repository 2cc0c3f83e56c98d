//! What a long run has to have tried.

use crate::commands::FIELDS;
use crate::commands::FLAGS;
use crate::commands::GLOBALS;
use crate::commands::OTHER_PATHS;
use crate::commands::SUBCOMMANDS;
use crate::text::SPECIAL;

const OTHERS: [&str; 66] = [
    "absolute",
    "anchor",
    "argument too few",
    "argument too many",
    "block",
    "block scalar",
    "byte order mark",
    "comments",
    "crlf",
    "document marker",
    "empty argument",
    "empty value",
    "extensions",
    "field apiVersion",
    "field args",
    "field as",
    "field as-groups",
    "field as-uid",
    "field as-user-extra",
    "field auth-provider",
    "field certificate-authority",
    "field certificate-authority-data",
    "field client-certificate",
    "field client-certificate-data",
    "field client-key",
    "field client-key-data",
    "field colors",
    "field command",
    "field disable-compression",
    "field env",
    "field exec",
    "field extensions",
    "field insecure-skip-tls-verify",
    "field installHint",
    "field interactiveMode",
    "field namespace",
    "field password",
    "field provideClusterInfo",
    "field proxy-url",
    "field tls-server-name",
    "field token",
    "field tokenFile",
    "field unknown",
    "field username",
    "file",
    "flag",
    "flow",
    "global flag",
    "global flag in front",
    "help flag",
    "home",
    "json",
    "jsonpath",
    "last comma",
    "no final newline",
    "no subcommand",
    "one file",
    "path of an entry",
    "relative",
    "several files",
    "several lines in flow",
    "template",
    "unknown flag",
    "unknown subcommand",
    "utf-16",
    "wide",
];

/// The productions of the generator, the subcommands and their flags.
pub(crate) fn expected() -> Vec<String> {
    let mut expected: Vec<String> = OTHERS.map(str::to_owned).to_vec();
    expected.extend(SUBCOMMANDS.map(|name| format!("subcommand {name}")));
    expected.extend(GLOBALS.map(|(name, _)| format!("global --{name}")));
    expected.extend(OTHER_PATHS.map(|path| format!("path {path}")));
    expected.extend(SPECIAL.map(|(name, _)| name.to_owned()));
    for (subcommand, flags) in FLAGS {
        expected.extend(
            flags
                .iter()
                .map(|(flag, _)| format!("{subcommand} --{flag}")),
        );
    }
    for (list, fields) in FIELDS {
        expected.extend(fields.iter().map(|field| format!("path {list}.…{field}")));
    }
    expected.sort();
    expected.dedup();
    expected
}
