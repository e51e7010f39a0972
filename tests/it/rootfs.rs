//! Containers from a directory: in place, below a throw-away overlay, and the host's own userland.

use crate::support::World;

#[test]
fn a_directory_is_written_in_place() {
    let world = World::new();
    let dir = world.busybox_dir("rootfs");
    let words = ["--rootfs", dir.to_str().unwrap(), "sh", "-c", "echo kept >/tmp/kept; cat /tmp/kept"];
    world.quick(&words).ok().out_is("kept");
    assert_eq!(std::fs::read_to_string(dir.join("tmp/kept")).unwrap(), "kept\n");
}

#[test]
fn an_overlay_is_thrown_away() {
    let world = World::new();
    let dir = world.busybox_dir("rootfs");
    let before = world.files_below("rootfs");
    let source = format!("{}:O", dir.display());
    let script = "echo gone >/tmp/gone; rm /etc/group; cat /tmp/gone; ls /etc";
    let outcome = world.quick(&["--rootfs", &source, "sh", "-c", script]).ok();
    assert!(outcome.out.starts_with("gone\n") && !outcome.out.contains("group"), "{outcome}");
    let after: Vec<_> = world.files_below("rootfs");
    // Mount points that were missing may have been made, files may not.
    let changed: Vec<_> = after.iter().filter(|f| !before.contains(f)).collect();
    assert!(changed.iter().all(|f| dir.join(f).is_dir()), "{changed:?}");
    assert!(before.iter().all(|f| after.contains(f)));
}

#[test]
fn the_hosts_own_userland_needs_no_download() {
    let world = World::new();
    world.quick(&["--rootfs", "/", "echo", "hello"]).ok().out_is("hello");
    let outcome =
        world.quick(&["--rootfs", "/", "sh", "-c", "cat /etc/os-release && id -u && hostname"]).ok();
    let own = std::fs::read_to_string("/etc/os-release").unwrap();
    assert!(outcome.out.starts_with(&own) && outcome.out[own.len()..].starts_with("0\n"), "{outcome}");
}

#[test]
fn the_hosts_userland_cannot_be_changed() {
    let world = World::new();
    let canary = world.write("tmp/canary", "safe");
    let words = ["--rootfs", "/", "sh", "-c", r#"echo gone >"$0"; cat "$0""#, canary.to_str().unwrap()];
    let outcome = world.quick(&words);
    assert_eq!(std::fs::read_to_string(&canary).unwrap(), "safe", "{outcome}");
    // What is written goes to memory and is visible to the container alone.
    let words = ["--rootfs", "/", "sh", "-c", "echo x >/etc/rctr-was-here && cat /etc/rctr-was-here"];
    world.quick(&words).ok().out_is("x");
    assert!(!std::path::Path::new("/etc/rctr-was-here").exists());
}

#[test]
fn a_read_only_root() {
    let world = World::with_busybox();
    world.quick(&["--read-only", "busybox", "touch", "/etc/x"]).code(1).err_has("Read-only file system");
    world.quick(&["--read-only", "busybox", "sh", "-c", "touch /tmp/x /run/x /dev/shm/x"]).ok();
    let words = ["--read-only", "--read-only-tmpfs=false", "busybox", "touch", "/tmp/x"];
    world.quick(&words).code(1).err_has("Read-only file system");
    let dir = world.busybox_dir("rootfs");
    let words = ["--read-only", "--rootfs", dir.to_str().unwrap(), "touch", "/etc/x"];
    world.quick(&words).code(1).err_has("Read-only file system");
}

#[test]
fn a_missing_directory_is_named() {
    let world = World::new();
    world.quick(&["--rootfs", "/nonexistent", "true"]).fails(125).err_has("/nonexistent");
    let file = world.write("file", "");
    world.quick(&["--rootfs", file.to_str().unwrap(), "true"]).fails(125).err_has("file");
}

#[test]
fn nothing_is_left_behind() {
    let world = World::with_busybox();
    let before = (world.files_below("home"), world.files_below("run"));
    world.quick(&["busybox", "sh", "-c", "mkdir -p /a/b && chown -R 1000:1000 /a && echo x >/a/b/c"]).ok();
    world.quick(&["busybox", "nosuchcommand"]).code(127);
    let new = |now: Vec<String>, then: &[String]| -> Vec<String> {
        now.into_iter().filter(|f| !then.contains(f) && f.contains("containers/")).collect()
    };
    assert_eq!(new(world.files_below("home"), &before.0), Vec::<String>::new());
    assert_eq!(new(world.files_below("run"), &before.1), Vec::<String>::new());
}
