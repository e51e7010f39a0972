use super::*;
use crate::model::host::tests::plain;

fn set(key: &str, value: &str) -> EnvEntry {
    EnvEntry::Set(key.to_owned(), value.to_owned())
}

fn from_host(key: &str) -> EnvEntry {
    EnvEntry::FromHost(key.to_owned())
}

#[test]
fn flags() {
    for (text, want) in [
        ("A=b", set("A", "b")),
        ("A=", set("A", "")),
        ("A=b=c", set("A", "b=c")),
        ("A= b ", set("A", " b ")),
        ("A=\"b\"", set("A", "\"b\"")),
        ("A=x\ny", set("A", "x\ny")),
        ("a.b-c=1", set("a.b-c", "1")),
        ("A", from_host("A")),
        ("LC_*", EnvEntry::FromHostPrefix("LC_".to_owned())),
        ("*", EnvEntry::FromHostPrefix(String::new())),
        ("A*=1", set("A*", "1")),
    ] {
        assert_eq!(parse(text).unwrap(), want, "{text}");
    }
    for (text, why) in [("", "want KEY=VALUE or KEY"), ("=x", "no name before"), ("A=\0", "no NUL")] {
        assert!(parse(text).unwrap_err().to_string().contains(why), "{text}");
    }
}

#[test]
fn files() {
    let text = "\u{feff}# a comment\n\nA=1\n  B=two words \nC='quoted' # not a comment\n   # indented\nLANG\nD=\r\nE=a=b";
    let want = [
        set("A", "1"),
        set("B", "two words "),
        set("C", "'quoted' # not a comment"),
        from_host("LANG"),
        set("D", ""),
        set("E", "a=b"),
    ];
    assert_eq!(parse_file("--env-file", "f", text).unwrap(), want);
    for (text, why) in [
        ("A=1\n=2", "line 2: \"=2\": no name before the ="),
        ("A B=1", "line 1: \"A B=1\": a name holds no blanks"),
        ("A =1", "a name holds no blanks"),
        ("export A=1", "a name holds no blanks"),
        ("A=\0", "no NUL"),
    ] {
        let error = parse_file("--env-file", "my.env", text).unwrap_err().to_string();
        assert!(error.starts_with("invalid --env-file \"my.env\": line") && error.contains(why), "{error}");
    }
}

#[test]
fn labels() {
    for (text, key, value) in [("a=b", "a", "b"), ("a", "a", ""), ("a=", "a", ""), ("a=b=c", "a", "b=c")] {
        assert_eq!(parse_label("--label", text).unwrap(), (key.to_owned(), value.to_owned()));
    }
    for text in ["", "=b"] {
        assert!(parse_label("--label", text).unwrap_err().to_string().contains("--label"), "{text}");
    }
    let labels = parse_label_file("f", "a=1\nb\n#c=2\na=3").unwrap();
    assert_eq!(
        labels.into_iter().collect::<Vec<_>>(),
        [("a".to_owned(), "3".to_owned()), ("b".to_owned(), String::new())]
    );
}

fn merged(request: &ProcessRequest, image: &[&str], host_env: &[(&str, &str)]) -> Vec<String> {
    let mut host = plain();
    host.env = host_env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let image: Vec<String> = image.iter().map(|s| (*s).to_owned()).collect();
    merge(request, &image, Some("box"), &host)
}

#[test]
fn merging() {
    let base = ProcessRequest { http_proxy: true, ..ProcessRequest::default() };
    let host: &[(&str, &str)] =
        &[("LANG", "C"), ("LC_ALL", "de"), ("LC_TIME", "fr"), ("http_proxy", "p:1"), ("SECRET", "s")];
    #[rustfmt::skip]
    let rows: Vec<(&str, ProcessRequest, &[&str], &[&str])> = vec![
        ("nothing", base.clone(), &[],
            &["container=rctr", "HOSTNAME=box", "http_proxy=p:1"]),
        ("without proxies", ProcessRequest { http_proxy: false, ..base.clone() }, &[],
            &["container=rctr", "HOSTNAME=box"]),
        ("terminal", ProcessRequest { http_proxy: false, terminal: true, ..base.clone() }, &[],
            &["container=rctr", "HOSTNAME=box", "TERM=xterm"]),
        ("the image's TERM wins", ProcessRequest { http_proxy: false, terminal: true, ..base.clone() }, &["TERM=vt100"],
            &["container=rctr", "HOSTNAME=box", "TERM=vt100"]),
        ("the image's order is kept", base.clone(), &["B=1", "A=2"],
            &["container=rctr", "HOSTNAME=box", "B=1", "A=2", "http_proxy=p:1"]),
        ("broken entries of an image are left out", base.clone(), &["NOVALUE", "=x", "A=1"],
            &["container=rctr", "HOSTNAME=box", "A=1", "http_proxy=p:1"]),
        ("-e replaces in place", ProcessRequest { env: vec![set("B", "9"), set("C", "3")], ..base.clone() }, &["B=1", "A=2"],
            &["container=rctr", "HOSTNAME=box", "B=9", "A=2", "http_proxy=p:1", "C=3"]),
        ("the last -e counts", ProcessRequest { env: vec![set("B", "1"), set("B", "2")], ..base.clone() }, &[],
            &["container=rctr", "HOSTNAME=box", "http_proxy=p:1", "B=2"]),
        ("-e KEY", ProcessRequest { env: vec![from_host("LANG"), from_host("ABSENT")], ..base.clone() }, &[],
            &["container=rctr", "HOSTNAME=box", "http_proxy=p:1", "LANG=C"]),
        ("-e KEY of no value leaves the image's", ProcessRequest { env: vec![from_host("A")], ..base.clone() }, &["A=1"],
            &["container=rctr", "HOSTNAME=box", "A=1", "http_proxy=p:1"]),
        ("-e PREFIX*", ProcessRequest { env: vec![EnvEntry::FromHostPrefix("LC_".into())], ..base.clone() }, &[],
            &["container=rctr", "HOSTNAME=box", "http_proxy=p:1", "LC_ALL=de", "LC_TIME=fr"]),
        ("--env-host", ProcessRequest { env_host: true, env: vec![set("LANG", "x")], ..base.clone() }, &["LANG=image"],
            &["container=rctr", "HOSTNAME=box", "LANG=x", "LC_ALL=de", "LC_TIME=fr", "http_proxy=p:1", "SECRET=s"]),
        ("--unsetenv", ProcessRequest { unset_env: vec!["A".into(), "container".into()], ..base.clone() }, &["A=1", "B=2"],
            &["HOSTNAME=box", "B=2", "http_proxy=p:1"]),
        ("-e wins over --unsetenv", ProcessRequest { unset_env: vec!["A".into()], env: vec![set("A", "9")], ..base.clone() }, &["A=1"],
            &["container=rctr", "HOSTNAME=box", "http_proxy=p:1", "A=9"]),
        ("the caller's proxy wins over the image's", base.clone(), &["http_proxy=image"],
            &["container=rctr", "HOSTNAME=box", "http_proxy=p:1"]),
    ];
    for (what, request, image, want) in rows {
        assert_eq!(merged(&request, image, host), want, "{what}");
    }
}
