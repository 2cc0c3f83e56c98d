//! The answer of `scripts/fetch.sh`, read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::tree::Entry;
use crate::tree::Kind;
use crate::tree::Owner;
use crate::tree::Tree;

/// Reads the answer: one line for each file, then a dot. Links in the middle of a path were followed there.
///
/// # Errors
/// What is wrong with it, in words and without its contents.
pub fn parse(reply: &[u8]) -> Result<Tree, String> {
    let mut tree = Tree::default();
    let mut lines = reply.split(|byte| *byte == b'\n').enumerate();
    for (number, line) in &mut lines {
        if line == b"." {
            let rest = lines.all(|(_, line)| line.trim_ascii().is_empty());
            return if rest {
                Ok(tree)
            } else {
                Err("more follows after its end".to_owned())
            };
        }
        let damaged = || format!("line {} is not a record", number + 1);
        let (path, entry) = record(line).ok_or_else(damaged)?;
        tree.entries.insert(path, entry);
    }
    Err("it breaks off".to_owned())
}

fn record(line: &[u8]) -> Option<(String, Entry)> {
    let mut fields = line.split(|byte| *byte == b' ');
    let (kind, meta, path, content) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    if fields.next().is_some() {
        return None;
    }
    let text = |field| String::from_utf8(decode(field)?.to_vec()).ok();
    let path = text(path)?;
    if !path.starts_with('/') {
        return None;
    }
    let content = decode(content)?;
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let kind = match kind {
        b"f" => Kind::File(content),
        b"d" => Kind::Folder,
        b"l" => Kind::Link(lossy(&content).trim_end_matches('\n').to_owned()),
        b"k" => Kind::PrivateKey((!content.is_empty()).then(|| content.to_vec())),
        b"u" => Kind::Unreadable(lossy(&content)),
        _ => return None,
    };
    let meta = lossy(&decode(meta)?);
    let mut meta = meta.trim_end().splitn(6, ' ');
    let mode = meta
        .next()
        .and_then(|text| u32::from_str_radix(text, 8).ok());
    let mut number = || meta.next().and_then(|text| text.parse::<u32>().ok());
    let (uid, gid) = (number(), number());
    let modified = meta
        .next()
        .and_then(|text| text.parse::<i64>().ok())
        .unwrap_or_default();
    let mut name = || {
        let name = meta
            .next()
            .filter(|name| *name != "UNKNOWN" && *name != "-");
        name.map(str::to_owned)
    };
    let (user, group) = (name(), name());
    let owner = |id: Option<u32>, name| id.map(|id| Owner { id, name });
    let entry = Entry {
        kind,
        mode,
        owner: owner(uid, user),
        group: owner(gid, group),
        modified,
    };
    Some((path, entry))
}

/// `=` and base64.
fn decode(field: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let encoded = field.strip_prefix(b"=")?;
    STANDARD.decode(encoded).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, meta: &str, path: &str, content: &str) -> String {
        let [meta, path, content] = [meta, path, content].map(|text| STANDARD.encode(text));
        format!("{kind} ={meta} ={path} ={content}\n")
    }

    #[test]
    fn reads_what_the_script_prints() {
        let reply = [
            line("f", "660 0 1001 1700000000 root microk8s", "/a\nb", "x,y"),
            line("k", "600 0 0 1 root root", "/ca.key", ""),
            line(
                "l",
                "777 0 0 1 root UNKNOWN",
                "/current",
                "/var/snap/microk8s/3582\n",
            ),
            line("u", "- - - - - -", "/c", "permission denied"),
            ".\n".to_owned(),
        ]
        .concat();
        let tree = parse(reply.as_bytes()).unwrap();
        assert_eq!(tree.bytes("/a\nb"), Some(&b"x,y"[..]));
        let entry = &tree.entries["/a\nb"];
        assert_eq!(entry.mode, Some(0o660));
        let group = entry.group.as_ref().unwrap();
        assert_eq!((group.id, group.name.as_deref()), (1001, Some("microk8s")));
        assert_eq!(tree.entries["/ca.key"].kind, Kind::PrivateKey(None));
        let link = Kind::Link("/var/snap/microk8s/3582".to_owned());
        assert_eq!(tree.entries["/current"].kind, link);
        assert_eq!(tree.entries["/current"].group.as_ref().unwrap().name, None);
        assert_eq!(tree.entries["/c"].mode, None);
        let unreadable: Vec<_> = tree.unreadable().collect();
        assert_eq!(unreadable, [("/c", "permission denied")]);
    }

    #[test]
    fn refuses_what_it_does_not_print() {
        let good = line("f", "660 0 0 1 root root", "/a", "x");
        for damaged in [
            String::new(),
            good.clone(),
            format!("Welcome to Ubuntu\n{good}.\n"),
            format!("{good}.\n{good}"),
            format!("{}.\n", good.replace("f =", "x =")),
            format!("{}.\n", good.replace(" =", " ")),
            format!("{}.\n", line("f", "660 0 0 1 root root", "relative", "x")),
            format!("{} =\n.\n", good.trim_end()),
        ] {
            assert!(parse(damaged.as_bytes()).is_err(), "{damaged}");
        }
    }
}
