use serde_json::{Value, json};

use super::*;

fn web() -> Value {
    json!({
        "ID": "4089df24d4f3", "Names": "web", "Command": "sh -c \"a\"", "Image": "docker.io/library/busybox:latest",
        "Labels": {"a.b": "1", "Tier": "x", "ver": "<2>"}, "Mounts": ["/data", "/tmp"], "Networks": "", "Exited": false,
        "ExitCode": 3, "Size": "", "Created": "2026-11-27 03:14:40.8 +0000 UTC", "None": null,
        "State": {"Status": "running", "Pid": 7, "Running": true, "StartedAt": "2026-11-27T03:14:41.6Z", "Health": null},
        "Config": {"Cmd": null, "Env": ["A=1", "B=2"], "Labels": {}},
        "NetworkSettings": {"Networks": {"podman": {"IPAddress": "10.0.0.2"}}, "Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
        "HostConfig": {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}},
        "MountPoints": [{"Source": "/a", "Destination": "/b", "RW": true}],
    })
}

#[test]
fn templates_as_users_write_them() {
    for (template, want) in [
        ("{{.ID}}", "4089df24d4f3"),
        ("{{ .ID }}\\t{{.Names}}", "4089df24d4f3\tweb"),
        ("{{.ID}}\\n{{.Names}}", "4089df24d4f3\nweb"),
        ("{{slice .ID 0 4}}", "4089"),
        ("{{truncate .ID 3}}|{{pad .Names 1 2}}|{{pad .Networks 1 2}}|", "408| web  ||"),
        ("{{title .Names}} {{upper .Names}} {{lower \"ABC\"}}", "Web WEB abc"),
        ("{{join .Mounts \",\"}} {{join .Networks \",\"}}{{join .None \",\"}}", "/data,/tmp "),
        ("{{join .Mounts \"\\n\"}}", "/data\n/tmp"),
        ("{{range $i, $m := .Mounts}}{{if $i}},{{end}}{{$m}}{{end}}", "/data,/tmp"),
        ("{{range .Mounts}}{{println .}}{{end}}", "/data\n/tmp\n"),
        ("{{range split .Image \"/\"}}<{{.}}>{{end}}", "<docker.io><library><busybox:latest>"),
        ("{{index (split .Image \":\") 1}}", "latest"),
        ("{{(index .MountPoints 0).Source}}", "/a"),
        ("{{range .MountPoints}}{{.Src}}:{{.Dst}} {{.Source}}{{end}}", "/a:/b /a"),
        (
            "{{printf \"%q %-6s| %v %d %.2s\" .Names .Names .Mounts .ExitCode .ID}}",
            "\"web\" web   | [/data /tmp] 3 40",
        ),
        ("{{.Names | printf \"%s-%s\" \"x\" | upper}}", "X-WEB"),
        (
            "{{eq .ExitCode 3}} {{ne .ExitCode 0}} {{lt .ExitCode 4}} {{ge 3 .ExitCode}}",
            "true true true true",
        ),
        ("{{if and .State.Running (not .Exited)}}up{{else}}down{{end}}", "up"),
        ("{{if or .Exited (eq .Names \"web\" \"db\")}}yes{{end}}", "yes"),
        ("{{with .State.Health}}{{.Status}}{{else}}none{{end}}", "none"),
        ("{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}", "running"),
        ("{{if eq .State.Health.Status \"healthy\"}}h{{else}}n{{end}}", "n"),
        ("{{.Label \"a.b\"}}|{{.Label \"nope\"}}|{{\"ver\" | .Label}}", "1||<2>"),
        (
            "{{index .Labels \"a.b\"}}|{{index .Labels \"nope\"}}|{{.Labels.ver}}|{{.Labels.nope}}",
            "1||<2>|<no value>",
        ),
        ("{{index .Config.Labels \"x\"}}|{{.Config.Labels.x}}", "|<no value>"),
        ("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "Tier=x a.b=1 ver=<2> "),
        ("{{.Labels}}", "map[Tier:x a.b:1 ver:<2>]"),
        ("{{json .Labels}}", r#"{"Tier":"x","a.b":"1","ver":"<2>"}"#),
        ("{{json .Mounts}} {{json .None}} {{json .Exited}}", r#"["/data","/tmp"] null false"#),
        ("{{range .Mounts}}{{json .}} {{end}}", "\"/data\" \"/tmp\" "),
        ("{{len .Mounts}} {{len .Labels}} {{len .Config.Cmd}} {{len .Names}}", "2 3 0 3"),
        ("{{range .Config.Cmd}}x{{else}}empty{{end}}", "empty"),
        ("{{.HostConfig.RestartPolicy.Name}}", "always"),
        ("{{.Id}} {{.State.PID}}", "4089df24d4f3 7"),
        ("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "10.0.0.2"),
        ("{{.NetworkSettings.Networks.podman.IPAddress}}", "10.0.0.2"),
        ("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080"),
        (
            "{{range $p, $c := .NetworkSettings.Ports}}{{$p}} -> {{(index $c 0).HostPort}}{{end}}",
            "80/tcp -> 8080",
        ),
        ("{{json .NetworkSettings.Networks}}", r#"{"podman":{"IPAddress":"10.0.0.2"}}"#),
        ("{{range .Config.Env}}{{if eq (slice . 0 2) \"A=\"}}{{slice . 2}}{{end}}{{end}}", "1"),
        ("{{.Created.Unix}} {{.State.StartedAt.Unix}}", "1795749280 1795749281"),
        ("{{$x := .Names}}{{$x}}{{/* nothing */}}{{- \" y\" -}}  z", "web yz"),
        ("{{html .Labels.ver}} {{urlquery .Command}} {{js \"'\"}}", "&lt;2&gt; sh+-c+%22a%22 \\'"),
        ("{{define \"n\"}}<{{.Names}}>{{end}}{{template \"n\" .}}", "<web>"),
        ("{{print .Names .ExitCode}} {{println .Names}}", "web3 web\n"),
        ("plain", "plain"),
    ] {
        let have =
            rows(template, &[web()]).unwrap_or_else(|failure| panic!("{template}: {}", failure.message));
        assert_eq!(have, format!("{want}\n"), "{template}");
    }
    assert_eq!(rows("{{.Names}}\\n", &[web()]).unwrap(), "web\n");
    assert_eq!(rows("{{range .}}{{.Names}},{{end}}", &[web(), web()]).unwrap(), "web,web,\n");
    assert_eq!(rows("{{.Names}}", &[]).unwrap(), "");
}

#[test]
fn errors_say_where() {
    for (template, want) in [
        ("{{.Nope}}", "format:1:3: executing \"format\" at <.Nope>: can't evaluate field Nope"),
        (
            "ID\\t{{.ID}}\\n{{.State.Nope}}",
            "format:1:16: executing \"format\" at <.State.Nope>: can't evaluate field Nope",
        ),
        ("{{.ID}}\n  {{.Nope}}", "format:2:5: executing"),
        ("{{range .MountPoints}}{{.Nope}}{{end}}", "format:1:25: executing \"format\" at <.Nope>"),
        (
            "{{.Names.X}}",
            "format:1:3: executing \"format\" at <.Names.X>: can't evaluate field X in type string",
        ),
        ("{{.ID}} {{nope .ID}}", "format:1:11: function \"nope\" not defined"),
        ("{{.ID}} {{printf nope}}", "format:1:18: function \"nope\" not defined"),
        ("{{table .ID}}", "format:1:3: function \"table\" not defined"),
        ("{{.ID}} {{index .Mounts 7}}", "format:1:11: error calling index: index out of range: 7"),
        ("{{.ID}} {{len .ExitCode}}", "format:1:11: error calling len: len of type int"),
        ("{{.ExitCode | len}}", "format:1:15: error calling len: len of type int"),
        ("{{if eq .ExitCode \"3\"}}{{end}}", "format:1:6: "),
        ("{{range .Names}}{{end}}", "format:1:9: cannot range over string"),
        ("{{join .Mounts}}", "format:1:3: wrong number of args for join: want 2 got 1"),
        (
            "{{.Names \"x\"}}",
            "format:1:3: executing \"format\" at <.Names>: Names has arguments but cannot be invoked as function",
        ),
        ("{{.Label}}", "format:1:3: executing \"format\" at <.Label>"),
        ("{{.ID", "format:1:"),
        ("{{.ID}} {{if .ID}}", "format:1:9: unexpected EOF"),
        ("{{.ID}}{{end}}", "format:1:8: unexpected {{end}}"),
        ("{{$x}}", "format:1:"),
    ] {
        let failure = rows(template, &[web()]).expect_err(template);
        let want = format!("bad --format: template: {want}");
        assert!(failure.message.starts_with(&want), "{template}: {}", failure.message);
    }
    let failure = rows("{{.Nmaes}}", &[web()]).unwrap_err();
    assert_eq!(failure.hint.as_deref(), Some("did you mean .Names?"));
}

#[test]
fn tables_have_headings_and_columns() {
    let data = [json!({"ID": "ab", "Size": "a long\ncell"}), json!({"ID": "cdef", "Size": "\u{1b}[1m"})];
    let heading = |field: &str| if field == "ID" { "CONTAINER ID".to_owned() } else { super::heading(field) };
    for (template, want) in [
        ("{{.Size}}\\t{{.ID}}", "SIZE         CONTAINER ID\na long cell  ab\n [1m         cdef\n"),
        ("{{.ID}} {{.Size}}", "CONTAINER ID  SIZE\nab            a long cell\ncdef           [1m\n"),
        ("{{upper .ID}}", "CONTAINER ID\nAB\nCDEF\n"),
        ("{{printf \"%.1s\" .ID}}\\tx\\n", "CONTAINER ID  x\na             x\nc             x\n"),
        ("{{if .Size}}{{.ID}}{{end}}", "SIZE\nab\ncdef\n"),
    ] {
        assert_eq!(table(template, heading, &data, true).unwrap(), want, "{template}");
    }
    let labelled = [json!({"Labels": {"com.x.my-cpu": "3"}})];
    assert_eq!(table("{{.Label \"com.x.my-cpu\"}}", super::heading, &labelled, true).unwrap(), "MY CPU\n3\n");
    assert_eq!(table("{{.ID}}", super::heading, &data, false).unwrap(), "ab\ncdef\n");
    let failure = table("table {{.ID}} {{.Nope}}", super::heading, &data, true).unwrap_err();
    assert!(failure.message.starts_with("bad --format: template: format:1:17: "), "{}", failure.message);
}

#[test]
fn styles() {
    for (format, want) in [
        ("json", Style::Json),
        ("{{json .}}", Style::Json),
        (" {{ json }} ", Style::Json),
        ("{{json .ID}}", Style::Rows("{{json .ID}}")),
        ("table {{.ID}}", Style::Table("table {{.ID}}")),
        ("table{{.ID}}", Style::Table("table{{.ID}}")),
        ("table", Style::Table("")),
        ("tables", Style::Rows("tables")),
        (" {{.ID}}", Style::Rows(" {{.ID}}")),
    ] {
        assert_eq!(Style::parse(format), want, "{format}");
    }
}

#[test]
fn headings() {
    for (field, want) in [
        ("ExitCode", "EXIT CODE"),
        ("ID", "ID"),
        ("ImageID", "IMAGE ID"),
        ("IsInfra", "IS INFRA"),
        ("CIDFile", "CID FILE"),
        ("Names", "NAMES"),
        ("my cpu", "MY CPU"),
    ] {
        assert_eq!(heading(field), want);
    }
}

proptest::proptest! {
    /// Whatever is typed is filled or refused, and a refusal is one line.
    #[test]
    fn any_template_is_filled_or_refused(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "{{", "}}", "{{-", "-}}", ".Names", ".", "$", "$x", " ", "\\t", "\n", "\"", "'", "`", "é", "\u{1F980}", "/*", "*/", "|",
        "(", ")", ":=", ",", "if", "else", "end", "range", "with", "define", "block", "template", "json", "len", "index",
        "slice", "printf", "join", "pad", "truncate", "Label", "0", "-1", "table ",
    ]), 0..14)) {
        let template = pieces.concat();
        let data = [web()];
        let _ = Style::parse(&template);
        for result in [rows(&template, &data), table(&template, super::heading, &data, true)] {
            if let Err(failure) = result {
                proptest::prop_assert!(!failure.message.contains('\n'), "{template:?}: {}", failure.message);
            }
        }
    }
}
