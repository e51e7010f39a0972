//! What runs: image configuration and flags merged as docker does it.

use super::{SpecError, env};
use crate::model::run_request::{RunRequest, UsernsRequest};
use crate::model::spec::ProcessSpec;
use crate::model::{HostFacts, ImageConfig};

/// File mode creation mask when none is asked for.
pub const UMASK: u32 = 0o022;

/// Reads `--entrypoint`: a JSON array, or one program that is not split at blanks. Empty clears the image's.
pub fn parse_entrypoint(text: &str) -> Vec<String> {
    let json = || serde_json::from_str::<Vec<String>>(text).ok();
    // podman's rule: what looks like JSON and is none is the name of a program
    let words =
        text.trim_start().starts_with('[').then(json).flatten().unwrap_or_else(|| vec![text.to_owned()]);
    if words == [""] { Vec::new() } else { words }
}

/// Reads `--umask`: up to four octal digits.
pub fn parse_umask(text: &str) -> Result<u32, SpecError> {
    let fine = (1..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    match u32::from_str_radix(text, 8) {
        Ok(mask) if fine => Ok(mask & 0o777),
        _ => Err(SpecError::flag("--umask", text, "want one to four octal digits, like 0027")),
    }
}

/// Checks `--oom-score-adj` (proc_pid_oom_score_adj(5)).
pub fn parse_oom_score_adj(text: &str) -> Result<i32, SpecError> {
    match text.parse::<i32>() {
        Ok(score) if (-1000..=1000).contains(&score) => Ok(score),
        _ => Err(SpecError::flag("--oom-score-adj", text, "want a number from -1000 to 1000")),
    }
}

/// Splits `--group-add` into groups and the word `keep-groups`, which stands alone (podman's rule).
pub fn parse_groups(texts: &[String]) -> Result<(Vec<String>, bool), SpecError> {
    let keep = texts.iter().any(|text| text == "keep-groups");
    match texts.iter().find(|text| *text != "keep-groups") {
        Some(other) if keep => {
            Err(SpecError::flag("--group-add", other, "keep-groups cannot be used with any other group"))
        }
        _ => match texts.iter().find(|text| text.is_empty() || text.contains([':', '\0', ','])) {
            Some(bad) => Err(SpecError::flag("--group-add", bad, "want the name or number of one group")),
            None if keep => Ok((Vec::new(), true)),
            None => Ok((texts.to_vec(), false)),
        },
    }
}

/// Checks the form of `--user`; names are looked up in the container. As docker and podman have it, `:GROUP` is root
/// with that group and `USER:` is the user alone.
pub fn parse_user(text: &str) -> Result<String, SpecError> {
    let refuse = |why: &str| Err(SpecError::flag("--user", text, why));
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [""] => Ok(String::new()),
        [_, _, _, ..] => refuse("want USER[:GROUP]"),
        ["", ""] => refuse("want USER[:GROUP]"),
        _ if text.contains(['\0', '\n']) => refuse("a name holds neither NUL nor line break"),
        _ => match parts.iter().find(|part| negative_or_large(part)) {
            Some(part) => refuse(&format!("{part:?} is not an id")),
            None => Ok(text.to_owned()),
        },
    }
}

fn negative_or_large(part: &str) -> bool {
    part.parse::<i128>().is_ok_and(|id| !(0..i128::from(u32::MAX)).contains(&id))
}

/// Decides the process.
pub fn decide(
    request: &RunRequest,
    image: &ImageConfig,
    hostname: Option<&str>,
    host: &HostFacts,
) -> Result<ProcessSpec, SpecError> {
    let asked = &request.process;
    let (args, entrypoint_words) = command(asked.entrypoint.as_deref(), &request.command, image);
    if args.is_empty() {
        return Err(SpecError::NoCommand);
    }
    let env = env::merge(asked, &image.env, hostname, host);
    let cwd = workdir(asked.workdir.as_deref(), &image.working_dir)?;
    let user = user(request, image, host);
    let words = args.iter().map(|arg| ("argument", arg)).chain(env.iter().map(|entry| ("variable", entry)));
    for (what, text) in words.chain([("working directory", &cwd), ("user", &user)]) {
        if text.contains('\0') {
            return Err(SpecError::Nul { what, text: text.clone() });
        }
    }
    Ok(ProcessSpec {
        args,
        entrypoint_words,
        env,
        cwd,
        user,
        groups: asked.groups.clone(),
        ids: None,
        keep_groups: asked.keep_groups,
        terminal: asked.terminal,
        terminal_size: None,
        interactive: asked.interactive,
        rlimits: asked.rlimits.clone(),
        umask: asked.umask.unwrap_or(UMASK),
        oom_score_adj: asked.oom_score_adj,
        preserve_fds: asked.preserve_fds,
    })
}

/// ENTRYPOINT and CMD, and how many words the first has: `--entrypoint` replaces it and clears the image's second.
fn command(entrypoint: Option<&[String]>, command: &[String], image: &ImageConfig) -> (Vec<String>, usize) {
    let head = entrypoint.unwrap_or(match image.entrypoint.as_slice() {
        [only] if only.is_empty() => &[],
        words => words,
    });
    let tail = match (command, entrypoint) {
        ([], None) => image.cmd.as_slice(),
        _ => command,
    };
    ([head, tail].concat(), head.len())
}

/// `--user`, else the image's USER; with keep-id and neither, the caller's own id (podman).
fn user(request: &RunRequest, image: &ImageConfig, host: &HostFacts) -> String {
    let asked = request.process.user.clone().filter(|user| !user.is_empty());
    let kept = || match request.id_maps.userns {
        UsernsRequest::KeepId { uid, gid, .. } => {
            Some(format!("{}:{}", uid.unwrap_or(host.uid), gid.unwrap_or(host.gid)))
        }
        _ => None,
    };
    asked
        .or_else(|| Some(image.user.clone()).filter(|user| !user.is_empty()))
        .or_else(kept)
        .unwrap_or_default()
}

/// `--workdir`, else the image's WORKDIR, which is taken as below / when it is relative.
fn workdir(asked: Option<&str>, image: &str) -> Result<String, SpecError> {
    match asked {
        Some(text) if !text.starts_with('/') || text.contains('\0') => {
            Err(SpecError::flag("--workdir", text, "it needs to be an absolute path"))
        }
        Some(text) => Ok(super::path::clean(text)),
        None => Ok(super::path::clean(image)),
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
