//! kubectl writes the same path for a certificate authority as we would.
//!
//! Runs where a plain kubectl is found (`BOWLINE_KUBECTL`, or on `PATH`) and says so where not.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use kubeconfig::Document;
use kubeconfig::paths::System;
use kubeconfig::paths::clean;
use kubeconfig::paths::relativize;
use kubeconfig::paths::resolve;

#[test]
fn kubectl_writes_the_same_paths() {
    let kubectl = match testnode::kubectl::find() {
        Ok(kubectl) => kubectl,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let base = root.join("sub");
    std::fs::create_dir(&base).unwrap();
    let file = base.join("config");
    let (root, base) = (root.to_str().unwrap(), base.to_str().unwrap());
    let absolute = |rest: &str| format!("{root}{rest}");
    let mut values: Vec<String> = [
        "ca",
        "./ca",
        "x/ca",
        "x/../ca",
        "x//ca",
        "x/./ca",
        "../ca",
        "../sub/ca",
        "../sub",
        "..",
        ".",
        "./",
        "x/",
        "../../ca",
        "../sub2/ca",
        "..ca",
        "../..ca",
        "...",
        "a b",
        "é",
        "~",
        "~/ca",
        "a\\b",
        "/ca",
        "/",
        "//ca",
        "/x/../ca",
        "/../ca",
        "x/../../ca",
        "-ca",
        "c:/ca",
        "a:b",
    ]
    .map(str::to_owned)
    .into();
    values.extend(
        [
            "/sub/ca",
            "/sub/x/../ca",
            "/sub",
            "/sub/",
            "/sub/../ca",
            "/subca",
            "/ca",
            "//sub//ca",
        ]
        .map(absolute),
    );
    for value in values {
        std::fs::write(&file, "").unwrap();
        // In the folder of the file, against which a flag is made absolute first.
        let output = kubectl
            .command(folder.path(), &file)
            .current_dir(base)
            .args(["config", "set-cluster", "c"])
            .arg(format!("--certificate-authority={value}"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{value}: {output:?}");
        let written = Document::parse(std::fs::read(&file).unwrap()).unwrap();
        let theirs = written.config().clusters[0]
            .value
            .certificate_authority
            .clone();
        let full = clean(System::Unix, &resolve(System::Unix, base, &value));
        let ours = relativize(System::Unix, base, &full).unwrap();
        assert_eq!(Some(ours), theirs, "{value}");
    }
}
