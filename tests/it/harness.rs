//! The harness itself, on programs that are not rctr.

use crate::support::image::{Packing, compress};
use crate::support::{Image, World};

#[test]
fn output_exit_code_and_signal_are_told_apart() {
    let world = World::new();
    let outcome =
        world.program("/bin/sh").args(["-c", "echo out; echo err >&2; cat; exit 3"]).stdin("in\n").run();
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (3, "out\nin\n", "err\n"));
    world.program("/bin/sh").args(["-c", "kill -9 $$"]).run().code(1009);
}

#[test]
fn the_world_is_empty_and_private() {
    let world = World::new();
    let outcome = world.program("/usr/bin/env").run().ok();
    assert_eq!(outcome.out.lines().count(), 5, "{outcome}");
    assert!(world.files_below("home").is_empty());
}

#[test]
fn images_are_the_same_every_time() {
    let world = World::new();
    let (one, two) = (world.path("1.tar"), world.path("2.tar"));
    Image::busybox().docker_archive(&one);
    Image::busybox().docker_archive(&two);
    assert!(std::fs::read(one).unwrap() == std::fs::read(two).unwrap());
    assert_eq!(compress(b"layer", Packing::Plain), b"layer");
}
