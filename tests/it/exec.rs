//! Another program in a container that runs: what it gets, what it may, what is left of it.

use nix::sys::signal::Signal;

use crate::support::World;
use crate::support::terminal::Terminal;

fn with(flags: &[&str]) -> World {
    let world = World::with_busybox();
    let mut all = vec!["--name", "a"];
    all.extend(flags);
    world.detached(&all, &["sleep", "600"]);
    world
}

fn done(world: &World) {
    world.run(&["rm", "-f", "a"]).ok();
}

/// What the probe sees as the container's program and as one that joined it, without what must differ.
fn seen(world: &World, flags: &[&str]) -> (serde_json::Value, serde_json::Value) {
    let own = world.probe(flags);
    let mut all = vec!["--name", "a"];
    all.extend(flags);
    world.detached(&all, &["sleep", "600"]);
    let joined = world.run(&["exec", "a", "/bin/probe"]).ok().json();
    done(world);
    (own, joined)
}

#[test]
fn inspect_tells_what_runs() {
    let world = with(&[]);
    let ids = || {
        let json = world.run(&["inspect", "a"]).ok().json();
        json[0]["ExecIDs"].as_array().expect("a list").clone()
    };
    let begin = || {
        let mut running = world.rctr(&["exec", "a", "sh", "-c", "echo ready; sleep 600; true"]).spawn();
        running.wait_for("ready");
        running
    };
    assert!(ids().is_empty());
    let attached = begin();
    let one = ids();
    assert!(one.len() == 1 && one[0].as_str().is_some_and(|id| id.len() == 64), "{one:?}");
    world.run(&["exec", "-d", "a", "sleep", "600"]).ok();
    assert!(ids().len() == 2 && ids().contains(&one[0]));
    // Whoever asked is killed: what was asked for goes on.
    attached.signal(Signal::SIGKILL);
    attached.finish();
    assert!(ids().len() == 2 && ids().contains(&one[0]));
    world.run(&["exec", "a", "sh", "-c", "kill -9 -1"]);
    world.becomes("a", "{{len .ExecIDs}}", "0");
    // Its session is killed, and it with that.
    let attached = begin();
    let sessions = crate::support::world::children_of(attached.pid());
    let [session] = sessions[..] else { panic!("{sessions:?}") };
    let programs = crate::support::world::children_of(session);
    nix::sys::signal::kill(session, Signal::SIGKILL).expect("kill the session");
    attached.finish().fails(125);
    // Left to this process, and the container does not end before somebody has waited for it.
    for pid in programs {
        nix::sys::wait::waitpid(pid, None).expect("a child by now");
    }
    assert!(ids().is_empty());
    let died = ["events", "--stream=false", "-f", "event=exec_died", "--format", "{{.ContainerExitCode}}"];
    assert_eq!(world.run(&died).ok().out.lines().filter(|code| *code == "137").count(), 3);
    // What it has left is cleared away.
    let marks = || {
        world
            .files_below("home/.local/share/rctr/containers")
            .iter()
            .filter(|name| name.contains("/exec-"))
            .count()
    };
    world.run(&["stop", "-t", "0", "a"]).ok();
    assert_eq!((marks(), ids().len()), (1, 0));
    world.run(&["start", "a"]).ok();
    assert_eq!(marks(), 0);
    done(&world);
}

#[test]
fn a_full_disk_keeps_nobody_out() {
    let world = World::with_rootfs();
    world.leaves_processes();
    let rctr = crate::support::rctr_binary();
    let (home, root) = (world.path("home"), world.path("root"));
    let script = format!(
        "for f in newuidmap newgidmap; do mount --bind /dev/null $(command -v $f); done
         mount -t tmpfs -o nr_inodes=300,mode=755 none {home} || exit
         plain='setpriv --ambient-caps=-all --inh-caps=-all'
         $plain {rctr} run -d --network none --name a --rootfs {root} sleep 600 >&2 || exit
         i=0; {{ while true > {home}/f$i; do i=$((i + 1)); done; }} 2> /dev/null
         exec $plain \"$@\"",
        home = home.display(),
        root = root.display(),
        rctr = rctr.display()
    );
    let Some(under) = crate::support::in_own_mounts(&script) else {
        crate::skip!("cannot mount in a user namespace");
    };
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let outcome = world.rctr(&["exec", "a", "echo", "in"]).under(&under).run();
    outcome
        .ok()
        .out_is("in")
        .err_has("inspect and events will not tell of it")
        .err_has("no space left on device");
}

#[test]
fn it_has_the_containers_confinement() {
    let world = World::with_busybox();
    let cases: [&[&str]; 6] = [
        &[],
        &["--user", "1000"],
        &["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
        &["--cap-add", "NET_ADMIN", "--user", "1000:29"],
        &["--security-opt", "seccomp=unconfined", "--umask", "0077", "--ulimit", "nofile=77:99"],
        &["--init", "--read-only"],
    ];
    for flags in cases {
        let (own, joined) = seen(&world, flags);
        for key in [
            "uid",
            "gid",
            "groups",
            "caps",
            "capabilities",
            "no_new_privs",
            "seccomp",
            "umask",
            "limits",
            "status",
        ] {
            if let (Some(own), Some(joined)) = (own.get(key), joined.get(key)) {
                assert_eq!(own, joined, "{flags:?}: {key}");
            }
        }
    }
}

#[test]
fn it_has_three_descriptors_and_a_session_of_its_own() {
    let world = with(&[]);
    let file = std::fs::File::open("/").unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    // ls itself opens the directory that it lists.
    world.run(&["exec", "a", "ls", "/proc/self/fd"]).ok().out_is("0\n1\n2\n3");
    let out = world.run(&["exec", "a", "sh", "-c", "cut -d' ' -f6 /proc/self/stat; echo $$"]).ok().out;
    let numbers: Vec<&str> = out.split_whitespace().collect();
    assert_eq!(numbers[0], numbers[1], "no session leader: {out}");
    done(&world);
}

#[test]
fn a_descriptor_of_the_caller_is_no_way_out() {
    let world = with(&[]);
    let file = std::fs::File::open("/").unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    for fd in 3..20 {
        for link in ["/proc/self/fd", "/proc/1/fd"] {
            world.run(&["exec", "-w", &format!("{link}/{fd}"), "a", "true"]).fails(126);
        }
    }
    done(&world);
}

#[test]
fn flags() {
    let world = with(&["-e", "A=1", "-e", "B=2", "--workdir", "/tmp"]);
    let exec = |words: &[&str]| {
        let mut all = vec!["exec"];
        all.extend(words);
        world.run(&all)
    };
    exec(&["-e", "B=3", "-e", "C=4", "a", "sh", "-c", "echo $A$B$C"]).ok().out_is("134");
    exec(&["a", "pwd"]).ok().out_is("/tmp");
    exec(&["-w", "/etc", "a", "pwd"]).ok().out_is("/etc");
    exec(&["-u", "alice", "a", "sh", "-c", "id -u; echo $HOME"]).ok().out_is("1000\n/home/alice");
    exec(&["-u", "1000:29", "a", "id", "-g"]).ok().out_is("29");
    let file = world.write("tmp/env", "C=file\n");
    exec(&["--env-file", file.to_str().unwrap(), "a", "sh", "-c", "echo $C"]).ok().out_is("file");
    exec(&["a", "sh", "-c", "exit 42"]).code(42);
    exec(&["a", "sh", "-c", "kill -9 $$"]).code(137);
    exec(&["a", "sh", "-c", "echo out; echo err >&2"]).ok().out_is("out").err_has("err");
    exec(&["--privileged", "a", "sh", "-c", "grep CapEff /proc/self/status"]).ok().out_has("ffffff");
    exec(&["-l", "hostname"]).ok();
    world.rctr(&["exec", "-i", "a", "cat"]).stdin("typed").run().ok().out_is("typed");
    world.rctr(&["exec", "a", "cat"]).stdin("typed").run().ok().out_is("");
    done(&world);
}

#[test]
fn refusals() {
    let world = with(&[]);
    world.run(&["exec", "a", "nosuch"]).fails(127).err_has("executable file `nosuch` not found in $PATH");
    world.run(&["exec", "a", "/etc/not-executable"]).fails(126);
    world.run(&["exec", "-u", "nobody-knows", "a", "true"]).fails(126).err_has("unable to find user");
    world.run(&["exec", "-w", "/nosuch", "a", "true"]).fails(126).err_has("/nosuch");
    world.run(&["exec", "-w", "tmp", "a", "true"]).fails(125).err_has("\"tmp\"");
    world.run(&["exec", "a"]).fails(125);
    world.run(&["exec", "aa", "true"]).fails(125).err_has("no container with name or ID \"aa\" found");
    world.run(&["stop", "a"]).ok();
    world
        .run(&["exec", "a", "true"])
        .fails(125)
        .err_has("can only create exec sessions on running containers")
        .err_has("exited");
    done(&world);
}

#[test]
fn a_terminal() {
    let world = with(&[]);
    let mut terminal = Terminal::start(world.rctr(&["exec", "-it", "a", "sh"]));
    terminal.expect("#");
    terminal.write("tty; stty size\n");
    terminal.expect("/dev/pts/");
    terminal.expect("33 111");
    terminal.write("exit 5\n");
    assert_eq!(terminal.code(), Some(5));
    done(&world);
}

#[test]
fn detached_it_goes_on() {
    let world = with(&[]);
    world.run(&["exec", "-d", "a", "sh", "-c", "echo x > /f; exec sleep 300"]).ok().out_is("");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while world.run(&["exec", "a", "cat", "/f"]).out != "x\n" {
        assert!(std::time::Instant::now() < deadline);
    }
    world.run(&["exec", "-d", "a", "nosuch"]).fails(127);
    // What joined ends with the container.
    done(&world);
}

#[test]
fn it_ends_with_the_container() {
    let world = with(&[]);
    let mut running = world.rctr(&["exec", "a", "sh", "-c", "echo ready; sleep 300"]).spawn();
    running.wait_for("ready");
    world.run(&["stop", "-t", "0", "a"]).ok();
    running.finish().code(137);
    done(&world);
}

#[test]
fn many_in_a_row_leave_nothing() {
    let world = with(&[]);
    let monitor = world.inspected("a", "{{.State.ConmonPid}}");
    let open = || std::fs::read_dir(format!("/proc/{monitor}/fd")).map(|dir| dir.count()).unwrap_or_default();
    let before = (open(), files(&world));
    for _ in 0..100 {
        world.run(&["exec", "a", "true"]).ok();
    }
    assert_eq!((open(), files(&world)), before);
    // The container's program and this shell.
    world.run(&["exec", "a", "sh", "-c", "set -- /proc/[0-9]*; echo $#"]).ok().out_is("2");
    done(&world);
}

fn files(world: &World) -> Vec<String> {
    world.files_below("home")
}

#[test]
fn below_an_init_of_ours_too() {
    let world = with(&["--init"]);
    world.run(&["exec", "a", "sh", "-c", "cat /proc/1/comm; id -u"]).ok().out_is("rctr-init\n0");
    world.run(&["exec", "a", "ls", "/proc/1/fd"]).code(1);
    done(&world);
}

#[test]
fn under_other_maps() {
    let world = World::with_busybox();
    for flags in [
        &["--userns", "keep-id"][..],
        &["--userns", "nomap"],
        &["--userns", "auto"],
        &["--pid", "host"],
        &["--network", "host"],
        &["--uts", "host"],
    ] {
        let mut all = vec!["--name", "a"];
        all.extend(flags);
        world.detached(&all, &["sleep", "600"]);
        let own = world.run(&["exec", "a", "id", "-u"]).ok().out;
        let first = world.inspected("a", "{{.State.Pid}}");
        let status = std::fs::read_to_string(format!("/proc/{first}/status")).unwrap_or_default();
        assert!(!own.is_empty() && !status.is_empty(), "{flags:?}");
        done(&world);
    }
}
