use super::*;
use crate::model::host::tests::plain;
use crate::model::run_request::CapSet;
use crate::spec::security_opt;

fn decided(options: &[&str], change: impl FnOnce(&mut ConfinementRequest)) -> ConfinementSpec {
    let mut request = ConfinementRequest::default();
    security_opt::parse_all(options, &mut request).unwrap();
    change(&mut request);
    decide(&request, &plain()).unwrap()
}

#[test]
fn the_default_is_dockers() {
    let spec = decided(&[], |_| {});
    assert_eq!(spec.capabilities, caps::default_set());
    assert_eq!(spec.masked_paths, MASKED);
    assert_eq!(spec.readonly_paths, READ_ONLY);
    assert_eq!(spec.seccomp, SeccompSpec::Default);
    assert!(spec.ambient.is_empty() && !spec.no_new_privileges && !spec.privileged);
    assert_eq!((spec.apparmor, spec.selinux_label), (None, None));
}

#[test]
fn privileged_lifts_everything_but_what_was_asked_for() {
    let spec = decided(&[], |r| r.privileged = true);
    assert_eq!(spec.capabilities, caps::all());
    assert!(spec.masked_paths.is_empty() && spec.readonly_paths.is_empty() && spec.ambient.is_empty());
    assert_eq!(spec.seccomp, SeccompSpec::Unconfined);

    let spec = decided(&["seccomp=my.json", "mask=/x", "no-new-privileges"], |r| {
        r.privileged = true;
        r.cap_drop = CapSet { all: false, numbers: vec![0, 21] };
    });
    assert_eq!(spec.seccomp, SeccompSpec::File("/home/alice/my.json".into()));
    assert_eq!(spec.masked_paths, ["/x"]);
    assert!(spec.no_new_privileges);
    assert_eq!(spec.capabilities.len(), 39);
}

#[test]
fn ambient_is_what_was_added() {
    let add = |all, numbers: &[u8]| CapSet { all, numbers: numbers.to_vec() };
    assert_eq!(decided(&[], |r| r.cap_add = add(false, &[12])).ambient, [12]);
    assert_eq!(decided(&[], |r| r.cap_add = add(true, &[])).ambient, caps::all());
    let spec = decided(&[], |r| {
        r.cap_add = add(false, &[10]);
        r.cap_drop = add(true, &[]);
    });
    assert_eq!((spec.capabilities, spec.ambient), (vec![10], vec![10]));
}

#[test]
fn hidden_paths() {
    let without = |gone: &[&str]| MASKED.iter().copied().filter(|p| !gone.contains(p)).collect::<Vec<_>>();
    for (options, masked, readonly) in [
        (&["unmask=ALL"][..], vec![], &[][..]),
        (&["systempaths=unconfined"], vec![], &[]),
        (&["unmask=/proc/kcore"], without(&["/proc/kcore"]), &READ_ONLY[..]),
        (&["unmask=/proc/kcore/"], without(&["/proc/kcore"]), &READ_ONLY),
        (&["unmask=/sys/*"], without(&["/sys/firmware"]), &READ_ONLY),
        (&["unmask=/proc/timer_*"], without(&["/proc/timer_list", "/proc/timer_stats"]), &READ_ONLY),
        (&["unmask=/proc/k???s"], MASKED.to_vec(), &READ_ONLY),
        (&["unmask=/proc/k??s"], without(&["/proc/keys"]), &READ_ONLY),
        (
            &["unmask=/proc/sys"],
            MASKED.to_vec(),
            &["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"],
        ),
        (&["unmask=/nothing"], MASKED.to_vec(), &READ_ONLY),
        (&["unmask=ALL", "mask=/a"], vec!["/a"], &[]),
        (&["mask=/proc/acpi"], MASKED.to_vec(), &READ_ONLY),
        (&["mask=/sys/firmware/efi"], MASKED.to_vec(), &READ_ONLY),
    ] {
        let spec = decided(options, |_| {});
        assert_eq!(spec.masked_paths, masked, "{options:?}");
        assert_eq!(spec.readonly_paths, readonly, "{options:?}");
    }
}

#[test]
fn labels_and_profiles() {
    for (options, want) in [
        (&["label=disable"][..], None),
        (&["label=type:spc_t"], Some("system_u:system_r:spc_t:s0")),
        (&["label=level:s0:c1,c2", "label=user:me"], Some("me:system_r:container_t:s0:c1,c2")),
        (&["label=type:x", "label=disable"], None),
        (&["label=nested"], None),
    ] {
        assert_eq!(decided(options, |_| {}).selinux_label.as_deref(), want, "{options:?}");
    }
    assert_eq!(decided(&["apparmor=unconfined"], |_| {}).apparmor, None);
    assert_eq!(decided(&["apparmor=mine"], |_| {}).apparmor.as_deref(), Some("mine"));
}
