use super::*;

const ALL: Parts = Parts {
    k: true,
    mks: true,
    completion: true,
};

#[test]
fn parts_are_left_out_and_nothing_else_is() {
    for shell in Shell::value_variants() {
        let all = shell.integration(ALL);
        assert!(!all.contains(MARK), "{shell:?}");
        assert!(all.contains("microk8s") && all.contains("complete"));
        let none = shell.integration(Parts {
            k: false,
            mks: false,
            completion: false,
        });
        for gone in ["microk8s", "complet", "bowline k "] {
            assert!(!none.contains(gone), "{shell:?} still has {gone}:\n{none}");
        }
        assert!(none.contains("session adopt"), "{shell:?}");
        let without_k = shell.integration(Parts { k: false, ..ALL });
        let lines: Vec<&str> = without_k.lines().collect();
        let kept = all.lines().filter(|line| lines.contains(line)).count();
        assert!(kept >= lines.len() && lines.len() < all.lines().count());
    }
}

/// Windows `PowerShell` reads what a program prints in the console's encoding, which need not be UTF-8.
#[test]
fn templates_are_plain_ascii_and_end_in_a_line_break() {
    for shell in Shell::value_variants() {
        let all = shell.integration(ALL);
        assert!(all.is_ascii() && all.ends_with('\n') && !all.contains('\r'));
        assert!(all.lines().all(|line| line.len() <= 120), "{shell:?}");
    }
}

#[test]
fn marks_are_known_and_closed() {
    let known = ["k", "mks", "completion", "completion of k"];
    for shell in Shell::value_variants() {
        let mut open = false;
        for line in shell.template().lines() {
            let Some(part) = line.strip_prefix(MARK) else {
                continue;
            };
            assert_eq!(part == "end", open, "{shell:?}: {line}");
            assert!(part == "end" || known.contains(&part), "{shell:?}: {line}");
            open = !open;
        }
        assert!(!open, "{shell:?}");
    }
}
