//! A program in the default user namespace, outside of any container.

use std::os::unix::fs::MetadataExt;

use crate::support::World;

#[test]
fn files_of_subordinate_ids_are_reached_and_removed() {
    let world = World::with_busybox();
    let dir = world.make_dir("home/data");
    let volume = format!("{}:/data", dir.display());
    world
        .quick(&[
            "-v",
            &volume,
            "busybox",
            "sh",
            "-c",
            "mkdir /data/d; echo x >/data/d/f; chown -R 7:8 /data/d; chmod 700 /data/d",
        ])
        .ok();
    let owner = std::fs::metadata(dir.join("d")).unwrap();
    assert_ne!(owner.uid(), nix::unistd::getuid().as_raw());
    assert!(std::fs::read_dir(dir.join("d")).is_err(), "a stranger's directory");
    world.run(&["unshare", "stat", "-c", "%u %g", "data/d"]).ok().out_is("7 8");
    world.run(&["unshare", "rm", "-r", "data/d"]).ok();
    assert!(!dir.join("d").exists());
}

#[test]
fn it_is_the_program_itself() {
    let world = World::new();
    world.run(&["unshare", "id", "-u"]).ok().out_is("0");
    world.run(&["unshare", "sh", "-c", "exit 7"]).code(7);
    world.run(&["unshare", "sh", "-c", "kill -TERM $$"]).code(1015);
    world.run(&["unshare", "cat", "/proc/self/oom_score_adj", "--", "-x"]).code(1);
    world.run(&["unshare", "sh", "-c", "echo $HOME; pwd"]).ok().out_has(world.path("home").to_str().unwrap());
    world.run(&["unshare", "nope"]).fails(127).err_has("nope: ");
    world.run(&["unshare", "/etc"]).fails(126).err_has("permission denied");
    world.rctr(&["unshare"]).env("SHELL", "/bin/echo").run().ok().out_is("");
    // What it mounts is gone with it.
    let world = World::new();
    world.make_dir("home/m");
    world.run(&["unshare", "sh", "-c", "mount -t tmpfs none m && touch m/f && ls m"]).ok().out_is("f");
    assert_eq!(std::fs::read_dir(world.path("home/m")).unwrap().count(), 0);
}
