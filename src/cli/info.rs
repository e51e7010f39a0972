//! `rctr info`: host, store and version, in podman's fields.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{Failure, context, format, output, yaml};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Show what rctr knows of this machine and of its store.
#[derive(Args, Debug)]
pub(super) struct InfoArgs {
    /// Print as json, or fill a Go template, like {{.Store.GraphRoot}}
    #[arg(short = 'f', long, value_name = "FORMAT")]
    format: Option<String>,
}

pub(super) fn run(args: &InfoArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let info = match ops::execute(&context(global)?, Request::Info)? {
        Outcome::Facts(info) => info,
        other => return output::outcome(other),
    };
    output::print(match args.format.as_deref().map(str::trim) {
        None => yaml::document(&info),
        Some("json") => format::json(&info)?,
        Some(template) => format::rows(template, &[for_templates(&info)])?,
    })?;
    Ok(0)
}

/// The names that templates have: podman's Go fields, and beside them the flat ones of `docker info` that scripts ask for.
fn for_templates(info: &Value) -> Value {
    let mut result = go_names(info);
    let (host, store) = (&info["host"], &info["store"]);
    let driver = &store["graphDriverName"];
    let docker = json!({
        "Architecture": host["arch"],
        "CgroupDriver": host["cgroupManager"],
        "CgroupVersion": host["cgroupVersion"].as_str().unwrap_or_default().trim_start_matches('v'),
        "Containers": store["containerStore"]["number"],
        "ContainersPaused": store["containerStore"]["paused"],
        "ContainersRunning": store["containerStore"]["running"],
        "ContainersStopped": store["containerStore"]["stopped"],
        "DockerRootDir": store["graphRoot"],
        "Driver": driver,
        "Images": store["imageStore"]["number"],
        "KernelVersion": host["kernel"],
        "LoggingDriver": host["logDriver"],
        "MemTotal": host["memTotal"],
        "NCPU": host["cpus"],
        "Name": host["hostname"],
        "OSType": host["os"],
        "OperatingSystem": host["distribution"]["distribution"],
        "SecurityOptions": match host["security"]["rootless"] == true {
            true => json!(["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"]),
            false => json!(["name=seccomp,profile=builtin", "name=cgroupns"]),
        },
        "ServerVersion": info["version"]["Version"],
    });
    if let (Value::Object(result), Value::Object(docker)) = (&mut result, docker) {
        result.extend(docker);
    }
    result
}

/// JSON names to Go names: a capital first, and podman's own spellings.
fn go_names(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter().map(|(key, value)| (go_name(key), go_names(value))).collect::<Map<_, _>>(),
        ),
        Value::Array(list) => list.iter().map(go_names).collect(),
        other => other.clone(),
    }
}

fn go_name(key: &str) -> String {
    let table = [
        ("apparmorEnabled", "AppArmorEnabled"),
        ("capabilities", "DefaultCapabilities"),
        ("cgroupVersion", "CGroupsVersion"),
        ("cpuUtilization", "CPUUtilization"),
        ("cpus", "CPUs"),
        ("gidmap", "GIDMap"),
        ("idMappings", "IDMappings"),
        ("ociRuntime", "OCIRuntime"),
        ("os", "OS"),
        ("seccompEnabled", "SECCOMPEnabled"),
        ("seccompProfilePath", "SECCOMPProfilePath"),
        ("selinuxEnabled", "SELinuxEnabled"),
        ("slirp4netns", "Slirp4NetNS"),
        ("uidmap", "UIDMap"),
    ];
    if let Some((_, name)) = table.into_iter().find(|(json, _)| *json == key) {
        return name.to_owned();
    }
    let mut chars = key.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_go_names_and_dockers() {
        let info = json!({
            "host": { "arch": "amd64", "os": "linux", "cgroupVersion": "v2", "security": { "rootless": true } },
            "store": { "graphRoot": "/x", "graphDriverName": "overlay", "imageStore": { "number": 3 } },
            "version": { "Version": "1.2.3" },
        });
        for (template, want) in [
            ("{{.Host.Arch}} {{.Host.OS}} {{.Host.CGroupsVersion}}", "amd64 linux v2\n"),
            ("{{.Store.GraphRoot}} {{.Store.ImageStore.Number}}", "/x 3\n"),
            ("{{.Host.Security.Rootless}}", "true\n"),
            ("{{.Version.Version}}", "1.2.3\n"),
            ("{{.Driver}} {{.ServerVersion}} {{.CgroupVersion}} {{.Images}}", "overlay 1.2.3 2 3\n"),
        ] {
            assert_eq!(format::rows(template, &[for_templates(&info)]).unwrap(), want, "{template}");
        }
    }
}
