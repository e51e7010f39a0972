//! Requests as nobody would make them: names, numbers and sizes of all kinds must only ever get an answer.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use proptest::prelude::*;
use rustix::fs::{FileType, OFlags};

use super::attributes::Change;
use super::names::New;
use super::nodes::ROOT;
use super::tree::{Caller, Overlay};
use crate::sys::root::open_directory;

fn name() -> impl Strategy<Value = OsString> {
    prop_oneof![
        Just(b"a".to_vec()),
        Just(b"d".to_vec()),
        Just(b"low".to_vec()),
        Just(b"..".to_vec()),
        Just(b".".to_vec()),
        Just(b"../../etc".to_vec()),
        Just(b".wh.a".to_vec()),
        Just(b"user.overlay.opaque".to_vec()),
        prop::collection::vec(any::<u8>(), 0..300),
    ]
    .prop_map(OsString::from_vec)
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(ROOT), 2..40_u64, any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_gets_an_answer(
        requests in prop::collection::vec((0..24_u8, name(), name(), number(), number(), number()), 1..60),
    ) {
        let base = tempfile::tempdir().unwrap();
        for dir in ["lower", "upper", "work", "outside", "lower/low", "lower/d"] {
            std::fs::create_dir(base.path().join(dir)).unwrap();
        }
        std::fs::write(base.path().join("lower/a"), "lower").unwrap();
        std::os::unix::fs::symlink("../outside", base.path().join("lower/link")).unwrap();
        let open = |name: &str| open_directory(&base.path().join(name)).unwrap();
        let tree = Overlay::new(open("upper"), open("work"), vec![open("lower")], false).unwrap();
        let caller = Caller { uid: rustix::process::getuid().as_raw(), gid: rustix::process::getgid().as_raw() };
        let mut known = vec![ROOT];
        let mut buffer = vec![0; 4096];
        for (kind, one, two, x, y, z) in requests {
            // Half of them go to nodes that there are.
            let id = if x % 2 == 0 { known[y as usize % known.len()] } else { x };
            let other = known[z as usize % known.len()];
            let mut found = None;
            // Whatever is answered, it is an answer.
            match kind {
                0..=4 => found = tree.look_up(id, &one).ok().flatten(),
                5 => found = tree.make(id, &one, New::Directory, y as u32 & 0o777 | 0o700, caller).ok().map(|m| m.0),
                6 => {
                    let made = tree.make(id, &one, New::Open(OFlags::RDWR), 0o600, caller);
                    if let Ok((attributes, Some(file))) = made {
                        tree.opened(attributes.id, file);
                        found = Some(attributes);
                    }
                }
                7 => drop(tree.make(id, &one, New::Node(FileType::CharacterDevice, z), y as u32, caller)),
                8 => found = tree.make(id, &one, New::Symlink(&two), 0, caller).ok().map(|m| m.0),
                9 => drop(tree.unlink(id, &one)),
                10 => drop(tree.rmdir(id, &one)),
                11 => drop(tree.rename((id, &one), (other, &two), z % 2 == 0)),
                12 => drop(tree.link(id, other, &one)),
                13 => drop(tree.open(id, OFlags::from_bits_retain(z as u32) | OFlags::NONBLOCK, caller)),
                14 => drop(tree.read(y, z, &mut buffer)),
                15 => drop(tree.write(y, z, b"data", z % 2 == 0)),
                16 => drop(tree.listing(id, tree.open_directory(), z).map(|l| super::lock(&l).get(z as usize).is_some())),
                17 => drop(tree.attribute(id, &one)),
                18 => drop(tree.set_attribute(id, &one, two.as_encoded_bytes(), z as i32)),
                19 => drop(tree.remove_attribute(id, &one)),
                20 => {
                    let size = Some(z % (1 << 40));
                    drop(tree.change(id, &Change { size, handle: Some(y), ..Change::default() }, caller));
                }
                21 => drop(tree.seek(y, z, x % 2 == 0)),
                22 => drop((tree.copy_range((y, z), (x, z), y), tree.allocate(y, 0, z, x % 4096))),
                _ if id != ROOT => tree.forget(id, y),
                _ => drop(tree.list_attributes(id)),
            }
            known.extend(found.map(|attributes| attributes.id));
        }
        prop_assert_eq!(std::fs::read(base.path().join("lower/a")).unwrap(), b"lower");
        prop_assert_eq!(std::fs::read_dir(base.path().join("outside")).unwrap().count(), 0);
        let mut names: Vec<_> = std::fs::read_dir(base.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        prop_assert_eq!(names, ["lower", "outside", "upper", "work"]);
    }
}
