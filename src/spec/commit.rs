//! How an image runs that is made of a container: as the image that the container is from, changed by what was said when
//! the container was made.

use super::{env, signal};
use crate::model::{ContainerSpec, ImageConfig, MountKind};

const SIGTERM: i32 = 15;

/// Decides it. `base` is the image's own configuration; empty for a container without an image.
pub fn configure(base: &ImageConfig, spec: &ContainerSpec, include_volumes: bool) -> ImageConfig {
    let process = &spec.process;
    let (entrypoint, cmd) = process.args.split_at(process.entrypoint_words.min(process.args.len()));
    let mut config = ImageConfig {
        user: process.user.clone(),
        env: process.env.iter().filter(|entry| keeps(base, entry)).cloned().collect(),
        entrypoint: entrypoint.to_vec(),
        cmd: cmd.to_vec(),
        // What no image says is the root.
        working_dir: if process.cwd == "/" { base.working_dir.clone() } else { process.cwd.clone() },
        labels: spec.labels.clone(),
        ..base.clone()
    };
    let stops_so = |text: &str| signal::parse("--stop-signal", text).is_ok_and(|n| n == spec.stop_signal);
    let unsaid = base.stop_signal.is_empty() && spec.stop_signal == SIGTERM;
    if !unsaid && !stops_so(&base.stop_signal) {
        config.stop_signal = signal::name(spec.stop_signal);
    }
    if include_volumes {
        let places = spec.mounts.iter().filter(|mount| match mount.kind {
            MountKind::Volume { .. } => true,
            MountKind::Bind { .. } => !["/proc", "/sys", "/dev", "/etc/localtime"]
                .iter()
                .any(|top| super::path::is_within(&mount.destination, top)),
            _ => false,
        });
        let empty = || serde_json::Value::Object(serde_json::Map::new());
        config.volumes.extend(places.map(|mount| (mount.destination.clone(), empty())));
    }
    config
}

/// rctr's own variables and the caller's proxies are of the container and of the machine that it ran on.
fn keeps(base: &ImageConfig, entry: &str) -> bool {
    let key = entry.split('=').next().unwrap_or_default();
    let own = ["container", "HOSTNAME", "TERM"].contains(&key) || env::PROXIES.contains(&key);
    !own || base.env.iter().any(|known| known.split('=').next() == Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::tests::plain;
    use crate::model::run_request::RunSource;
    use crate::model::{ContainerId, RunRequest};
    use crate::spec::{Creation, resolve};

    fn list(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    fn spec(change: impl FnOnce(&mut ContainerSpec)) -> ContainerSpec {
        let request = RunRequest {
            source: RunSource::Rootfs { path: "/root".into(), overlay: false },
            command: list("sh"),
            ..RunRequest::default()
        };
        let creation = Creation::new(ContainerId::from_bytes([1; 32]), "web", 0);
        let mut spec = resolve(&request, None, &plain(), &creation).unwrap();
        change(&mut spec);
        spec
    }

    #[test]
    fn what_was_said_of_the_container_holds_for_the_image() {
        let base = ImageConfig {
            env: list("PATH=/bin no_proxy=x"),
            cmd: list("sh"),
            working_dir: "/srv".into(),
            stop_signal: "3".into(),
            ..ImageConfig::default()
        };
        let spec = spec(|spec| {
            spec.process.args = list("/entry run it");
            spec.process.entrypoint_words = 1;
            spec.process.env =
                list("container=rctr HOSTNAME=h TERM=xterm http_proxy=p PATH=/bin no_proxy=x A=1");
            spec.process.user = "5:6".into();
            spec.process.cwd = "/tmp".into();
            spec.stop_signal = 3;
            spec.labels = [("a".to_owned(), "b".to_owned())].into();
        });
        let config = configure(&base, &spec, false);
        assert_eq!((config.entrypoint, config.cmd), (list("/entry"), list("run it")));
        assert_eq!(config.env, list("PATH=/bin no_proxy=x A=1"));
        assert_eq!((config.user.as_str(), config.working_dir.as_str()), ("5:6", "/tmp"));
        assert_eq!((config.stop_signal.as_str(), config.labels["a"].as_str()), ("3", "b"));
        assert!(config.volumes.is_empty());
    }

    #[test]
    fn signals_are_told_when_they_differ() {
        for (image, number, want) in
            [("", 15, ""), ("", 2, "SIGINT"), ("SIGTERM", 15, "SIGTERM"), ("INT", 15, "SIGTERM")]
        {
            let base = ImageConfig { stop_signal: image.into(), ..ImageConfig::default() };
            let config = configure(&base, &spec(|spec| spec.stop_signal = number), false);
            assert_eq!(config.stop_signal, want, "{image} {number}");
        }
    }
}
