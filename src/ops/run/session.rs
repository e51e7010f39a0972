//! The command line and a container that it has just started: stays with it until its end, or leaves when it runs.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::super::attach::{AttachEnd, AttachEvent, AttachOptions, attach};
use super::super::{Context, OpsError, Outcome, sweep};
use super::tell;
use crate::engine::{Launched, parse_failure};
use crate::model::ContainerSpec;
use crate::model::container_request::AttachRequest;
use crate::model::run_request::RunRequest;
use crate::spec::logout::{self, Login};
use crate::store::Store;
use crate::sys::file::read_text;
use crate::sys::signal::SavedMask;
use crate::sys::{Attempt, process};

/// How the command line is there.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// What is relayed.
    pub options: AttachOptions,
    /// Where to write the id.
    pub cidfile: Option<PathBuf>,
    /// Where to write the pid.
    pub pidfile: Option<PathBuf>,
    /// What is printed when the container is left running.
    pub answer: String,
}

impl Manner {
    /// As the flags of `run` say.
    pub fn of_run(request: &RunRequest, spec: &ContainerSpec) -> Self {
        let [stdin, stdout, stderr] = request.attach.unwrap_or([true; 3]);
        let options = AttachOptions {
            terminal: spec.process.terminal,
            interactive: spec.process.interactive && stdin && !request.detach,
            sig_proxy: request.sig_proxy && !request.detach,
            detach_keys: request.detach_keys.clone(),
            until_started: request.detach,
            joins: false,
            starts: false,
            mute: [!stdout, !stderr],
        };
        let (cidfile, pidfile) = (request.cidfile.clone(), request.pidfile.clone());
        let answer = if request.detach { format!("{}\n", spec.id) } else { String::new() };
        Self { options, cidfile, pidfile, answer }
    }

    /// As `start` has it: attached, or gone when the program runs.
    pub fn of_start(attach: Option<&AttachRequest>, spec: &ContainerSpec) -> Self {
        let options = match attach {
            Some(attach) => AttachOptions {
                terminal: spec.process.terminal,
                interactive: spec.process.interactive && attach.stdin,
                sig_proxy: attach.sig_proxy,
                detach_keys: attach.detach_keys.clone(),
                mute: [!attach.output; 2],
                ..AttachOptions::default()
            },
            None => AttachOptions { until_started: true, ..AttachOptions::default() },
        };
        Self { options, ..Self::default() }
    }
}

/// One container on its way.
pub struct Session<'a> {
    /// The world.
    pub ctx: &'a Context,
    /// Where it is kept.
    pub store: &'a Store,
    /// What it is.
    pub spec: &'a ContainerSpec,
    /// How the command line is there.
    pub manner: Manner,
}

impl Session<'_> {
    /// Relays until the container ends or is left.
    pub fn stay(self, launched: Launched, signals: &SavedMask) -> Result<Outcome, OpsError> {
        let Manner { options, cidfile, pidfile, answer } = self.manner;
        write_cidfile(cidfile.as_deref(), self.spec)?;
        let mut written = Ok(());
        let end = attach(launched.socket, options, signals, &mut |event| match event {
            AttachEvent::Started(pid) => {
                if let Some(path) = &pidfile {
                    written = write_file(path, &pid.to_string());
                }
            }
            AttachEvent::Notice(line) => tell(&String::from_utf8_lossy(line)),
        })?;
        written?;
        if end == AttachEnd::Detached {
            if let Some(notice) = at_logout(self.ctx) {
                tell(&notice);
            }
            return Ok(Outcome::Text(answer));
        }
        // Where it has ended, or is about to.
        process::wait(launched.monitor)?;
        match end {
            AttachEnd::Exited(code) => Ok(Outcome::Exit(u8::try_from(code & 0xff).unwrap_or(u8::MAX))),
            AttachEnd::Failed(json) => {
                // A monitor that failed before the container was handed to it has left that alone.
                if let Err(error) = sweep::sweep(self.ctx, self.store) {
                    tell(&error.to_string());
                }
                Err(OpsError::start(self.spec, parse_failure(&json)))
            }
            AttachEnd::Detached | AttachEnd::Disconnected => {
                sweep::sweep(self.ctx, self.store)?;
                Err(OpsError::MonitorLost { name: self.spec.name.clone() })
            }
        }
    }
}

/// What becomes of it at logout, where that can be told. What cannot be read says nothing.
fn at_logout(ctx: &Context) -> Option<String> {
    let text = |path: &Path| read_text(path, 64 * 1024).unwrap_or_default();
    let cgroup = text(Path::new("/proc/self/cgroup"));
    if !cgroup.contains("/user-") {
        return None;
    }
    let name = ctx.host.user.as_deref().unwrap_or_default();
    let mut texts = vec![text(Path::new("/etc/systemd/logind.conf"))];
    let mut drop_ins: Vec<_> = std::fs::read_dir("/etc/systemd/logind.conf.d")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    drop_ins.sort();
    texts.extend(drop_ins.iter().map(|path| text(path)));
    logout::notice(&Login {
        cgroup: &cgroup,
        uid: ctx.host.uid,
        lingers: !name.is_empty() && Path::new("/var/lib/systemd/linger").join(name).exists(),
        kills: logout::kills_user_processes(texts.iter().map(String::as_str)),
    })
}

/// Writes the container's id into a file that must be new.
pub fn write_cidfile(path: Option<&Path>, spec: &ContainerSpec) -> Result<(), OpsError> {
    let Some(path) = path else { return Ok(()) };
    let made = std::fs::File::create_new(path);
    Ok(made
        .and_then(|mut file| file.write_all(spec.id.as_str().as_bytes()))
        .attempt(|| format!("write {}", path.display()))?)
}

fn write_file(path: &Path, text: &str) -> Result<(), OpsError> {
    Ok(std::fs::write(path, text).attempt(|| format!("write {}", path.display()))?)
}
