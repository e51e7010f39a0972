//! `bundle`: what it writes, other runtimes start.

use serde_json::json;

use crate::support::image::{Layer, Meta};
use crate::support::{Image, World, program};

#[test]
fn another_runtime_starts_it() {
    let world = World::new();
    let upper = Layer::new()
        .file("bin/.wh.probe", 0o644, "")
        .owned("owned", Meta::new(0o640, 1000, 33), "x")
        .file("words", 0o644, "of the image");
    world.load(&Image::busybox().named("b").layer(upper).config(json!({
        "Env": ["PATH=/bin", "FROM_IMAGE=yes"], "Cmd": ["sh"], "User": "alice", "WorkingDir": "/home/alice",
        "Volumes": {"/data": {}},
    })));
    let dir = world.path("bundle");
    let script = "id; pwd; cat /words; echo $FROM_IMAGE $HOME; stat -c %u:%g:%a /owned; ls /bin/probe";
    let made = world.run(&["bundle", "b", dir.to_str().unwrap(), "sh", "-c", script]).ok().out_is("");
    made.err_has("Note: left out the supplementary groups 10, 29: runc starts no such bundle");
    let config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("config.json")).unwrap()).unwrap();
    assert_eq!(config["process"]["user"], json!({"uid": 1000, "gid": 1000, "umask": 0o22}));
    assert_eq!(config["process"]["args"], json!(["sh", "-c", script]));
    let Some(runc) = program(&["runc"]) else { crate::skip!("runc is missing") };
    let seen = world.program(runc).args(["run", "-b", dir.to_str().unwrap(), "rctr-bundle-test"]).run();
    // runc leaves a normal user's own groups to the program.
    let seen = seen.err_has("/bin/probe: No such file").out_has("uid=1000(alice) gid=1000(alice)");
    seen.out_has("\n/home/alice\nof the imageyes /home/alice\n1000:33:640");
}

#[test]
fn what_makes_no_bundle_is_told() {
    let world = World::with_busybox();
    let full = world.make_dir("full");
    std::fs::write(full.join("f"), "x").unwrap();
    world.run(&["bundle", "busybox", full.to_str().unwrap()]).fails(125).err_has("is not empty");
    let dir = world.path("b");
    let dir = dir.to_str().unwrap();
    world.run(&["bundle", "nosuch", dir]).fails(125).err_has("nosuch: image not known");
    world.load(&Image::busybox().named("who").config(json!({"Cmd": ["sh"], "User": "nobody-knows"})));
    world.run(&["bundle", "who", dir]).fails(126).err_has("unable to find user nobody-knows");
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 0, "nothing half-made stays");
}
