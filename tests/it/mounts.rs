//! Volumes, `--mount`, `--tmpfs`, and the files that rctr makes inside.

use serde_json::{Value, json};

use crate::support::{Image, Layer, World};

fn mount_at<'a>(seen: &'a Value, point: &str) -> &'a Value {
    let all = seen["mounts"].as_array().unwrap();
    // The last one is on top.
    all.iter().rfind(|m| m["point"] == point).unwrap_or_else(|| panic!("nothing at {point}: {all:#?}"))
}

fn has(mount: &Value, option: &str) -> bool {
    mount["options"].as_str().unwrap().split(',').any(|o| o == option)
}

#[test]
fn binds_are_written_through() {
    let world = World::with_busybox();
    let dir = world.make_dir("data");
    std::fs::write(dir.join("in"), "from outside\n").unwrap();
    let bind = format!("{}:/data", dir.display());
    let script = "cat /data/in; echo from inside >/data/out";
    world.quick(&["-v", &bind, "busybox", "sh", "-c", script]).ok().out_is("from outside");
    assert_eq!(std::fs::read_to_string(dir.join("out")).unwrap(), "from inside\n");
    let mount = format!("type=bind,source={},target=/deep/er/data", dir.display());
    world.quick(&["--mount", &mount, "busybox", "cat", "/deep/er/data/in"]).ok().out_is("from outside");
}

#[test]
fn read_only_binds_are_read_only_with_all_below() {
    let world = World::with_busybox();
    let dir = world.make_dir("data");
    for flags in [
        ["-v".to_owned(), format!("{}:/data:ro", dir.display())],
        ["--mount".to_owned(), format!("type=bind,src={},dst=/data,ro", dir.display())],
        ["--mount".to_owned(), format!("type=bind,src={},dst=/data,readonly=true", dir.display())],
    ] {
        world
            .quick(&[&flags[0], &flags[1], "busybox", "touch", "/data/x"])
            .code(1)
            .err_has("Read-only file system");
    }
    let bind = format!("{}:/data:ro", world.path("").display());
    world.quick(&["-v", &bind, "busybox", "touch", "/data/data/x"]).code(1).err_has("Read-only file system");
}

#[test]
fn mount_options_arrive() {
    let world = World::with_busybox();
    let dir = world.make_dir("data");
    let bind = format!("{}:/data:noexec,nosuid,nodev", dir.display());
    let seen = world.probe(&["-v", &bind]);
    let mount = mount_at(&seen, "/data");
    assert!(["noexec", "nosuid", "nodev"].iter().all(|o| has(mount, o)), "{mount}");
    // Labels are for SELinux; where there is none they change nothing.
    for label in ["z", "Z"] {
        let bind = format!("{}:/data:{label}", dir.display());
        world.quick(&["-v", &bind, "busybox", "true"]).ok();
    }
}

#[test]
fn propagation_is_private_unless_asked_for() {
    let world = World::with_busybox();
    let dir = world.make_dir("data");
    let seen = world.probe(&["-v", &format!("{}:/data", dir.display())]);
    for mount in seen["mounts"].as_array().unwrap() {
        assert!(!mount["propagation"].as_str().unwrap().contains("shared"), "{mount}");
    }
    let seen = world.probe(&["-v", &format!("{}:/data:rshared", dir.display())]);
    assert!(mount_at(&seen, "/data")["propagation"].as_str().unwrap().contains("shared"));
}

#[test]
fn one_file_can_be_mounted() {
    let world = World::with_busybox();
    let file = world.write("file", "one file\n");
    let bind = format!("{}:/etc/one/file", file.display());
    world.quick(&["-v", &bind, "busybox", "cat", "/etc/one/file"]).ok().out_is("one file");
    let bind = format!("{}:/etc/passwd", file.display());
    world.quick(&["-v", &bind, "busybox", "cat", "/etc/passwd"]).ok().out_is("one file");
}

#[test]
fn a_relative_source_is_below_the_callers_directory() {
    let world = World::with_busybox();
    world.make_dir("home/here");
    world.write("home/here/x", "relative\n");
    world.quick(&["-v", "./here:/data", "busybox", "cat", "/data/x"]).ok().out_is("relative");
}

#[test]
fn tmpfs_has_size_and_mode() {
    let world = World::with_busybox();
    let seen = world.probe(&["--tmpfs", "/scratch:size=1m,mode=700"]);
    let mount = mount_at(&seen, "/scratch");
    assert_eq!(mount["type"], "tmpfs");
    assert!(mount["super"].as_str().unwrap().contains("size=1024k"), "{mount}");
    assert!(has(mount, "nosuid") && has(mount, "nodev"), "{mount}");
    let script = "stat -c %a /scratch; dd if=/dev/zero of=/scratch/x bs=1k count=2000";
    world
        .quick(&["--tmpfs", "/scratch:size=1m,mode=700", "busybox", "sh", "-c", script])
        .code(1)
        .out_is("700")
        .err_has("No space left");
    let seen = world.probe(&["--mount", "type=tmpfs,dst=/scratch,tmpfs-size=2097152"]);
    assert!(mount_at(&seen, "/scratch")["super"].as_str().unwrap().contains("size=2048k"));
    let seen = world.probe(&["--shm-size", "3m"]);
    assert!(mount_at(&seen, "/dev/shm")["super"].as_str().unwrap().contains("size=3072k"));
}

#[test]
fn kernel_file_systems_are_mounted_as_docker_has_them() {
    let world = World::with_busybox();
    let seen = world.probe(&[]);
    for (point, kind, options) in [
        ("/proc", "proc", &["nosuid", "nodev", "noexec"][..]),
        ("/sys", "sysfs", &["ro", "nosuid", "nodev", "noexec"]),
        ("/dev", "tmpfs", &["nosuid"]),
        ("/dev/pts", "devpts", &["nosuid", "noexec"]),
        ("/dev/shm", "tmpfs", &["nosuid", "nodev", "noexec"]),
        ("/dev/mqueue", "mqueue", &["nosuid", "nodev", "noexec"]),
    ] {
        let mount = mount_at(&seen, point);
        assert_eq!(mount["type"], kind, "{mount}");
        assert!(options.iter().all(|o| has(mount, o)), "{point}: {mount}");
    }
    // Nothing of the machine's mounts shines through.
    let points: Vec<_> = seen["mounts"].as_array().unwrap().iter().map(|m| m["point"].clone()).collect();
    assert!(!points.contains(&json!("/home")) && !points.contains(&json!("/boot")), "{points:?}");
}

#[test]
fn files_that_rctr_makes() {
    let world = World::with_busybox();
    let script = "cat /etc/hosts /etc/resolv.conf >/dev/null && ls /run/.containerenv && cat /etc/hosts";
    let outcome = world.quick(&["busybox", "sh", "-c", script]).ok();
    assert!(outcome.out.contains("127.0.0.1") && outcome.out.contains("localhost"), "{outcome}");
    let flags = ["--add-host", "db.example:10.1.2.3", "busybox", "cat", "/etc/hosts"];
    world.quick(&flags).ok().out_has("10.1.2.3").out_has("db.example");
}

#[test]
fn mounts_that_cannot_be_are_explained() {
    let world = World::with_busybox();
    let dir = world.make_dir("data");
    let file = world.write("file", "");
    let (dir, file) = (dir.display(), file.display());
    world
        .quick(&["-v", "/nonexistent/source:/x", "busybox", "true"])
        .fails(125)
        .err_has("/nonexistent/source");
    world.quick(&["-v", &format!("{file}:/etc"), "busybox", "true"]).fails(125).err_has("/etc");
    world.quick(&["-v", &format!("{dir}:/etc/passwd"), "busybox", "true"]).fails(125).err_has("/etc/passwd");
    world.quick(&["-v", &format!("{dir}:/x:U"), "busybox", "true"]).fails(125).err_has("U");
    for (text, part) in [
        (format!("{dir}:relative"), "relative"),
        (":/x".to_owned(), "/x"),
        (format!("{dir}:/x:bogus"), "bogus"),
        (format!("{dir}:/x:ro:rw"), "ro:rw"),
        (format!("{dir}:/x:ro,rw"), "rw"),
    ] {
        world.quick(&["-v", &text, "busybox", "true"]).fails(125).err_has(part);
    }
    for (text, part) in [
        ("type=bogus,target=/x", "bogus"),
        ("type=bind,source=/tmp", "--mount"),
        ("type=bind,source=/tmp,target=relative", "relative"),
        ("type=tmpfs,target=/x,nonsense=1", "nonsense"),
        ("type=bind,source=/nonexistent,target=/x", "/nonexistent"),
    ] {
        world.quick(&["--mount", text, "busybox", "true"]).fails(125).err_has(part);
    }
    // The same place twice.
    let twice = ["-v", &format!("{dir}:/x"), "-v", &format!("{dir}:/x"), "busybox", "true"];
    world.quick(&twice).fails(125).err_has("/x");
}

/// A volume of the image gets what the image has at its place, and nothing that is mounted there: not /proc through a
/// link, whose files tell of rctr itself, nor a directory of the user's.
#[test]
fn a_volume_is_filled_from_the_image_alone() {
    let world = World::new();
    let layer = Layer::new().symlink("link", "/proc").dir("data", 0o755).file("data/here", 0o644, "");
    let volumes = serde_json::json!({"/link/self": {}, "/data": {}, "/mnt/below": {}});
    let config = serde_json::json!({"Env": ["PATH=/bin"], "Volumes": volumes});
    world.load(&Image::busybox().layer(layer).config(config));
    let users = world.make_dir("users");
    std::fs::create_dir(users.join("below")).unwrap();
    std::fs::write(users.join("below/secret"), "").unwrap();
    let bind = format!("{}:/mnt", users.display());
    let script = "ls /proc/1 /data /mnt/below";
    let outcome = world.quick(&["-v", &bind, "busybox", "sh", "-c", script]).ok();
    assert_eq!(outcome.out, "/data:\nhere\n\n/mnt/below:\n\n/proc/1:\n");
}
