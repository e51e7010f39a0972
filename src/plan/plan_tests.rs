//! What `rctr run` and a runtime do for the same container differs only in who stays with it.

use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::{NetworkChoice, NetworkRequest, RunRequest, RunSource};
use crate::model::{ContainerId, HostFacts};
use crate::spec::oci::{self, Bundle, Who};
use crate::spec::{Creation, resolve};

fn decided(host: &HostFacts, change: impl FnOnce(&mut RunRequest)) -> ContainerSpec {
    let mut request = RunRequest {
        source: RunSource::Rootfs { path: "/b/rootfs".into(), overlay: false },
        command: vec!["sh".into()],
        network: NetworkRequest { mode: NetworkChoice::Own(NetworkMode::None), ..NetworkRequest::default() },
        ..RunRequest::default()
    };
    change(&mut request);
    let creation = Creation::new(ContainerId::from_bytes([1; 32]), "c", 0);
    resolve(&request, None, host, &creation).unwrap()
}

fn words<'a>(steps: impl IntoIterator<Item = &'a Step<'a>>) -> Vec<String> {
    steps.into_iter().map(ToString::to_string).collect()
}

#[test]
fn one_that_is_handed_over_has_the_same_steps() {
    let host = plain();
    let spec = decided(&host, |request| request.mounts.read_only = true);
    let (ours, theirs) = (start(&spec), hand_over(&spec));
    let child = words(theirs.child.iter().filter(|step| !matches!(step, Step::AwaitStart)));
    assert_eq!(child, words(&ours.child));
    assert!(matches!(theirs.child[..], [.., Step::AwaitStart, Step::Exec(_)]), "right before the program");
    let ours: Vec<_> = ours.monitor.iter().filter(|step| !matches!(step, Step::Supervise)).collect();
    let (last, before) = theirs.monitor.split_last().unwrap();
    assert_eq!(words(before), words(ours));
    assert!(matches!(last, Step::HandOver));
    assert!(!theirs.held, "no monitor gives the word");
}

/// Written as a bundle and read as one, it still has the same steps: only how a mount or a user is told is another.
#[test]
fn so_has_its_bundle() {
    let host = plain();
    let spec = decided(&host, |request| request.namespaces.hostname = Some("h".into()));
    let who = Who { uid: 0, gid: 0, groups: vec![], home: "/root".into() };
    let text = oci::config(&spec, &who, None).to_string();
    let bundle = Bundle { name: "c", dir: std::path::Path::new("/b"), machine_root: false };
    let read = oci::read(text.as_bytes(), &bundle, &host).unwrap();
    // Files of the host's and of rctr's own making are none of a bundle's.
    let own = |step: &&Step<'_>| match step {
        Step::Mount(mount) => {
            !matches!(mount.kind, MountKind::Bind { .. } | MountKind::File { .. } | MountKind::Volume { .. })
        }
        Step::AwaitStart => false,
        _ => true,
    };
    let shape = |step: &Step<'_>| match step {
        Step::Mount(mount) => format!("mount {}", mount.destination),
        Step::Exec(process) => format!("exec {:?}", process.args),
        Step::Confine(confinement) => format!("confine {:?}", confinement.capabilities),
        other => other.to_string(),
    };
    let (ours, theirs) = (start(&spec), hand_over(&read));
    let shapes = |steps: &[Step<'_>]| steps.iter().filter(own).map(shape).collect::<Vec<_>>();
    assert_eq!(shapes(&theirs.child), shapes(&ours.child));
    let maps = |steps: &[Step<'_>]| steps.iter().any(|step| matches!(step, Step::WriteMaps(_)));
    assert!(maps(&ours.parent) && maps(&theirs.parent));
}
