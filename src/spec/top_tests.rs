use super::*;

fn headings(text: &str) -> Result<String, String> {
    let words: Vec<String> = text.split('|').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let table = parse(&words).map_err(|e| e.to_string())?;
    let all: Vec<_> = table.columns.iter().map(|column| column.heading.as_str()).collect();
    Ok(format!("{}{}", all.join(" "), if table.headings { "" } else { " -" }))
}

#[test]
fn descriptors_and_forms_of_ps() {
    for (text, want) in [
        ("", "USER PID PPID %CPU ELAPSED TTY TIME COMMAND"),
        ("pid,seccomp", "PID SECCOMP"),
        ("pid|seccomp|args|%C", "PID SECCOMP COMMAND %CPU"),
        (" pid , hpid ", "PID HPID"),
        ("capeff,groups,hgroups,rss,stime,state", "EFFECTIVE CAPS GROUPS HGROUPS RSS STIME STATE"),
        ("aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"),
        ("-aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"),
        ("auxww", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"),
        ("-ef", "UID PID PPID C STIME TTY TIME CMD"),
        ("-e|-f", "UID PID PPID C STIME TTY TIME CMD"),
        ("-A", "PID TTY TIME CMD"),
        ("ax", "PID TTY STAT TIME COMMAND"),
        ("axh", "PID TTY STAT TIME COMMAND -"),
        ("-eo|pid,comm", "PID COMMAND"),
        ("-eo pid,comm", "PID COMMAND"),
        ("-eopid,comm", "PID COMMAND"),
        ("-o|pid|-o|user", "PID USER"),
        ("-e|--format=pid,%mem", "PID %MEM"),
        ("axo|pid,tty", "PID TT"),
        ("-eo|pid=,comm=", "  -"),
        ("-eo|pid=Number,comm=", "Number "),
        ("-eo|pid|--no-headers", "PID -"),
    ] {
        assert_eq!(headings(text).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn what_is_not_translated_is_refused() {
    for (text, want) in [
        ("pidd", "\"pidd\": unknown format descriptor, did you mean pid?"),
        ("pid,nosuch", "\"nosuch\": unknown format descriptor"),
        ("-L", "\"-L\": of the options of ps there are"),
        ("--forest", "\"--forest\": of the options of ps"),
        ("-C|sh", "\"-C\": of the options of ps"),
        ("-eo|pid,wchan", "\"wchan\": unknown to ps -o"),
        ("-eo|commm", "did you mean comm?"),
        ("-eo", "want a list"),
        ("-ef|-o|pid", "conflicting format options"),
        ("faux", "\"faux\": unknown format descriptor"),
        ("-", "unknown format descriptor"),
    ] {
        let error = headings(text).unwrap_err();
        assert!(error.contains(want), "{text}: {error}");
    }
}

#[test]
fn descriptors_are_sorted() {
    assert!(DESCRIPTORS.is_sorted_by_key(|(_, name, ..)| *name));
}
