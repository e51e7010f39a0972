//! Several containers at once, a full disk, a store that cannot be written, homes and runtime directories that are not
//! what they should be.

use crate::support::{World, in_own_mounts};

#[test]
fn many_at_once_do_not_disturb_each_other() {
    let world = World::with_busybox();
    let running: Vec<_> = (0..8)
        .map(|n| {
            let script = format!("echo {n} >/mine; cat /mine; exit {n}");
            world.rctr(&["run", "--rm", "--network", "none", "busybox", "sh", "-c", &script]).spawn()
        })
        .collect();
    for (n, running) in running.into_iter().enumerate() {
        running.finish().code(n.try_into().unwrap()).out_is(&n.to_string());
    }
}

#[test]
fn a_name_is_used_once() {
    let world = World::with_busybox();
    let words =
        ["run", "--rm", "--network", "none", "--name", "web", "-i", "busybox", "sh", "-c", "echo up; cat"];
    // stdin is a pipe that stays open until the container has been refused its name.
    let mut first = world.rctr(&words).stdin_open().spawn();
    first.wait_for("up");
    let outcome = world.quick(&["--name", "web", "busybox", "true"]).fails(125);
    outcome.err_has("the container name \"web\" is already in use");
    first.close_stdin();
    first.finish().ok();
    world.quick(&["--name", "web", "busybox", "true"]).ok();
    world.quick(&["--name", "not/a name", "busybox", "true"]).fails(125).err_has("not/a name");
}

/// In a user namespace of one id the helpers cannot map more.
const HIDE: &str = "for f in newuidmap newgidmap; do mount --bind /dev/null $(command -v $f); done";

/// Runs `words` of rctr where a tmpfs of `size` lies over the store's parent.
fn on_small_disk(world: &World, size: &str, words: &[&str]) -> Option<crate::support::Outcome> {
    let home = world.path("home");
    let script = format!(
        "{HIDE}; mount -t tmpfs -o size={size},mode=755 none {home} && exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"",
        home = home.display()
    );
    let under = in_own_mounts(&script)?;
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    Some(world.rctr(words).under(&under).run())
}

#[test]
fn a_full_disk_is_named() {
    let world = World::new();
    let archive = world.path("image.tar");
    crate::support::Image::busybox().docker_archive(&archive);
    let Some(outcome) = on_small_disk(&world, "1m", &["load", "-i", archive.to_str().unwrap()]) else {
        crate::skip!("cannot mount in a user namespace");
    };
    outcome.fails(125).err_has("no space left on device");
}

#[test]
fn a_read_only_home_is_named() {
    let world = World::new();
    let archive = world.path("image.tar");
    crate::support::Image::busybox().docker_archive(&archive);
    let script = format!(
        "{HIDE}; mount --bind {home} {home} && mount -o remount,bind,ro {home} && \
         exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"",
        home = world.path("home").display()
    );
    let Some(under) = in_own_mounts(&script) else { crate::skip!("cannot mount in a user namespace") };
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let outcome = world.rctr(&["load", "-i", archive.to_str().unwrap()]).under(&under).run().fails(125);
    outcome.err_has("read-only file system").err_has(".local");
}

#[test]
fn odd_environments_work_or_say_why() {
    let world = World::with_busybox();
    let words = ["run", "--rm", "--network", "none", "busybox", "echo", "works"];
    world.rctr(&words).without_env("XDG_RUNTIME_DIR").run().ok().out_is("works");
    world.rctr(&words).env("XDG_RUNTIME_DIR", "/nonexistent/dir").run().ok().out_is("works");
    // Root's, as after su.
    world.rctr(&words).env("XDG_RUNTIME_DIR", "/root").run().ok().out_is("works");
    // Open to others.
    let open = world.make_dir("open");
    crate::support::world::set_mode(&open, 0o777);
    world.rctr(&words).env("XDG_RUNTIME_DIR", &open).run().ok().out_is("works");
    assert!(
        std::fs::read_dir(&open).unwrap().next().is_none(),
        "used a runtime directory that others can write"
    );
    // The user database knows the home.
    let rootfs = ["run", "--rm", "--network", "none", "--rootfs", "/", "echo", "works"];
    world.rctr(&rootfs).without_env("HOME").run().ok().out_is("works");
    world.rctr(&words).env("PATH", "").run().ok().out_is("works");
}
