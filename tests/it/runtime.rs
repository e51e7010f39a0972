//! `rctr-oci`, and beside it the runtimes whose command line it has: the same steps, the same answers.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::run::Run;
use crate::support::terminal::{SIZE, Terminal};
use crate::support::{Outcome, World, program};

/// A runtime with a directory of its own for its containers.
struct Runtime<'a> {
    world: &'a World,
    program: PathBuf,
    words: Vec<String>,
}

impl<'a> Runtime<'a> {
    /// rctr under its other name.
    fn rctr(world: &'a World) -> Self {
        let program = world.path("rctr-oci");
        let _again = std::os::unix::fs::symlink(crate::support::rctr_binary(), &program);
        let root = world.path("oci").display().to_string();
        Self { world, program, words: vec!["--root".to_owned(), root] }
    }

    /// Another one; none when it is not installed.
    fn other(world: &'a World, name: &str, words: &[&str]) -> Option<Self> {
        let root = world.path("other").display().to_string();
        let mut all = vec!["--root".to_owned(), root];
        all.extend(words.iter().map(|word| (*word).to_owned()));
        Some(Self { world, program: program(&[name])?, words: all })
    }

    fn words(&self, words: &[&str]) -> Run {
        self.world.program(&self.program).args(&self.words).args(words)
    }

    fn run(&self, words: &[&str]) -> Outcome {
        self.words(words).run()
    }

    /// `create`, whose container keeps the streams that it gets: its output goes to a file, which this gives.
    #[track_caller]
    fn create(&self, words: &[&str]) -> PathBuf {
        let output = self.world.path("output");
        let file = std::fs::File::create(&output).unwrap();
        let all: Vec<&str> = std::iter::once("create").chain(words.iter().copied()).collect();
        let mut made = self.words(&all).into_command();
        made.stdin(std::process::Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        assert!(made.status().unwrap().success(), "{}", std::fs::read_to_string(&output).unwrap());
        output
    }

    #[track_caller]
    fn state(&self, id: &str) -> Value {
        self.run(&["state", id]).ok().json()
    }
}

/// A bundle of busybox's with the `config.json` that `spec` writes, changed.
fn bundle(world: &World, change: impl FnOnce(&mut Value)) -> String {
    let dir = world.make_dir("bundle");
    if !dir.join("rootfs").exists() {
        world.busybox_dir("bundle/rootfs");
    }
    let path = dir.join("config.json");
    let _old = std::fs::remove_file(&path);
    world.run(&["oci", "spec", "-b", dir.to_str().unwrap()]).ok();
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config["process"]["terminal"] = json!(false);
    change(&mut config);
    std::fs::write(&path, config.to_string()).unwrap();
    dir.to_str().unwrap().to_owned()
}

/// A container's whole life. This test reaps orphans, as conmon does: the exit status of the container comes to it.
fn lifecycle(runtime: &Runtime<'_>) {
    let world = runtime.world;
    // Whatever is passed on as stdin, the container waits for its word.
    let script = "trap 'exit 7' TERM; echo started; while :; do sleep 0.05; done";
    let dir = bundle(world, |config| config["process"]["args"] = json!(["sh", "-c", script]));
    let pid_file = world.path("pid");
    let output = runtime.create(&["--bundle", &dir, "--pid-file", pid_file.to_str().unwrap(), "c"]);
    let pid: i32 = std::fs::read_to_string(&pid_file).unwrap().parse().unwrap();
    let state = runtime.state("c");
    assert_eq!(
        (&state["status"], &state["pid"], &state["id"]),
        (&json!("created"), &json!(pid), &json!("c"))
    );
    assert_eq!(state["bundle"], json!(dir));
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().to_owned();
    assert_eq!(parent, std::process::id().to_string(), "nobody stands between");
    assert_ne!(runtime.run(&["create", "--bundle", &dir, "c"]).code, 0, "the name is taken");
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "", "it waits");

    runtime.run(&["start", "c"]).ok();
    assert_eq!(runtime.state("c")["status"], "running");
    assert_ne!(runtime.run(&["start", "c"]).code, 0, "once only");
    assert_ne!(runtime.run(&["delete", "c"]).code, 0, "it runs");
    let words = ["exec", "--cwd", "/tmp", "--env", "A=b", "c", "sh", "-c", "id -u; pwd; echo $A; exit 5"];
    runtime.run(&words).code(5).out_is("0\n/tmp\nb");
    runtime.run(&["exec", "--user", "0:0", "c", "cat", "/proc/1/comm"]).ok().out_is("sh");
    runtime.run(&["list"]).ok().out_has("running");
    assert_ne!(runtime.run(&["exec", "c", "nosuch"]).code, 0);

    runtime.run(&["kill", "c", "TERM"]).ok();
    assert_eq!(waitpid(Pid::from_raw(pid), None).unwrap(), WaitStatus::Exited(Pid::from_raw(pid), 7));
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "started\n");
    let state = runtime.state("c");
    assert_eq!((&state["status"], &state["pid"]), (&json!("stopped"), &json!(0)));
    assert_ne!(runtime.run(&["kill", "c", "TERM"]).code, 0, "nothing to signal");
    runtime.run(&["delete", "c"]).ok();
    assert_ne!(runtime.run(&["state", "c"]).code, 0);
    assert_ne!(runtime.run(&["delete", "c"]).code, 0);
    runtime.run(&["delete", "--force", "c"]).ok();
}

#[test]
fn a_life_by_rctr() {
    let world = World::new();
    lifecycle(&Runtime::rctr(&world));
}

#[test]
fn a_life_by_runc() {
    let world = World::new();
    let Some(runc) = Runtime::other(&world, "runc", &[]) else { crate::skip!("runc is missing") };
    lifecycle(&runc);
}

#[test]
fn a_life_by_crun() {
    let world = World::new();
    let manager = ["--cgroup-manager", "disabled"];
    let Some(crun) = Runtime::other(&world, "crun", &manager) else { crate::skip!("crun is missing") };
    if runs_nothing_here(&crun) {
        crate::skip!("crun does not run where cgroups are v1 and v2");
    }
    lifecycle(&crun);
}

fn runs_nothing_here(crun: &Runtime<'_>) -> bool {
    let dir = bundle(crun.world, |config| config["process"]["args"] = json!(["true"]));
    crun.run(&["run", "--bundle", &dir, "try"]).err.contains("hybrid")
}

/// The same bundle, the same words from each, its own file system's too.
#[test]
fn what_a_container_sees_is_what_runc_shows() {
    let world = World::new();
    let Some(runc) = Runtime::other(&world, "runc", &[]) else { crate::skip!("runc is missing") };
    let script = "id; hostname; pwd; umask; ulimit -n; cat /proc/1/oom_score_adj; grep -E '^(Cap|NoNew|Seccomp)' \
                  /proc/self/status; echo $A; ls /dev | grep -v ^core; ls -A /tmp; cat /sys/kernel/x; touch /etc/x; ls /proc/acpi; \
                  grep -c . /proc/timer_list; cat /data/f; echo x > /data/f; echo lo; cat /sys/class/net/lo/operstate";
    let data = world.make_dir("data");
    std::fs::write(data.join("f"), "of the host\n").unwrap();
    let dir = bundle(&world, |config| {
        config["process"]["args"] = json!(["sh", "-c", format!("{script} 2>&1")]);
        config["process"]["env"].as_array_mut().unwrap().push(json!("A=b"));
        config["process"]["rlimits"] = json!([{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]);
        config["process"]["noNewPrivileges"] = json!(true);
        config["process"]["user"]["umask"] = json!(0o77);
        config["process"]["cwd"] = json!("/etc");
        config["process"]["capabilities"] = json!({
            "bounding": ["CAP_KILL", "CAP_CHOWN"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
        });
        config["root"]["readonly"] = json!(true);
        config["hostname"] = json!("h1");
        let mounts = config["mounts"].as_array_mut().unwrap();
        mounts.push(json!({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=700", "size=1m"]}));
        mounts
            .push(json!({"destination": "/data", "type": "none", "source": data, "options": ["bind", "ro"]}));
    });
    let theirs = runc.run(&["run", "--bundle", &dir, "c"]).ok();
    let ours = Runtime::rctr(&world).run(&["run", "--bundle", &dir, "c"]).ok();
    assert_eq!(ours.out, theirs.out);
    assert!(ours.out.contains("of the host") && ours.out.contains("\nh1\n"), "{ours}");
}

#[test]
fn what_is_not_honoured_is_refused_and_nothing_stays() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let dir = bundle(&world, |config| config["linux"]["resources"] = json!({"memory": {"limit": 1_000_000}}));
    let log = world.path("log");
    let words = ["--log", log.to_str().unwrap(), "--log-format", "json", "run", "--bundle", &dir, "c"];
    let want = "linux.resources.memory.limit is not supported: no cgroup is made here";
    runtime.run(&words).fails(1).err_has(want).out_is("");
    let line: Value = serde_json::from_slice(&std::fs::read(&log).unwrap()).unwrap();
    assert_eq!((&line["level"], &line["msg"]), (&json!("error"), &json!(want)));
    runtime.run(&["list", "--quiet"]).ok().out_is("");
    // Not only what is read: what the kernel refuses leaves nothing either.
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["nosuch"]));
    runtime
        .run(&["run", "--bundle", &dir, "c"])
        .fails(1)
        .err_has("executable file `nosuch` not found in $PATH");
    let dir = bundle(&world, |config| config["process"]["user"]["additionalGids"] = json!([5]));
    runtime.run(&["run", "--bundle", &dir, "c"]).fails(1).err_has("cannot set supplementary groups");
    let dir = bundle(&world, |config| config["process"]["user"]["uid"] = json!(5));
    runtime.run(&["run", "--bundle", &dir, "c"]).fails(1).err_has("cannot run as user 5");
    let dir = bundle(&world, |config| {
        config["linux"]["devices"] = json!([{"path": "/dev/null", "type": "c", "major": 1, "minor": 5}]);
    });
    runtime.run(&["run", "--bundle", &dir, "c"]).fails(1).err_has("the host's is not device 1:5");
    runtime.run(&["list", "--quiet"]).ok().out_is("");
    let dir = bundle(&world, |config| config["process"]["terminal"] = json!(true));
    runtime.run(&["create", "--bundle", &dir, "c"]).fails(1).err_has("without a console socket");
    runtime
        .run(&["create", "--bundle", &dir, "--no-pivot", "c"])
        .fails(1)
        .err_has("--no-pivot is not supported");
    runtime.run(&["create", "--bundle", &dir, "../c"]).fails(1).err_has("invalid container ID");
    runtime.run(&["pause", "c"]).fails(1).err_has("pause is not supported");
    runtime.run(&["update", "--memory", "5", "c"]).fails(1).err_has("update is not supported");
}

#[test]
fn the_program_that_cannot_be_executed_is_told_by_start() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["/bin/odd"]));
    let odd = world.write("bundle/rootfs/bin/odd", "\u{1}\u{2}");
    crate::support::world::set_mode(&odd, 0o755);
    runtime.create(&["--bundle", &dir, "c"]);
    runtime.run(&["start", "c"]).fails(1).err_has("exec format error");
    assert_eq!(runtime.state("c")["status"], "stopped");
    runtime.run(&["delete", "c"]).ok();
}

#[test]
fn one_that_was_never_started_is_taken_away() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["true"]));
    runtime.create(&["--bundle", &dir, "c"]);
    runtime.run(&["exec", "c", "true"]).fails(255).err_has("it is created, not running");
    runtime.run(&["delete", "c"]).ok();
    runtime.run(&["list", "--quiet"]).ok().out_is("");
}

/// Receives the master of a terminal, as conmon does.
fn master(listener: &UnixListener) -> OwnedFd {
    let (stream, _) = listener.accept().unwrap();
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = rustix::net::RecvAncillaryBuffer::new(&mut space);
    let mut word = [0; 64];
    let mut buffers = [std::io::IoSliceMut::new(&mut word)];
    rustix::net::recvmsg(&stream, &mut buffers, &mut control, rustix::net::RecvFlags::CMSG_CLOEXEC).unwrap();
    let files = control.drain().find_map(|message| match message {
        rustix::net::RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    files.expect("a descriptor")
}

/// What comes from a terminal until nobody has it open.
fn all_of(master: OwnedFd) -> String {
    let mut text = Vec::new();
    // EIO is its end.
    let _ = std::io::Read::read_to_end(&mut std::fs::File::from(master), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn the_terminal_goes_to_the_console_socket() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let script = "tty; stty size; ls -l /dev/console | cut -c1; read x; echo got $x";
    let dir = bundle(&world, |config| {
        config["process"]["terminal"] = json!(true);
        config["process"]["consoleSize"] = json!({"height": 31, "width": 101});
        config["process"]["args"] = json!(["sh", "-c", script]);
    });
    let socket = world.path("console");
    let listener = UnixListener::bind(&socket).unwrap();
    let socket = socket.to_str().unwrap();
    runtime.create(&["--bundle", &dir, "--console-socket", socket, "c"]);
    let terminal = master(&listener);
    runtime.run(&["start", "c"]).ok();
    let pid_file = world.path("pid");
    let words =
        ["exec", "--detach", "--tty", "--console-socket", socket, "--pid-file", pid_file.to_str().unwrap()];
    runtime.run(&[&words[..], &["c", "sh", "-c", "tty; echo in it; exit 6"]].concat()).ok();
    let seen = all_of(master(&listener));
    let pid = Pid::from_raw(std::fs::read_to_string(&pid_file).unwrap().parse().unwrap());
    assert_eq!(waitpid(pid, None).unwrap(), WaitStatus::Exited(pid, 6), "it is ours to wait for");
    assert!(seen.starts_with("/dev/pts/1\r\n") && seen.contains("in it"), "{seen}");
    let mut terminal = std::fs::File::from(terminal);
    let mut seen = String::new();
    while !seen.ends_with("c\r\n") {
        let mut byte = [0];
        std::io::Read::read_exact(&mut terminal, &mut byte).unwrap();
        seen.push(byte[0].into());
    }
    assert_eq!(seen, "/dev/pts/0\r\n31 101\r\nc\r\n");
    std::io::Write::write_all(&mut terminal, b"this\n").unwrap();
    assert_eq!(all_of(terminal.into()), "this\r\ngot this\r\n");
    runtime.run(&["delete", "--force", "c"]).ok();
}

#[test]
fn run_has_the_callers_terminal() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let dir = bundle(&world, |config| {
        config["process"]["terminal"] = json!(true);
        config["process"]["args"] = json!(["sh", "-c", "stty size; read x; echo got $x; exit 9"]);
    });
    let mut terminal = Terminal::start(runtime.words(&["run", "--bundle", &dir, "c"]));
    terminal.expect(&format!("{} {}\r\n", SIZE.0, SIZE.1));
    terminal.write("this\n");
    terminal.expect("got this");
    assert_eq!(terminal.code(), Some(9));
    runtime.run(&["list", "--quiet"]).ok().out_is("");
}

#[test]
fn run_hands_signals_on() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let script = "trap 'echo term; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["sh", "-c", script]));
    let mut running = runtime.words(&["run", "--bundle", &dir, "c"]).spawn();
    running.wait_for("ready");
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.finish().code(3).out_has("term");
}

#[test]
fn only_the_descriptors_that_are_named_go_in() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["ls", "-1", "/proc/self/fd/"]));
    let file = std::fs::File::open(world.path("bundle")).unwrap();
    let with = |count: &str| {
        let shell = "exec 3<&\"$FD\" 4<&\"$FD\"; exec \"$@\"";
        let fd = file.as_raw_fd();
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
        let words = ["run", "--bundle", &dir, "--preserve-fds", count, "c"];
        runtime.words(&words).under(&["sh", "-c", shell, "sh"]).env("FD", fd.to_string()).run()
    };
    // ls opens one more.
    with("0").ok().out_is("0\n1\n2\n3");
    with("2").ok().out_is("0\n1\n2\n3\n4\n5");
    with("900").fails(1).err_has("is not open");
}

/// What `rctr bundle` writes runs, under several ids too.
#[test]
fn an_image_as_a_bundle_runs() {
    let world = World::with_busybox();
    let dir = world.path("unpacked");
    let dir = dir.to_str().unwrap();
    world.run(&["bundle", "busybox", dir, "sh", "-c", "id; touch /x; chown 33:34 /x; stat -c %u:%g /x"]).ok();
    let runtime = Runtime::rctr(&world);
    runtime.run(&["run", "--bundle", dir, "c"]).ok().out_has("uid=0(root)").out_has("33:34");
}

#[test]
fn two_cannot_start_it_both() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["sleep", "1000"]));
    runtime.create(&["--bundle", &dir, "c"]);
    let both = [runtime.words(&["start", "c"]).spawn(), runtime.words(&["start", "c"]).spawn()];
    let mut codes = both.map(|one| one.finish().code);
    codes.sort_unstable();
    assert_eq!(codes, [0, 1]);
    let pid = runtime.state("c")["pid"].to_string();
    runtime.run(&["ps", "--format", "json", "c"]).ok().out_is(&format!("[{pid}]"));
    runtime.run(&["delete", "--force", "c"]).ok();
}

/// podman with rctr for its runtime.
#[test]
fn podman_runs_containers_with_it() {
    let world = World::new();
    let (Some(podman), Some(_conmon)) = (program(&["podman"]), program(&["conmon"])) else {
        crate::skip!("podman is missing");
    };
    // It leaves a process that holds its user namespace.
    world.leaves_processes();
    let runtime = Runtime::rctr(&world);
    let storage = "[storage]\ndriver = \"vfs\"\n";
    let storage = world.write("storage.conf", storage);
    let run = |words: &[&str]| {
        let all = ["--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime"];
        let run = world.program(&podman).args(all).args([&runtime.program]).args(words);
        run.env("CONTAINERS_STORAGE_CONF", &storage).run()
    };
    world.busybox_dir("root");
    let root = world.path("root");
    let root = root.to_str().unwrap();
    let quick = |words: &[&str]| {
        let mut all = vec!["run", "--rm", "--network", "none", "--rootfs", root];
        all.extend(words);
        run(&all)
    };
    quick(&["sh", "-c", "hostname > /tmp/h; id -u; exit 3"]).code(3).out_is("0");
    quick(&["/bin/nosuch"]).code(127);
    quick(&["/etc/passwd"]).code(126);
    let script = "trap 'echo bye; exit 4' TERM; echo hello; while :; do sleep 0.05; done";
    run(&["run", "-d", "--name", "c", "--network", "none", "--rootfs", root, "sh", "-c", script]).ok();
    run(&["exec", "c", "sh", "-c", "echo in; exit 5"]).code(5).out_is("in");
    run(&["exec", "-u", "1000:1000", "-w", "/tmp", "c", "sh", "-c", "id -u; pwd"]).ok().out_is("1000\n/tmp");
    run(&["stop", "-t", "20", "c"]).ok();
    run(&["logs", "c"]).ok().out_is("hello\nbye");
    run(&["inspect", "--format", "{{.State.ExitCode}}", "c"]).ok().out_is("4");
    run(&["start", "c"]).ok();
    run(&["kill", "c"]).ok();
    run(&["wait", "c"]).ok().out_is("137");
    run(&["rm", "c"]).ok();
}

/// podman lets others into the directory that they are kept in, while they are there.
#[test]
fn containers_stay_where_they_were_made() {
    let world = World::new();
    let runtime = Runtime { words: Vec::new(), ..Runtime::rctr(&world) };
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["true"]));
    runtime.create(&["--bundle", &dir, "c"]);
    crate::support::world::set_mode(&world.path("run"), 0o711);
    assert_eq!(runtime.state("c")["status"], "created");
    assert!(world.path("run/rctr-oci/c").is_dir());
    runtime.run(&["delete", "c"]).ok();
}

/// `exec` on a mount of the host's that is noexec asks for what nobody gives.
#[test]
fn a_flag_of_the_hosts_is_never_taken_away() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let place = world.make_dir("place");
    let dir = bundle(&world, |config| {
        config["process"]["args"] = json!(["true"]);
        // As root of the namespace that has the mount.
        config["linux"]["uidMappings"][0]["hostID"] = json!(0);
        config["linux"]["gidMappings"][0]["hostID"] = json!(0);
        let mount =
            json!({"destination": "/p", "type": "bind", "source": place, "options": ["bind", "exec"]});
        config["mounts"].as_array_mut().unwrap().push(mount);
    });
    let with = |flag: &str| {
        let shell = "mount -t tmpfs -o $FLAG none $PLACE && exec \"$@\"";
        let run = runtime.words(&["run", "--bundle", &dir, "c"]);
        let run = run.under(&["unshare", "--map-root-user", "--mount", "sh", "-c", shell, "sh"]);
        run.env("FLAG", flag).env("PLACE", place.to_str().unwrap()).run()
    };
    with("noexec").fails(1).err_has("on /p: the mount that it is in is noexec, which is not taken away");
    with("exec").ok();
}

/// What is left of it ends by itself, or with `delete --force`: the harness counts.
#[test]
fn a_create_that_is_killed_leaves_no_process() {
    let world = World::new();
    let runtime = Runtime::rctr(&world);
    let dir = bundle(&world, |config| config["process"]["args"] = json!(["sleep", "1000"]));
    for round in 0..20 {
        let mut command = runtime.words(&["create", "--bundle", &dir, "c"]).into_command();
        for set in
            [std::process::Command::stdin, std::process::Command::stdout, std::process::Command::stderr]
        {
            set(&mut command, std::process::Stdio::null());
        }
        let mut made = command.spawn().unwrap();
        let pid = Pid::from_raw(made.id().cast_signed());
        // The first rounds at once when it has made a process, the later ones as soon as its record is there.
        let begun = || match round % 2 {
            0 => !crate::support::world::children_of(pid).is_empty(),
            _ => world.path("oci/c/state.json").exists(),
        };
        while !begun() && made.try_wait().unwrap().is_none() {}
        made.kill().unwrap();
        made.wait().unwrap();
        runtime.run(&["delete", "--force", "c"]).ok();
    }
}
