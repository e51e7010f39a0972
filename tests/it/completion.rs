//! TAB in real shells: names of containers and images, signals, verbs and flags.

use nix::sys::signal::{Signal, kill};

use crate::support::terminal::Terminal;
use crate::support::{Image, World, program, rctr_binary};

/// Containers `web` (runs) and `webold` (does not), images `busybox` and `localhost/team/app:1.2`, the list
/// `platforms`.
fn world() -> World {
    let world = World::with_busybox();
    world.load(&Image::busybox().named("localhost/team/app:1.2"));
    world.run(&["manifest", "create", "platforms"]).ok();
    world.run(&["create", "--name", "webold", "--network", "none", "busybox"]).ok();
    world.run(&["run", "-d", "--name", "web", "--network", "none", "busybox", "sleep", "60"]).ok();
    world
}

/// What is typed, and what must stand on the line after a TAB.
const TYPED: [(&str, &str); 11] = [
    ("stop we", "stop web "),
    ("start we", "start webold "),
    ("container exec -it we", "container exec -it web "),
    ("run --rm --network none bus", "run --rm --network none busybox "),
    ("run team/app:1", "run team/app:1.2 "),
    ("push team/app:1", "push team/app:1.2 "),
    ("manifest push plat", "manifest push platforms "),
    ("kill --signal=KIL", "kill --signal=KILL "),
    ("kill -s SIGKIL", "kill -s SIGKILL "),
    ("versi", "version "),
    ("rm --tim", "rm --time "),
];

fn with_rctr(world: &World, shell: &std::path::Path) -> crate::support::run::Run {
    let binary = rctr_binary();
    let dir = binary.parent().expect("a directory").display().to_string();
    world
        .program(shell)
        .env("PATH", format!("{dir}:/usr/local/bin:/usr/bin:/bin"))
        .env("TERM", "dumb")
        .env("INPUTRC", "/dev/null")
        .env("PS1", "> ")
}

/// Types every line and a TAB, and looks at what the shell makes of it.
fn type_all(mut terminal: Terminal, load: &str) {
    terminal.expect("> ");
    terminal.write(&format!("{load}; echo loa''ded\n"));
    terminal.expect("loaded");
    for (typed, want) in TYPED {
        terminal.write(&format!("rctr {typed}\t"));
        terminal.expect(&format!("rctr {want}"));
        // Away with the line.
        terminal.write("\u{15}");
    }
    terminal.write("exit\n");
    terminal.code();
}

fn end(world: &World) {
    world.run(&["rm", "-f", "-t", "0", "web", "webold"]).ok();
}

#[test]
fn in_bash() {
    let Some(bash) = program(&["bash"]) else { crate::skip!("bash is not installed") };
    let world = world();
    let run = with_rctr(&world, &bash).args(["--norc", "--noprofile", "-i"]);
    type_all(Terminal::start(run), "source <(rctr completion bash)");
    // Files where a file is wanted, and none where not.
    world.write("home/a-file", "");
    let mut terminal = Terminal::start(with_rctr(&world, &bash).args(["--norc", "--noprofile", "-i"]));
    terminal.write("source <(rctr completion bash); echo loa''ded\n");
    terminal.expect("loaded");
    for (typed, want) in
        [("load -i a-f", "load -i a-file "), ("run --env-file=a-f", "run --env-file=a-file ")]
    {
        terminal.write(&format!("rctr {typed}\t"));
        terminal.expect(&format!("rctr {want}"));
        terminal.write("\u{15}");
    }
    terminal.write("rctr stop a-f\t.\n");
    // The bell rings, and nothing is put in.
    terminal.expect("name or ID \"a-f.\" found");
    terminal.write("exit\n");
    terminal.code();
    end(&world);
}

#[test]
fn in_zsh() {
    let Some(zsh) = program(&["zsh"]) else { crate::skip!("zsh is not installed") };
    let world = world();
    let run = with_rctr(&world, &zsh).args(["-f", "-i"]);
    type_all(Terminal::start(run), "autoload -Uz compinit; compinit -u -D; source <(rctr completion zsh)");
    end(&world);
}

#[test]
fn in_fish() {
    let Some(fish) = program(&["fish"]) else { crate::skip!("fish is not installed") };
    let world = world();
    for (typed, want) in TYPED {
        let script = format!("rctr completion fish | source; complete -C 'rctr {typed}'");
        let offered = with_rctr(&world, &fish).args(["--no-config", "-c", &script]).run().ok().out;
        let words: Vec<_> = offered.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
        let last = want.trim_end().rsplit(' ').next().expect("a word");
        assert_eq!(words, [last], "{typed}");
    }
    end(&world);
}

#[test]
fn a_tab_changes_nothing_and_needs_no_store() {
    let world = World::new();
    world.run(&["__complete", "--", "stop", ""]).ok().out_is("");
    world.run(&["__complete", "--", "run", "--nosuch", ""]).ok();
    assert!(!world.store().exists(), "a store was made");
    // Another store is asked for its own.
    let other = world.path("other").display().to_string();
    world.load(&Image::busybox());
    world.run(&["__complete", "--", "--root", &other, "run", "bus"]).ok().out_is(":files");
    world.run(&["__complete", "--", "run", "bus"]).ok().out_has("busybox\n");
    world.run(&["--help"]).ok();
    assert!(!world.run(&["--help"]).ok().out.contains("__complete"));
}

#[test]
fn a_container_that_was_killed_is_none_that_runs() {
    let world = world();
    world.leaves_processes();
    let inspected = world.run(&["inspect", "web"]).ok().json();
    let pid = inspected[0].pointer("/State/Pid").and_then(|pid| pid.as_i64()).expect("a pid");
    kill(nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL).expect("kill");
    world.run(&["wait", "web"]).ok();
    world.run(&["__complete", "--", "stop", "we"]).ok().out_is("");
    world.run(&["__complete", "--", "start", "we"]).ok().out_has("web\t").out_has("webold\t");
    world.run(&["rm", "web", "webold"]).ok();
}
