//! `rctr version`: what is installed, in podman's fields.

use clap::Args;
use serde_json::{Value, json};

use super::{Failure, context, format, output};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Show the version of rctr.
///
/// docker and podman tell the version of a server too; rctr has none, so both are the same.
#[derive(Args)]
pub(super) struct VersionArgs {
    /// Print as json, or fill a Go template, like {{.Client.Version}}
    #[arg(short = 'f', long, value_name = "FORMAT")]
    format: Option<String>,
}

pub(super) fn run(args: &VersionArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let version = match ops::execute(&context(global)?, Request::Version)? {
        Outcome::Facts(version) => version,
        other => return output::outcome(other),
    };
    output::print(show(&version, args.format.as_deref())?)?;
    Ok(0)
}

fn show(version: &Value, wanted: Option<&str>) -> Result<String, Failure> {
    match wanted.map(str::trim) {
        None => Ok(text(version)),
        Some("json") => format::json(&json!({ "Client": version })),
        Some(template) => {
            let both = json!({ "Client": version, "Server": version, "Version": version["Version"] });
            format::rows(template, &[both])
        }
    }
}

fn text(version: &Value) -> String {
    let field = |name: &str| version[name].as_str().unwrap_or_default().to_owned();
    format!(
        "Client:       rctr\nVersion:      {}\nAPI Version:  {}\nOS/Arch:      {}\n",
        field("Version"),
        field("APIVersion"),
        field("OsArch")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let version = json!({ "Version": "1.2.3", "APIVersion": "1.2.3", "OsArch": "linux/amd64" });
        assert_eq!(
            show(&version, None).unwrap(),
            "Client:       rctr\nVersion:      1.2.3\nAPI Version:  1.2.3\nOS/Arch:      linux/amd64\n"
        );
        for (template, want) in [
            ("{{.Client.Version}}", "1.2.3\n"),
            ("{{ .Server.Version }}", "1.2.3\n"),
            ("{{.Version}}", "1.2.3\n"),
        ] {
            assert_eq!(show(&version, Some(template)).unwrap(), want, "{template}");
        }
        let json: Value = serde_json::from_str(&show(&version, Some("json")).unwrap()).unwrap();
        assert_eq!(json["Client"]["Version"], "1.2.3");
        assert!(show(&version, Some("{{.Nothing}}")).is_err());
    }
}
