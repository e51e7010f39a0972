//! What containers have written: kept by every driver, rotated, read back whole, followed to the end.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;

use crate::skip;
use crate::support::run::{Run, Running};
use crate::support::{Outcome, World, in_own_mounts, rctr_binary};

/// `rctr run --name NAME FLAGS` of a shell script in the world's root file system.
fn sh(world: &World, name: &str, flags: &[&str], script: &str) -> Run {
    let root = world.path("root");
    let mut words = vec!["run", "--network", "none", "--name", name];
    words.extend(flags);
    words.extend(["--rootfs", root.to_str().unwrap(), "sh", "-c", script]);
    world.rctr(&words)
}

fn logs(world: &World, words: &[&str]) -> Outcome {
    world.run(&[&["logs"], words].concat())
}

/// The container's directory in the store.
fn dir(world: &World, name: &str) -> PathBuf {
    world.store().join("containers").join(std::fs::read_link(world.store().join("names").join(name)).unwrap())
}

/// A directory with a fifo, for a container and a test to wait for each other.
fn fifo(world: &World, name: &str) -> (PathBuf, String) {
    let dir = world.make_dir("fifos");
    let path = dir.join(name);
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o666.into(), 0).unwrap();
    (path, format!("{}:/fifos", dir.display()))
}

/// Lets a container go on that reads the fifo.
fn let_go(fifo: &Path) {
    std::fs::write(fifo, "go\n").unwrap();
}

/// 0…n-1, a line each.
fn numbers(n: usize) -> String {
    (0..n).map(|n| format!("{n}\n")).collect()
}

#[test]
fn what_was_written_comes_back_where_it_belongs() {
    let world = World::with_rootfs();
    for driver in ["k8s-file", "json-file"] {
        let script = "echo out; echo err >&2; printf 'two  spaces\\r\\n\\n\\033[1mpart'";
        let flags = ["--replace", "--log-driver", driver];
        sh(&world, "web", &flags, script).run().ok();
        let outcome = logs(&world, &["web"]).ok();
        assert_eq!(
            (outcome.out.as_str(), outcome.err.as_str()),
            ("out\ntwo  spaces\r\n\n\x1b[1mpart", "err\n")
        );
        // Of two outputs nothing says which line was the last.
        sh(&world, "one", &flags, "printf 'out\\ntwo\\n\\n\\033[1mpart'").run().ok();
        let outcome = world.run(&["container", "logs", "--tail", "2", "-l"]).ok();
        assert_eq!(outcome.out, "\n\x1b[1mpart", "{outcome}");
        assert_eq!(logs(&world, &["-f", "web"]).ok().out, logs(&world, &["--tail", "all", "web"]).ok().out);
        assert_eq!(logs(&world, &["--tail", "0", "web"]).ok().out, "");
    }
    // A terminal has one output, and it is kept as it was.
    sh(&world, "tty", &["-t"], "echo out; echo err >&2").run().ok();
    let outcome = logs(&world, &["tty"]).ok();
    assert_eq!((outcome.out.as_str(), outcome.err.as_str()), ("out\r\nerr\r\n", ""));
}

#[test]
fn the_files_are_podmans_and_dockers() {
    let world = World::with_rootfs();
    sh(&world, "k8s", &[], "echo text").run().ok();
    let path = dir(&world, "k8s").join("log");
    let line = std::fs::read_to_string(&path).unwrap();
    let (time, rest) = line.split_at(35);
    assert_eq!(rest, " stdout F text\n");
    assert!(time.starts_with("20") && time.as_bytes()[19] == b'.' && time.as_bytes()[10] == b'T', "{time}");
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    sh(&world, "json", &["--log-driver=json-file", "--log-opt", "tag={{.Name}}!"], "echo text >&2")
        .run()
        .ok();
    let line = std::fs::read_to_string(dir(&world, "json").join("log")).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["log"], &line["stream"]), (&"text\n".into(), &"stderr".into()));
    assert_eq!(line["attrs"]["tag"], "json!");
    assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')));
    // Who says nothing has no log, and that is none that cannot be read.
    sh(&world, "silent", &[], "true").run().ok();
    assert!(!dir(&world, "silent").join("log").exists());
    logs(&world, &["silent"]).ok().out_is("");
    logs(&world, &["-f", "silent"]).ok().out_is("");
}

#[test]
fn several_are_merged_by_time_and_told_apart() {
    let world = World::with_rootfs();
    for (name, text) in [("one", "1"), ("two", "2")] {
        sh(&world, name, &[], &format!("echo {text}; echo {text} >&2")).run().ok();
    }
    sh(&world, "three", &[], "echo 3").run().ok();
    let id = |name: &str| dir(&world, name).file_name().unwrap().to_str().unwrap()[..12].to_owned();
    let outcome = logs(&world, &["three", "two", "one"]).ok();
    assert_eq!(outcome.out, format!("{} 1\n{} 2\n{} 3\n", id("one"), id("two"), id("three")));
    assert_eq!(outcome.err, format!("{} 1\n{} 2\n", id("one"), id("two")));
    let outcome = logs(&world, &["-n", "--color", "two", "one"]).ok();
    assert_eq!(outcome.out, "\x1b[31mone 1\x1b[0m\n\x1b[37mtwo 2\x1b[0m\n");
    let outcome = logs(&world, &["-nt", "two", "one"]).ok();
    let line = outcome.out.lines().next().unwrap();
    assert!(line.starts_with("one 20") && line.ends_with(" 1"), "{outcome}");
    // The time that is shown can be asked for.
    let time = line.split(' ').nth(1).unwrap();
    assert_eq!(logs(&world, &["--since", time, "one"]).ok().out, "1\n");
    assert_eq!(logs(&world, &["--until", time, "-n", "one", "two"]).ok().out, "one 1\n");
    assert_eq!(logs(&world, &["--since", "1h", "--until", "1h", "one"]).ok().out, "1\n");
    assert_eq!(logs(&world, &["--since", "-1h", "one"]).ok().out, "");
    assert_eq!(logs(&world, &["--until", "2001-01-01", "one"]).ok().out, "");
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let world = World::with_rootfs();
    for driver in ["none", "passthrough"] {
        sh(&world, driver, &["--log-driver", driver], "echo text").run().ok().out_is("text");
        let words = format!(
            "Error: this container is using the '{driver}' log driver, cannot read logs: this container is not logging \
             output"
        );
        logs(&world, &[driver]).fails(125).err_has(&words);
    }
    for (words, want) in [
        (&["nosuch"][..], "no container with name or ID \"nosuch\" found: no such container"),
        (&["nons"], "Hint: did you mean none?"),
        // So long that no id begins with it.
        (&["-n", "543210", "none"], "--tail 543210 shows the last lines"),
        (&[], "specify at least one container name or ID to log"),
        (&["-l", "none"], "--latest and containers cannot be used together"),
        (&["--tail", "x", "none"], "invalid argument \"x\" for --tail"),
        (&["--since", "foo", "none"], "--since \"foo\": unable to interpret time value"),
        (&["--until", "10d", "none"], "--until \"10d\": unable to interpret time value"),
    ] {
        logs(&world, words).fails(125).err_has(want);
    }
    let long = "x".repeat(300);
    for (flags, want) in [
        (["--log-driver", "jsonfile"], "invalid log driver \"jsonfile\", did you mean json-file?"),
        (["--log-opt", "max-sizes=1k"], "invalid log option \"max-sizes\", did you mean max-size?"),
        (["--log-opt", "max-size=lots"], "invalid size: 'lots'"),
        (["--log-opt", "max-file=0"], "\"0\" is not a number of files"),
        (["--log-opt", "tag=x"], "\"tag\" is for the log drivers json-file and journald"),
        (["--log-opt", "path=nosuch/log"], "home/nosuch/log: no such file or directory"),
        (["--log-opt", "path=/"], "is a directory"),
        (["--log-opt", &format!("path={long}")], "file name too long"),
    ] {
        sh(&world, "web", &flags, "true").run().fails(125).err_has(want);
        // Nothing is left of one that could not be made.
        logs(&world, &["web"]).fails(125);
    }
}

#[test]
fn a_file_of_the_users_choice() {
    let world = World::with_rootfs();
    let home = world.path("home");
    sh(&world, "web", &["--log-opt", "path=own.log"], "echo text").run().ok();
    assert_eq!(std::fs::metadata(home.join("own.log")).unwrap().mode() & 0o777, 0o600);
    logs(&world, &["web"]).ok().out_is("text");
    world.run(&["rm", "web"]).ok();
    let text = std::fs::read_to_string(home.join("own.log")).unwrap();
    assert!(text.ends_with("F text\n"));
    std::os::unix::fs::symlink("own.log", home.join("link")).unwrap();
    let flags = ["--log-opt", "path=link"];
    sh(&world, "web", &flags, "echo no").run().fails(125).err_has("a symlink, which is not followed");
    assert_eq!(std::fs::read_to_string(home.join("own.log")).unwrap(), text);
}

#[test]
fn logs_are_the_callers_under_every_id_map() {
    let world = World::with_rootfs();
    for flags in [&["--userns=keep-id"][..], &["--userns=nomap"], &["--userns=auto"], &["--user", "1000"]] {
        let outcome = sh(&world, "web", &[&["--replace"], flags].concat(), "echo text").run();
        if outcome.code != 0 && outcome.err.contains("ids") {
            // A machine without subordinate ids.
            continue;
        }
        outcome.ok();
        logs(&world, &["web"]).ok().out_is("text");
    }
}

#[test]
fn rotation_keeps_the_newest() {
    let world = World::with_rootfs();
    for (name, flags, files) in [
        ("one", &["--log-opt", "max-size=10k"][..], 1),
        ("three", &["--log-opt", "max-size=10k", "--log-opt", "max-file=3"], 3),
        ("json", &["--log-driver", "json-file", "--log-opt", "max-size=10kb", "--log-opt=max-file=4"], 4),
    ] {
        sh(&world, name, flags, "seq 0 2999").run().ok();
        let sizes: Vec<u64> = ["log", "log.1", "log.2", "log.3", "log.4"]
            .iter()
            .filter_map(|file| Some(std::fs::metadata(dir(&world, name).join(file)).ok()?.len()))
            .collect();
        assert_eq!(sizes.len(), files, "{name}");
        assert!(sizes.iter().all(|size| *size <= 10_000), "{name}: {sizes:?}");
        let shown = logs(&world, &[name]).ok().out;
        let first: usize = shown.lines().next().unwrap().parse().unwrap();
        assert!(first > 0 && shown == numbers(3000)[numbers(first).len()..], "{name}: {shown}");
        assert_eq!(logs(&world, &["--tail", "2", name]).ok().out, "2998\n2999\n");
    }
}

#[test]
fn a_follower_sees_everything_also_across_rotation_and_ends_with_the_container() {
    let world = World::with_rootfs();
    let (fifo, volume) = fifo(&world, "go");
    let script = "echo early; read x </fifos/go; seq 0 2999; printf last";
    let flags = ["-d", "-v", &volume, "--log-opt", "max-size=4k", "--log-opt", "max-file=1000"];
    sh(&world, "web", &flags, script).run().ok();
    let mut follower = world.rctr(&["logs", "-f", "web"]).spawn();
    follower.wait_for("early");
    let mut last = world.rctr(&["logs", "-f", "--tail", "1", "web"]).spawn();
    last.wait_for("early");
    let_go(&fifo);
    for follower in [follower, last] {
        assert_eq!(follower.finish().ok().out, format!("early\n{}last", numbers(3000)));
    }
    assert!(dir(&world, "web").join("log.20").exists());
}

#[test]
fn a_follower_that_starts_before_the_first_output() {
    let world = World::with_rootfs();
    let (fifo, volume) = fifo(&world, "go");
    sh(&world, "web", &["-d", "-v", &volume], "read x </fifos/go; echo text; echo err >&2; exit 3")
        .run()
        .ok();
    let follower = world.rctr(&["logs", "-f", "web"]).spawn();
    // It has the lock's file open, so it waits for the end.
    waits(&follower);
    let_go(&fifo);
    let outcome = follower.finish().ok();
    assert_eq!((outcome.out.as_str(), outcome.err.as_str()), ("text\n", "err\n"));
    world.run(&["wait", "web"]).ok().out_is("3");
    // A container that is started again goes on with its log.
    let starting = world.rctr(&["start", "web"]).run().ok();
    drop(starting);
    let follower = world.rctr(&["logs", "-f", "web"]).spawn();
    let_go(&fifo);
    assert_eq!(follower.finish().ok().out, "text\ntext\n");
}

/// Returns when a program waits for the end of a container.
fn waits(running: &Running) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let fds = format!("/proc/{}/fd", running.pid());
    let open = || {
        let entries = std::fs::read_dir(&fds).expect("its descriptors").flatten();
        entries
            .filter_map(|e| std::fs::read_link(e.path()).ok())
            .any(|to| to.to_string_lossy().contains("/live/"))
    };
    while !open() {
        assert!(std::time::Instant::now() < deadline, "it does not wait");
        std::thread::yield_now();
    }
}

#[test]
fn a_reader_that_stalls_or_leaves_stops_no_container() {
    let world = World::with_rootfs();
    let (fifo, volume) = fifo(&world, "go");
    let script = "echo early; read x </fifos/go; yes 0123456789 | head -n 100000";
    sh(&world, "web", &["-d", "-v", &volume], script).run().ok();
    // One that nobody reads from; `finish` would.
    let (read, write) = std::io::pipe().unwrap();
    let mut stalled = world.rctr(&["logs", "-f", "web"]).into_command();
    let mut stalled = stalled.stdout(write).spawn().unwrap();
    // One that has its line and leaves, while the container lives.
    let script = format!("{} logs -f web | head -n 1", rctr_binary().display());
    world.program("sh").args(["-c", &script]).run().ok().out_is("early");
    let_go(&fifo);
    world.run(&["wait", "web"]).ok().out_is("0");
    assert_eq!(logs(&world, &["web"]).ok().out.len(), "early\n".len() + 100_000 * 11);
    stalled.kill().unwrap();
    stalled.wait().unwrap();
    drop(read);
}

#[test]
fn a_line_of_100_megabytes_takes_no_memory() {
    let world = World::with_rootfs();
    let root = world.path("root");
    // The limit is the command line's, and its monitor's with it: kilobytes of data.
    let limited = |words: &str| {
        let script = format!("ulimit -d 16384; {} {words}", rctr_binary().display());
        world.program("sh").args(["-c", &script]).run()
    };
    let script = "head -c 100000000 /dev/zero | tr '\\0' x";
    limited(&format!("run -d --network none --name web --rootfs {} sh -c \"{script}\"", root.display())).ok();
    world.run(&["wait", "web"]).ok().out_is("0");
    limited("logs web | wc -c").ok().out_is("100000000");
    limited("logs --tail 1 -t web | wc -c").ok().out_is("100000031");
}

#[test]
fn a_full_disk_stops_no_container() {
    let world = World::with_rootfs();
    let store = world.make_dir("home/.local");
    let script = format!("mount -t tmpfs -o size=4m none {} && exec \"$@\"", store.display());
    let Some(under) = in_own_mounts(&script) else { skip!("no user namespaces here") };
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let (fifo, volume) = fifo(&world, "full");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        fifo.with_file_name("go"),
        rustix::fs::FileType::Fifo,
        0o666.into(),
        0,
    )
    .unwrap();
    let inside =
        "yes 0123456789 | head -n 400000; echo full >/fifos/full; read x </fifos/go; echo after; exit 3";
    let script = format!(
        "set -e; rctr={} fifos={} about='{{{{.State.Status}}}} {{{{.State.ExitCode}}}} {{{{.State.LogError}}}}'
        head -c 1000000 /dev/zero >$HOME/.local/filler
        $rctr run -d --network none --name web -v {volume} --rootfs {} sh -c '{inside}' >/dev/null
        read x <$fifos/full
        $rctr inspect --format \"$about\" web
        rm $HOME/.local/filler
        echo go >$fifos/go
        $rctr wait web
        $rctr logs web | sort -u
        $rctr inspect --format \"$about\" web",
        rctr_binary().display(),
        fifo.parent().unwrap().display(),
        world.path("root").display(),
    );
    let outcome = world.program("sh").args(["-c", &script]).under(&under).run().ok();
    let lines: Vec<&str> = outcome.out.lines().collect();
    let [full, "3", "0123456789", "after", end] = lines[..] else { panic!("{outcome}") };
    let (why, lost) = ("no space left on device: ", " bytes of output lost");
    assert!(full.starts_with("running 0 ") && full.contains(why) && full.ends_with(lost), "{outcome}");
    let end = end.strip_suffix(" (it is written again)");
    assert!(end.is_some_and(|end| end.starts_with("exited 3 ") && end.ends_with(lost)), "{outcome}");
    assert!(!outcome.err.contains("damaged"), "{outcome}");
}

#[test]
fn a_monitor_that_was_killed_leaves_its_log() {
    let world = World::with_rootfs();
    world.leaves_processes();
    sh(&world, "web", &["-d"], "echo text; printf half; exec sleep 60").run().code(0);
    let mut follower = world.rctr(&["logs", "-f", "web"]).spawn();
    follower.wait_for("half");
    let pid = world.run(&["inspect", "--format", "{{.State.Pid}}", "web"]).ok().out;
    if let Ok(stat) = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)).unwrap();
        let parent = nix::unistd::Pid::from_raw(parent.parse().unwrap());
        nix::sys::signal::kill(parent, Signal::SIGKILL).expect("kill the monitor");
    }
    // Its lock goes with it, and that ends the follower too.
    assert_eq!(follower.finish().ok().out, "text\nhalf");
    assert_eq!(logs(&world, &["web"]).ok().out, "text\nhalf");
}

#[test]
fn the_journal_keeps_output_too() {
    let world = World::with_rootfs();
    let flags = ["--log-driver", "journald", "--log-opt", "tag=t"];
    let outcome = sh(&world, "web", &flags, "echo out; echo err >&2; printf part").run();
    if outcome.code == 125 {
        outcome
            .clone()
            .fails(125)
            .err_has("cannot log to the journal")
            .err_has("Hint: --log-driver k8s-file");
        skip!("{}", outcome.err.lines().next().unwrap_or_default());
    }
    outcome.ok();
    // journald takes its time, and only root may ask it to hurry.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while logs(&world, &["web"]).ok().out != "out\npart" {
        assert!(std::time::Instant::now() < deadline, "{}", logs(&world, &["web"]));
    }
    assert_eq!(logs(&world, &["web"]).ok().err, "err\n");
}
