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
    let script = "id; pwd; cat /words; echo $FROM_IMAGE $HOME; stat -c %u:%g:%a /owned; ls /bin/probe; cat /proc/self/uid_map";
    world.run(&["bundle", "b", dir.to_str().unwrap(), "sh", "-c", script]).ok().out_is("");
    let config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("config.json")).unwrap()).unwrap();
    assert_eq!(config["process"]["user"]["uid"], 1000);
    assert_eq!(config["process"]["args"], json!(["sh", "-c", script]));
    let Some(crun) = program(&["crun"]) else { crate::skip!("crun is missing") };
    let seen = world.program(crun).args(["run", "-b", dir.to_str().unwrap(), "rctr-bundle-test"]).run();
    let seen = seen.code(0).err_has("/bin/probe: No such file");
    seen.out_has(
        "uid=1000(alice) gid=1000(alice) groups=10(wheel),29(audio),1000(alice)\n/home/alice\nof the image",
    );
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
