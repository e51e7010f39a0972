use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::ProcessRequest;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// docker's table of ENTRYPOINT and CMD.
#[test]
fn entrypoint_and_command() {
    #[rustfmt::skip]
    let rows = [
        // image ENTRYPOINT, image CMD, --entrypoint, words after the image, what runs
        ("",      "",      None,          "",     ""),
        ("",      "sh -l", None,          "",     "sh -l"),
        ("",      "sh -l", None,          "ls /", "ls /"),
        ("tini",  "",      None,          "",     "tini"),
        ("tini",  "sh -l", None,          "",     "tini sh -l"),
        ("tini",  "sh -l", None,          "ls",   "tini ls"),
        ("tini",  "sh -l", Some(""),      "",     ""),
        ("tini",  "sh -l", Some(""),      "ls",   "ls"),
        ("tini",  "sh -l", Some("init"),  "",     "init"),
        ("tini",  "sh -l", Some("init"),  "ls",   "init ls"),
        ("",      "sh -l", Some("a b"),   "c",    "a b c"),
        ("a b c", "d",     None,          "",     "a b c d"),
    ];
    for (entrypoint, cmd, flag, after, want) in rows {
        let image = ImageConfig { entrypoint: words(entrypoint), cmd: words(cmd), ..ImageConfig::default() };
        let flag = flag.map(words);
        let (got, head) = command(flag.as_deref(), &words(after), &image);
        assert_eq!(head, flag.as_ref().map_or(words(entrypoint).len(), |f| f.len()));
        assert_eq!(got, words(want), "{entrypoint:?} {cmd:?} {flag:?} {after:?}");
    }
    let image = ImageConfig { entrypoint: vec![String::new()], cmd: words("sh"), ..ImageConfig::default() };
    assert_eq!(command(None, &[], &image), (words("sh"), 0));
}

#[test]
fn entrypoint_texts() {
    let none: [&str; 0] = [];
    assert_eq!(parse_entrypoint(""), none);
    assert_eq!(parse_entrypoint("[]"), none);
    assert_eq!(parse_entrypoint("[\"\"]"), none);
    assert_eq!(parse_entrypoint("sh -c"), ["sh -c"]);
    assert_eq!(parse_entrypoint(r#"["sh", "-c"]"#), ["sh", "-c"]);
    assert_eq!(parse_entrypoint(r#" ["a b"]"#), ["a b"]);
    assert_eq!(parse_entrypoint("[ -f x ]"), ["[ -f x ]"]);
    assert_eq!(parse_entrypoint("[1]"), ["[1]"]);
}

#[test]
fn users() {
    for good in ["", "root", "0", "1000:1000", "web:www-data", "a.b-c_d", "4294967294", ":0", "1000:"] {
        assert_eq!(parse_user(good).unwrap(), good);
    }
    for (bad, why) in [
        (":", "want USER[:GROUP]"),
        ("a:b:c", "want USER[:GROUP]"),
        ("-1", "\"-1\" is not an id"),
        ("0:4294967295", "\"4294967295\" is not an id"),
        ("a\n", "line break"),
    ] {
        assert!(parse_user(bad).unwrap_err().to_string().contains(why), "{bad}");
    }
}

#[test]
fn small_numbers() {
    for (text, want) in
        [("0", 0), ("22", 0o22), ("0022", 0o22), ("077", 0o77), ("777", 0o777), ("7777", 0o777)]
    {
        assert_eq!(parse_umask(text).unwrap(), want);
    }
    for bad in ["", "8", "00022", "0x1", "-1", "+22", "rwx"] {
        assert!(parse_umask(bad).is_err(), "{bad}");
    }
    for (text, want) in [("0", 0), ("-1000", -1000), ("1000", 1000), ("+5", 5)] {
        assert_eq!(parse_oom_score_adj(text).unwrap(), want);
    }
    for bad in ["", "1001", "-1001", "x", "1.5"] {
        assert!(parse_oom_score_adj(bad).is_err(), "{bad}");
    }
}

#[test]
fn groups() {
    let strings = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    assert_eq!(parse_groups(&strings(&[])).unwrap(), (vec![], false));
    assert_eq!(parse_groups(&strings(&["audio", "44"])).unwrap(), (strings(&["audio", "44"]), false));
    assert_eq!(parse_groups(&strings(&["keep-groups"])).unwrap(), (vec![], true));
    for bad in [&["keep-groups", "audio"][..], &[""], &["a:b"], &["a,b"]] {
        assert!(parse_groups(&strings(bad)).is_err(), "{bad:?}");
    }
}

#[test]
fn working_directories() {
    for (asked, image, want) in [
        (None, "", "/"),
        (None, "/srv", "/srv"),
        (None, "srv/app", "/srv/app"),
        (None, "/a/../../b/", "/b"),
        (Some("/x"), "/srv", "/x"),
        (Some("/x//y/."), "", "/x/y"),
    ] {
        assert_eq!(workdir(asked, image).unwrap(), want);
    }
    let error = workdir(Some("x"), "").unwrap_err().to_string();
    assert_eq!(error, "invalid --workdir \"x\": it needs to be an absolute path");
}

#[test]
fn who_it_runs_as() {
    let keep = |uid, gid| UsernsRequest::KeepId { uid, gid, size: None };
    for (asked, image, userns, want) in [
        (None, "", UsernsRequest::Private, ""),
        (None, "web", UsernsRequest::Private, "web"),
        (Some("1:2"), "web", UsernsRequest::Private, "1:2"),
        (Some(""), "web", UsernsRequest::Private, "web"),
        (None, "", keep(None, None), "1000:1000"),
        (None, "", keep(Some(5), None), "5:1000"),
        (None, "", keep(Some(5), Some(6)), "5:6"),
        (None, "web", keep(None, None), "web"),
        (Some("0"), "web", keep(None, None), "0"),
    ] {
        let mut request = RunRequest::default();
        request.process.user = asked.map(str::to_owned);
        request.id_maps.userns = userns;
        let config = ImageConfig { user: image.to_owned(), ..ImageConfig::default() };
        assert_eq!(user(&request, &config, &plain()), want, "{asked:?} {image:?}");
    }
}

#[test]
fn a_whole_process() {
    let image = ImageConfig {
        user: "web".to_owned(),
        env: vec!["PATH=/bin".to_owned()],
        cmd: words("httpd -f"),
        working_dir: "/srv".to_owned(),
        ..ImageConfig::default()
    };
    let request = RunRequest {
        process: ProcessRequest { terminal: true, interactive: true, ..ProcessRequest::default() },
        ..RunRequest::default()
    };
    let process = decide(&request, &image, Some("box"), &plain()).unwrap();
    assert_eq!(process.args, ["httpd", "-f"]);
    assert_eq!(process.env, ["container=rctr", "HOSTNAME=box", "TERM=xterm", "PATH=/bin"]);
    assert_eq!((process.cwd.as_str(), process.user.as_str(), process.umask), ("/srv", "web", 0o22));
    assert!(process.terminal && process.interactive);
}

#[test]
fn no_command_and_nul_are_refused() {
    let none = decide(&RunRequest::default(), &ImageConfig::default(), None, &plain()).unwrap_err();
    assert_eq!(none.to_string(), "no command or entrypoint provided, and no CMD or ENTRYPOINT from image");
    let image = ImageConfig { cmd: vec!["a\0b".to_owned()], ..ImageConfig::default() };
    let nul = decide(&RunRequest::default(), &image, None, &plain()).unwrap_err();
    assert_eq!(nul.to_string(), "the argument \"a\\0b\" holds a NUL byte");
}
