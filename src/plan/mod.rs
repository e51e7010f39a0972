//! Pure: what has to be done, in which place and order, for a decided container. `engine` does it; `rctr run
//! --dry-run` prints it.

mod show;
mod step;

pub use step::{Place, Step, Undo};

use crate::model::MapWriter;
use crate::model::mount::MountKind;
use crate::model::spec::{ContainerSpec, NetworkMode, NsMode};
use crate::model::{MountSpec, Propagation};

/// Every step of starting a container, by place; each place runs its own list from the top.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What the plan is for.
    pub spec: &'a ContainerSpec,
    /// The first process waits for a word of its monitor's before it becomes the program.
    pub held: bool,
    /// The unprivileged command line.
    pub parent: Vec<Step<'a>>,
    /// The process that stays, root of the user namespace.
    pub monitor: Vec<Step<'a>>,
    /// The container's first process, until it becomes the program.
    pub child: Vec<Step<'a>>,
}

/// Plans the start of a container.
pub fn start(spec: &ContainerSpec) -> Plan<'_> {
    Plan { spec, held: false, parent: parent(spec), monitor: monitor(spec), child: child(spec) }
}

/// Plans the same up to the point where the program would be executed, which somebody asks for later.
pub fn init(spec: &ContainerSpec) -> Plan<'_> {
    let mut plan = Plan { held: true, ..start(spec) };
    plan.child.insert(plan.child.len() - 1, Step::AwaitStart);
    plan
}

/// Plans a container whose caller takes it over from the process that makes it: parent and monitor are one, and end
/// when the first process waits for the word to start.
pub fn hand_over(spec: &ContainerSpec) -> Plan<'_> {
    let mut plan = Plan { held: false, ..init(spec) };
    plan.parent.retain(|step| matches!(step, Step::CheckSource { .. } | Step::WriteMaps(_)));
    plan.monitor.retain(|step| !matches!(step, Step::StartNetwork(_) | Step::RemoveContainer));
    for step in &mut plan.monitor {
        if matches!(step, Step::Supervise) {
            *step = Step::HandOver;
        }
    }
    plan
}

fn parent(spec: &ContainerSpec) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for mount in &spec.mounts {
        if let MountKind::Bind { source, create_source, .. } = &mount.kind {
            steps.push(Step::CheckSource { source, create: *create_source });
        }
    }
    steps.push(Step::StartMonitor);
    if spec.cgroup.is_wanted() {
        steps.push(Step::MakeCgroup(&spec.cgroup));
    }
    if spec.id_maps.writer != MapWriter::None && spec.namespaces.user == NsMode::Private {
        steps.push(Step::WriteMaps(&spec.id_maps));
    }
    // While the helpers work.
    steps.push(Step::CreateContainer);
    steps.push(Step::Release);
    steps
}

fn monitor(spec: &ContainerSpec) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    if spec.cgroup.is_wanted() {
        steps.push(Step::AwaitCgroup);
    }
    let ns = &spec.namespaces;
    let kinds = [
        ("user", &ns.user),
        ("pid", &ns.pid),
        ("net", &ns.net),
        ("ipc", &ns.ipc),
        ("uts", &ns.uts),
        ("cgroup", &ns.cgroup),
    ];
    for (kind, mode) in kinds {
        if matches!(mode, NsMode::Container(_) | NsMode::Path(_)) {
            steps.push(Step::JoinNamespace { kind, mode });
        }
    }
    if spec.id_maps.writer != MapWriter::None && ns.user == NsMode::Private {
        steps.push(Step::NewUserNamespace);
    }
    steps.push(Step::CloneInit(ns));
    steps.push(Step::BecomeRoot);
    if spec.rootfs.is_served() {
        steps.push(Step::ServeRoot(&spec.rootfs));
    }
    if ns.net == NsMode::Private
        && let NetworkMode::Slirp4netns { .. } = spec.network.mode
    {
        steps.push(Step::StartNetwork(&spec.network));
    }
    steps.push(Step::Supervise);
    if spec.remove {
        steps.push(Step::RemoveContainer);
    }
    steps
}

fn child(spec: &ContainerSpec) -> Vec<Step<'_>> {
    let process = &spec.process;
    let mut steps: Vec<Step<'_>> = process.oom_score_adj.map(Step::OomScore).into_iter().collect();
    steps.push(Step::IsolateMounts { slave: spec.mounts.iter().any(receives_events) });
    if spec.namespaces.uts == NsMode::Private
        && let Some(name) = &spec.hostname
    {
        steps.push(Step::Hostname(name));
    }
    steps.push(Step::MountRoot(&spec.rootfs));
    steps.extend(spec.mounts.iter().map(Step::Mount));
    steps.extend(spec.devices.iter().map(Step::Device));
    if spec.namespaces.net == NsMode::Private {
        steps.push(Step::Loopback);
    }
    if process.terminal {
        steps.push(Step::Terminal);
    }
    steps.push(Step::WorkDir(&process.cwd));
    steps.extend(spec.sysctls.iter().map(|(key, value)| Step::Sysctl { key, value }));
    steps.extend(spec.confinement.readonly_paths.iter().map(|path| Step::ReadOnly(path)));
    steps.extend(spec.confinement.masked_paths.iter().map(|path| Step::Mask(path)));
    if spec.rootfs.readonly {
        steps.push(Step::ReadOnlyRoot);
    }
    steps.push(Step::Pivot);
    steps.extend(process.rlimits.iter().map(Step::Limit));
    if spec.namespaces.net == NsMode::Private
        && let NetworkMode::Slirp4netns { .. } = spec.network.mode
    {
        steps.push(Step::WaitNetwork(&spec.network));
    }
    steps.push(Step::Confine(&spec.confinement));
    steps.push(Step::Exec(process));
    steps
}

/// A bind that wants the host's later mounts keeps the whole tree a slave until the pivot.
fn receives_events(mount: &MountSpec) -> bool {
    use Propagation::{Rshared, Rslave, Shared, Slave};
    matches!(mount.kind, MountKind::Bind { .. })
        && matches!(mount.options.propagation, Slave | Rslave | Shared | Rshared)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
