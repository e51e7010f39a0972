use super::*;
use crate::model::Propagation;

fn shown(mount: &MountSpec) -> String {
    let what = match &mount.kind {
        MountKind::Bind { source, recursive, create_source } => {
            assert!(!create_source);
            format!("{}{}", source.display(), if *recursive { "" } else { " (flat)" })
        }
        MountKind::Volume { name } => format!("volume {name}"),
        other => panic!("{other:?}"),
    };
    let o = &mount.options;
    let flags = [
        (o.readonly, " ro"),
        (o.nosuid, " nosuid"),
        (o.nodev, " nodev"),
        (o.noexec, " noexec"),
        (o.noatime, " noatime"),
    ];
    let mut text = format!("{what} on {}", mount.destination);
    flags.iter().filter(|(on, _)| *on).for_each(|(_, word)| text.push_str(word));
    if o.propagation != Propagation::default() {
        text.push_str(&format!(" {:?}", o.propagation).to_lowercase());
    }
    text
}

#[test]
fn taken() {
    for (text, want) in [
        ("/a:/b", "/a on /b"),
        ("/a:/b:", "/a on /b"),
        ("/a:/b:rw", "/a on /b"),
        ("/a:/b:ro", "/a on /b ro"),
        ("/a:/b:ro,z", "/a on /b ro"),
        ("/a:/b:Z", "/a on /b"),
        ("/a:/b/", "/a on /b"),
        ("/a:/b/../c", "/a on /c"),
        ("/a/:/b", "/a/ on /b"),
        ("./a:/b", "./a on /b"),
        ("../a:/b", "../a on /b"),
        (".:/b", ". on /b"),
        ("..:/b", ".. on /b"),
        ("/a b:/c d", "/a b on /c d"),
        ("/a:/b:nosuid,nodev,noexec", "/a on /b nosuid nodev noexec"),
        ("/a:/b:suid,dev,exec", "/a on /b"),
        ("/a:/b:noatime", "/a on /b noatime"),
        ("/a:/b:bind", "/a (flat) on /b"),
        ("/a:/b:rbind", "/a on /b"),
        ("/a:/b:bind,ro,rslave", "/a (flat) on /b ro rslave"),
        ("/a:/b:rprivate", "/a on /b"),
        ("/a:/b:private", "/a on /b private"),
        ("/a:/b:shared", "/a on /b shared"),
        ("/a:/b:rshared", "/a on /b rshared"),
        ("/a:/b:slave", "/a on /b slave"),
        ("/a:/b:unbindable", "/a on /b unbindable"),
        ("/a:/b:cached", "/a on /b"),
        ("/a:/b:delegated,ro", "/a on /b ro"),
        ("/data", "volume data on /data"),
        ("/var/lib/x-y", "volume var-lib-x%2dy on /var/lib/x-y"),
    ] {
        let mount = parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(shown(&mount), want, "{text}");
    }
}

#[test]
fn refused() {
    for (text, why) in [
        ("", "no path inside the container"),
        ("data", "\"data\", must be absolute"),
        ("/a:b", "\"b\", must be absolute"),
        ("/a:", "no path inside the container"),
        (":/b", "no source before the first colon"),
        (":", "no path inside the container"),
        ("/a:/", "cannot be \"/\""),
        ("/a:/..", "cannot be \"/\""),
        ("/a:/b:ro:z", "too many colons"),
        ("/a:/b:c:d:e", "too many colons"),
        ("/a:/b:r0", "unknown option \"r0\", did you mean ro?"),
        ("/a:/b:nosiud", "unknown option \"nosiud\", did you mean nosuid?"),
        ("/a:/b:rshraed", "did you mean rshared?"),
        ("/a:/b:banana", "unknown option \"banana\""),
        ("/a:/b:ro,rw", "\"rw\" contradicts or repeats"),
        ("/a:/b:ro,ro", "\"ro\" contradicts or repeats"),
        ("/a:/b:z,Z", "\"Z\" contradicts or repeats"),
        ("/a:/b:shared,slave", "\"slave\" contradicts or repeats"),
        ("/a:/b:exec,noexec", "\"noexec\" contradicts or repeats"),
        ("/a:/b:U", "--userns keep-id"),
        ("/a:/b:ro,U", "\"U\" would change the owner"),
        ("/a:/b:O", "not supported yet"),
        ("/a:/b:idmap", "needs a privilege"),
        ("/a:/b:idmap=uids=0-1-10", "needs a privilege"),
        ("/a:/b:nocopy", "named volumes, which are not there yet"),
        ("data:/b", "named volumes are not there yet; for the directory of that name write ./data"),
        ("a/b:/b", "begins with ./, so ./a/b"),
        ("~/x:/b", "write $HOME/x"),
        ("/a\0:/b", "no NUL"),
        ("/a:/b\0", "no NUL"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("invalid --volume {text:?}: ")), "{error}");
        assert!(error.contains(why), "{text}: {error}");
    }
}

#[test]
fn volume_names_are_single_components_and_differ() {
    let long = format!("/{}", "a/".repeat(300));
    let names: Vec<String> = ["/a/b", "/a-b", "/a%b", "/ä", "/a/b/c", "/..a", &long, &format!("{long}b")]
        .iter()
        .map(|p| name_of(p))
        .collect();
    for (i, name) in names.iter().enumerate() {
        assert!(
            !name.is_empty() && !name.contains('/') && name != "." && name != ".." && name.len() < 255,
            "{name}"
        );
        assert!(!names[..i].contains(name), "{name}");
    }
}
