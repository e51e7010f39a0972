//! Findings as a person or a program reads them.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Finding, Status};

/// The findings as JSON.
pub fn json(findings: &[Finding]) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        ok: bool,
        findings: &'a [Finding],
    }
    let report = Report { ok: can_run(findings), findings };
    // Plain strings and an enum: there is nothing in it that JSON cannot hold.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

/// Can containers be run here?
pub fn can_run(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.status != Status::Fail)
}

/// The findings as lines, reasons and remedies below what is not as it should be.
pub fn text(findings: &[Finding], colour: bool) -> String {
    let width = findings.iter().map(|finding| finding.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for finding in findings {
        let (word, code) = match finding.status {
            Status::Ok => ("ok  ", "32"),
            Status::Warn => ("warn", "33"),
            Status::Fail => ("FAIL", "1;31"),
        };
        let _infallible = match colour {
            true => writeln!(out, "\x1b[{code}m{word}\x1b[0m  {:width$}  {}", finding.name, finding.found),
            false => writeln!(out, "{word}  {:width$}  {}", finding.name, finding.found),
        };
        for (label, words) in [("why", Some(&finding.why)), ("fix", finding.fix.as_ref())] {
            if let Some(words) = words.filter(|words| !words.is_empty()) {
                let _infallible = writeln!(out, "{:indent$}{label}: {words}", "", indent = width + 8);
            }
        }
    }
    let warnings = findings.iter().filter(|finding| finding.status == Status::Warn).count();
    let failures = findings.iter().filter(|finding| finding.status == Status::Fail).count();
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    out.push_str(&match (failures, warnings) {
        (0, 0) => "\nrctr can run containers here.\n".to_owned(),
        (0, n) => format!("\nrctr can run containers here, with {}.\n", count(n, "warning")),
        (n, _) => format!("\nrctr cannot run containers here: {}.\n", count(n, "problem")),
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok("kernel", "6.18"),
            Finding::warn("id ranges", "none", "containers have a single id").fix("sudo usermod …"),
        ]
    }

    #[test]
    fn lines() {
        let want = "ok    kernel     6.18\n\
                    warn  id ranges  none\n\
                    \x20                why: containers have a single id\n\
                    \x20                fix: sudo usermod …\n\
                    \nrctr can run containers here, with 1 warning.\n";
        assert_eq!(text(&findings(), false), want);
        assert!(text(&findings(), true).starts_with("\x1b[32mok  \x1b[0m  kernel"));
        let failed = text(&[Finding::fail("store", "read-only", "x")], false);
        assert!(failed.ends_with("\nrctr cannot run containers here: 1 problem.\n"), "{failed}");
    }

    #[test]
    fn programs_read_json() {
        let value: serde_json::Value = serde_json::from_str(&json(&findings())).unwrap();
        assert_eq!(value["ok"], true);
        assert_eq!(value["findings"][1]["status"], "warn");
        assert_eq!(value["findings"][1]["fix"], "sudo usermod …");
        assert_eq!(value["findings"][0]["fix"], serde_json::Value::Null);
    }
}
