//! Extended attributes and access control lists of what is replaced.

use crate::support::{Home, append, skip};
#[cfg(target_os = "linux")]
use std::fs;
#[cfg(target_os = "linux")]
use std::os::unix::fs::PermissionsExt as _;

#[cfg(target_os = "linux")]
const ACL: &str = "system.posix_acl_access";
#[cfg(target_os = "linux")]
const DEFAULT_ACL: &str = "system.posix_acl_default";

/// An access control list as the system keeps it: owner rw, user 4242 r, group and mask r, others
/// nothing.
#[cfg(target_os = "linux")]
fn list() -> Vec<u8> {
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    let nobody = u32::MAX;
    for (tag, rights, id) in [
        (1_u16, 6_u16, nobody),
        (2, 4, 4242),
        (4, 4, nobody),
        (16, 4, nobody),
        (32, 0, nobody),
    ] {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(rights.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

#[cfg(target_os = "linux")]
fn mode(home: &Home) -> u32 {
    fs::metadata(home.file()).unwrap().permissions().mode() & 0o7777
}

#[test]
fn attributes_stay() {
    let home = Home::with("one\n");
    let wanted = [("user.origin", &b"cluster a"[..]), ("user.empty", b"")];
    for (name, value) in wanted {
        if let Err(error) = xattr::set(home.file(), name, value) {
            return skip(
                "attributes_stay",
                &format!("no user attributes here: {error}"),
            );
        }
    }
    home.store()
        .update(&home.file(), "add", append("two\n"))
        .unwrap();
    for (name, value) in wanted {
        assert_eq!(
            xattr::get(home.file(), name).unwrap().as_deref(),
            Some(value)
        );
    }
    home.store().undo(None, false).unwrap();
    assert!(xattr::get(home.file(), "user.origin").unwrap().is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn an_access_control_list_stays() {
    let home = Home::with("one\n");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o640)).unwrap();
    if let Err(error) = xattr::set(home.file(), ACL, &list()) {
        return skip(
            "an_access_control_list_stays",
            &format!("no lists here: {error}"),
        );
    }
    home.store()
        .update(&home.file(), "add", append("two\n"))
        .unwrap();
    assert_eq!(xattr::get(home.file(), ACL).unwrap(), Some(list()));
    assert_eq!(mode(&home), 0o640);
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_that_new_files_inherit_opens_no_old_one() {
    let home = Home::with("one\n");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o640)).unwrap();
    if let Err(error) = xattr::set(home.path("kube"), DEFAULT_ACL, &list()) {
        let name = "a_list_that_new_files_inherit_opens_no_old_one";
        return skip(name, &format!("no lists here: {error}"));
    }
    fs::write(home.path("kube/inherits"), "").unwrap();
    assert!(
        xattr::get(home.path("kube/inherits"), ACL)
            .unwrap()
            .is_some()
    );
    home.store()
        .update(&home.file(), "add", append("two\n"))
        .unwrap();
    assert_eq!(xattr::get(home.file(), ACL).unwrap(), None);
    assert_eq!(mode(&home), 0o640);
}
