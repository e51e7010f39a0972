//! What a program that joins a running container is: the container's own specification with another program. All that
//! is not asked for comes from there: capabilities, filter, labels, limits, umask, environment.

use super::{SpecError, caps, env};
use crate::model::HostFacts;
use crate::model::exec_request::ExecRequest;
use crate::model::spec::ContainerSpec;

/// Decides.
///
/// # Errors
/// No program, a directory that is not absolute, a NUL byte.
pub fn decide(
    container: &ContainerSpec,
    request: &ExecRequest,
    host: &HostFacts,
) -> Result<ContainerSpec, SpecError> {
    let mut spec = container.clone();
    let process = &mut spec.process;
    if request.command.is_empty() {
        return Err(SpecError::NoCommand);
    }
    process.args.clone_from(&request.command);
    process.entrypoint_words = 0;
    process.env = env::over(&process.env, &request.env, host);
    if request.terminal && !process.env.iter().any(|entry| entry.starts_with("TERM=")) {
        process.env.push("TERM=xterm".to_owned());
    }
    if let Some(dir) = &request.workdir {
        if !dir.starts_with('/') {
            return Err(SpecError::flag("--workdir", dir, "it needs to be an absolute path"));
        }
        process.cwd = super::path::clean(dir);
    }
    if let Some(user) = &request.user {
        process.user.clone_from(user);
        // They were asked for beside the container's user.
        process.groups.clear();
        process.env.retain(|entry| !entry.starts_with("HOME="));
    }
    (process.terminal, process.interactive) = (request.terminal, request.interactive);
    (process.preserve_fds, process.terminal_size) = (request.preserve_fds, None);
    let texts = process.args.iter().chain(&process.env).chain([&process.cwd, &process.user]);
    if let Some(text) = texts.into_iter().find(|text| text.contains('\0')) {
        return Err(SpecError::Nul { what: "argument or variable", text: text.clone() });
    }
    if request.privileged {
        // The filter stays (docker): it is compiled for these capabilities.
        (spec.confinement.capabilities, spec.confinement.ambient) = (caps::all(), Vec::new());
        spec.confinement.apparmor = None;
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ContainerId;
    use crate::model::host::tests::plain;
    use crate::model::run_request::{EnvEntry, RunRequest, RunSource};
    use crate::spec::{Creation, resolve};

    fn container() -> ContainerSpec {
        let source = RunSource::Rootfs { path: "/srv".into(), overlay: false };
        let mut request = RunRequest { source, command: vec!["sleep".into()], ..Default::default() };
        request.process.env =
            vec![EnvEntry::Set("A".into(), "1".into()), EnvEntry::Set("B".into(), "2".into())];
        request.process.user = Some("web".into());
        request.process.groups = vec!["audio".into()];
        request.process.umask = Some(0o77);
        let creation = Creation::new(ContainerId::from_bytes([1; 32]), "web", 0);
        resolve(&request, None, &plain(), &creation).unwrap()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_is_not_asked_for_is_the_containers() {
        let container = container();
        let request = ExecRequest { command: words(&["id", "-u"]), ..Default::default() };
        let spec = decide(&container, &request, &plain()).unwrap();
        assert_eq!(spec.process.args, ["id", "-u"]);
        assert_eq!(spec.confinement, container.confinement);
        assert_eq!((spec.process.user.as_str(), spec.process.umask), ("web", 0o77));
        assert_eq!(spec.process.groups, ["audio"]);
        assert_eq!(spec.process.env, container.process.env);
    }

    #[test]
    fn what_is_asked_for_goes_over_it() {
        let request = ExecRequest {
            command: words(&["sh"]),
            env: vec![EnvEntry::Set("B".into(), "3".into()), EnvEntry::Set("C".into(), String::new())],
            user: Some("0".into()),
            workdir: Some("/tmp/../etc".into()),
            terminal: true,
            privileged: true,
            ..Default::default()
        };
        let spec = decide(&container(), &request, &plain()).unwrap();
        let env = &spec.process.env;
        assert!(["A=1", "B=3", "C=", "TERM=xterm"].iter().all(|e| env.contains(&(*e).to_owned())), "{env:?}");
        assert!(!env.contains(&"B=2".to_owned()));
        assert_eq!((spec.process.user.as_str(), spec.process.cwd.as_str()), ("0", "/etc"));
        assert!(spec.process.groups.is_empty() && spec.process.terminal);
        assert_eq!(spec.confinement.capabilities, caps::all());
    }

    #[test]
    fn refused() {
        let decide = |request: &ExecRequest| decide(&container(), request, &plain()).unwrap_err().to_string();
        assert!(decide(&ExecRequest::default()).contains("no command"));
        let request = ExecRequest { command: words(&["a"]), workdir: Some("x".into()), ..Default::default() };
        assert!(decide(&request).contains("\"x\""));
        let request = ExecRequest { command: words(&["a\0b"]), ..Default::default() };
        assert!(decide(&request).contains("NUL"));
    }
}
