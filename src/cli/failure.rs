//! Turns errors into what the user sees: `Error: …`, `Hint: …` when there is something to do, and the exit code.
//!
//! The only place where hints and codes are chosen, keyed by the error's variant.

use std::io::Write;

use crate::doctor::{self, Diagnosis};
use crate::engine::{FailureKind, UsernsError};
use crate::image::ImageError;
use crate::ops::OpsError;
use crate::ops::oci::RuntimeError;
use crate::registry::RegistryError;
use crate::spec::SpecError;
use crate::spec::oci::OciError;
use crate::store::StoreError;
use crate::trust::TrustError;

/// rctr itself failed (podman-run(1), "Exit Status").
pub const INTERNAL: u8 = 125;
/// The program was found and cannot be run.
pub const CANNOT_INVOKE: u8 = 126;
/// The program was not found.
pub const NOT_FOUND: u8 = 127;

/// The store's disk is full.
const MAKE_ROOM: &str = "make room (rctr system df tells what takes it, rctr system prune removes what nothing uses), or keep \
                         images and containers elsewhere with --root DIR";

/// What ends a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The attempt and the reason, lower case, without `Error:`.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
    /// Exit code of the process.
    pub code: u8,
}

impl Failure {
    /// A failure of rctr itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, code: INTERNAL }
    }

    /// With advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Writes it to stderr; a closed stderr has nobody to tell.
    pub fn print(&self) {
        let mut text = format!("Error: {}\n", self.message);
        if let Some(hint) = &self.hint {
            text.push_str(&format!("Hint: {hint}\n"));
        }
        let _nobody_listens = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

impl From<OpsError> for Failure {
    fn from(error: OpsError) -> Self {
        let code = match &error {
            OpsError::Start { failure, .. }
            | OpsError::Exec { failure, .. }
            | OpsError::Create { failure, .. } => match failure.kind {
                FailureKind::CommandNotFound => NOT_FOUND,
                FailureKind::CommandNotExecutable | FailureKind::UnknownUser | FailureKind::WorkDir => {
                    CANNOT_INVOKE
                }
                _ => INTERNAL,
            },
            OpsError::Execute { source, .. } if source.kind() == std::io::ErrorKind::NotFound => NOT_FOUND,
            OpsError::Execute { .. } => CANNOT_INVOKE,
            _ => INTERNAL,
        };
        Self { message: error.to_string(), hint: advice(&error), code }
    }
}

/// What the user can do.
fn advice(error: &OpsError) -> Option<String> {
    let text = match error {
        OpsError::Host(host) => return host.hint(),
        OpsError::Logs(logs) => return logs.hint(),
        OpsError::Chosen(failure) => return failure.hint.clone(),
        OpsError::Start { failure, .. }
        | OpsError::Exec { failure, .. }
        | OpsError::Create { failure, .. }
        | OpsError::Enter { failure, .. } => {
            return failure.hint.clone().or_else(|| start_advice(failure.kind, failure.errno));
        }
        OpsError::Runtime(RuntimeError::Bundle(OciError::Unsupported { field, .. }))
            if field.starts_with("linux.resources.pids") =>
        {
            "podman sets this limit by itself: --pids-limit 0, or pids_limit = 0 in containers.conf"
        }
        OpsError::Runtime(RuntimeError::Half(_)) => "rctr-oci delete --force takes away what is",
        OpsError::NotRunningFor { .. } => "rctr start starts it; rctr ps -a shows all containers",
        OpsError::NoRecipe { .. } => {
            "load or pull the image again: that adds what is missing, and containers of it may run on"
        }
        OpsError::NoImageMount { .. } => {
            "rctr bundle IMAGE DIR unpacks its files; rctr run --rm -v DIR:/out IMAGE cp … takes some of them out"
        }
        OpsError::NotEmpty { .. } => "name another one, or empty it first",
        OpsError::NoHealthCheck { .. } => "--health-cmd of run and create gives it one",
        OpsError::CannotCopy { errno, .. } => return disk_advice(*errno),
        OpsError::Output { error, .. } => return disk_advice(error.errno()).or_else(|| image_advice(error)),
        OpsError::Userns(UsernsError::Refused(e)) => {
            return start_advice(FailureKind::UserNamespace, e.errno());
        }
        OpsError::Userns(UsernsError::Maps(e)) => return start_advice(FailureKind::IdMaps, e.errno()),
        OpsError::Userns(_) => return start_advice(FailureKind::IdMaps, 0),
        OpsError::Store(StoreError::NoSuchImage(_)) => {
            "rctr images lists what is there; rctr load -i FILE takes an archive that docker or podman saved, rctr pull NAME \
             fetches one from a registry; --rootfs DIR runs a directory without an image"
        }
        OpsError::Store(StoreError::Damaged { .. }) => {
            "rctr system check tells what else is damaged, and with --repair removes it"
        }
        OpsError::Store(StoreError::NameInUse { .. }) => "--replace removes the other container first",
        OpsError::Store(StoreError::Sys(error)) | OpsError::Sys(error) => return errno_advice(error.errno()),
        OpsError::Image(error) => return image_advice(error),
        OpsError::Trust(error) => return trust_advice(error),
        OpsError::Registry(error) => return registry_advice(error),
        OpsError::Pull { error, .. } | OpsError::Push { error, .. } => return registry_advice(error),
        OpsError::Nearest { name, .. } => return Some(format!("did you mean {name}?")),
        OpsError::Spec(SpecError::NoCommand) => "name a program after the image",
        _ => return None,
    };
    Some(text.to_owned())
}

fn start_advice(kind: FailureKind, errno: i32) -> Option<String> {
    if kind == FailureKind::UserNamespace && errno != 0 {
        let Diagnosis { cause, hint } = doctor::diagnose_userns(errno);
        return Some(format!("{cause}: {hint}"));
    }
    // Ubuntu lets anybody make the namespace and then forbids everything in it, the map or the first mount.
    let early = matches!(kind, FailureKind::IdMaps | FailureKind::Mount | FailureKind::ProcMasked);
    if early && let Some(Diagnosis { cause, hint }) = doctor::diagnose_powerless(errno) {
        return Some(format!("{cause}: {hint}"));
    }
    let text = match kind {
        FailureKind::UserNamespace => {
            "rctr doctor tells what forbids user namespaces here, and how to allow them"
        }
        FailureKind::IdMaps => "rctr doctor checks the ranges in /etc/subuid and /etc/subgid, and newuidmap",
        FailureKind::UnknownUser => "--user takes numbers too, like --user 1000:1000",
        FailureKind::UnmappedId => {
            "the container has too few ids for it; rctr doctor tells how to get more, --user takes another one"
        }
        FailureKind::ProcMasked => {
            "an outer container masks its /proc; start that one with --security-opt unmask=ALL (docker: \
             systempaths=unconfined)"
        }
        FailureKind::Network => {
            "--network none and --network host do without it; rctr doctor checks what it needs"
        }
        FailureKind::Limit => "ulimit -H -a shows how far you may go",
        FailureKind::NoSpace => MAKE_ROOM,
        _ => return None,
    };
    Some(text.to_owned())
}

fn registry_advice(error: &RegistryError) -> Option<String> {
    Some(match error {
        RegistryError::Denied { host, known: false, .. } => format!("rctr login {host}"),
        RegistryError::Denied { host, known: true, .. } => {
            format!("check the name; rctr login {host} says who you are")
        }
        RegistryError::Unreachable { tls: true, host, .. } => format!(
            "put the registry's authority (*.crt) into ~/.config/containers/certs.d/{host}, or take it as it is with \
             --tls-verify=false"
        ),
        RegistryError::Unreachable { .. } => {
            "check the name and the network; a proxy is taken from HTTPS_PROXY".to_owned()
        }
        RegistryError::WrongPassword { .. } => {
            "some registries want a token in the place of the password".to_owned()
        }
        RegistryError::Helper { .. } => "credHelpers and credsStore in auth.json name the helpers".to_owned(),
        RegistryError::Sys(error) => return errno_advice(error.errno()),
        _ => return None,
    })
}

fn trust_advice(error: &TrustError) -> Option<String> {
    let text = match error {
        TrustError::Gpg { missing: true, .. } => {
            "install gnupg: the policy asks for signatures that only gpg can check"
        }
        TrustError::BadPolicy { .. } => {
            "containers-policy.json(5) says what is understood; nothing is let in before it is"
        }
        TrustError::Unsigned => {
            "rctr image trust show tells what the policy wants; registries.d says where signatures are looked for"
        }
        TrustError::Sys(error) => return errno_advice(error.errno()),
        error if error.is_refusal() => "rctr image trust show tells what the policy wants",
        _ => return None,
    };
    Some(text.to_owned())
}

fn image_advice(error: &ImageError) -> Option<String> {
    match error {
        ImageError::Layer { error, .. } => image_advice(error),
        ImageError::UnknownFormat { .. } => {
            Some("rctr import FILE makes an image of a tarball of a root file system".to_owned())
        }
        ImageError::OwnerOutsideMap { id, available, .. } => {
            // What is missing, in whole steps of what useradd(8) gives.
            let more = (id + 1).saturating_sub(*available).div_ceil(65_536) * 65_536;
            let range = format!("1000000-{}", 1_000_000 + more.min(1 << 31) - 1);
            Some(format!("sudo usermod --add-subuids {range} --add-subgids {range} $USER"))
        }
        ImageError::Digest { .. } => Some("what came is damaged: get it again".to_owned()),
        error => errno_advice(error.errno()),
    }
}

fn errno_advice(errno: i32) -> Option<String> {
    match nix::errno::Errno::from_raw(errno) {
        nix::errno::Errno::ENOSPC | nix::errno::Errno::EDQUOT => Some(MAKE_ROOM.to_owned()),
        nix::errno::Errno::EROFS => Some("keep images where you can write, with --root DIR".to_owned()),
        _ => None,
    }
}

fn disk_advice(errno: i32) -> Option<String> {
    let full = [nix::errno::Errno::ENOSPC as i32, nix::errno::Errno::EDQUOT as i32].contains(&errno);
    full.then(|| "make room where that is written".to_owned())
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        OpsError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine;

    #[test]
    fn exit_codes_are_podmans() {
        for (kind, code, hint) in [
            (FailureKind::CommandNotFound, 127, false),
            (FailureKind::CommandNotExecutable, 126, false),
            (FailureKind::UnknownUser, 126, true),
            (FailureKind::UserNamespace, 125, true),
            (FailureKind::IdMaps, 125, true),
            (FailureKind::Network, 125, true),
            (FailureKind::NoSpace, 125, true),
            (FailureKind::Other, 125, false),
        ] {
            let start =
                OpsError::Start { name: "web".to_owned(), failure: engine::Failure::new(kind, "why") };
            let failure = Failure::from(start);
            assert_eq!((failure.code, failure.hint.is_some()), (code, hint), "{kind:?}");
            assert_eq!(failure.message, "cannot start web: why");
        }
        assert_eq!(Failure::from(SpecError::NoCommand).code, 125);
    }
}
