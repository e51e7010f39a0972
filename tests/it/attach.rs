//! The command line attached to its container: streams, signals, terminals.

use std::fmt::Write as _;

use nix::sys::signal::Signal;

use crate::support::run::Run;
use crate::support::terminal::{SIZE, Terminal};
use crate::support::{World, children};

/// A script in a container without a network, with these flags.
fn sh(world: &World, flags: &[&str], script: &str) -> Run {
    let mut all = vec!["--network", "none"];
    all.extend(flags);
    world.in_rootfs(&all, &["sh", "-c", script])
}

#[test]
fn streams_and_code_come_back() {
    let world = World::with_rootfs();
    let outcome = sh(&world, &[], "echo out; echo err >&2; exit 7").run().code(7);
    assert_eq!((outcome.out.as_str(), outcome.err.as_str()), ("out\n", "err\n"));
    sh(&world, &["--init"], "kill -KILL $$").run().code(137);
}

#[test]
fn stdin_is_passed_on_only_when_asked_for() {
    let world = World::with_rootfs();
    let mut input = String::new();
    for line in 0..200_000 {
        let _ = writeln!(input, "line {line}");
    }
    let outcome = sh(&world, &["-i"], "cat").stdin(input.clone()).run().ok();
    assert!(outcome.out == input, "{} of {} bytes", outcome.out.len(), input.len());
    sh(&world, &[], "cat; echo end").stdin("unseen").run().ok().out_is("end");
    // A program that reads nothing and ends is not held up by what it did not read.
    sh(&world, &["-i"], "exit 4").stdin(input).run().code(4);
}

#[test]
fn everything_written_before_the_end_arrives() {
    let world = World::with_rootfs();
    let outcome = sh(&world, &[], "head -c 20000000 /dev/zero | tr '\\0' x").run().ok();
    assert_eq!(outcome.out.len(), 20_000_000);
    assert!(outcome.out.bytes().all(|byte| byte == b'x'));
}

#[test]
fn signals_reach_the_program() {
    let world = World::with_rootfs();
    let script = "trap 'echo hup' HUP; trap 'exit 42' TERM; echo ready; while :; do sleep 0.01; done";
    for flags in [&[][..], &["--init"]] {
        let mut running = sh(&world, flags, script).spawn();
        running.wait_for("ready");
        running.signal(Signal::SIGHUP);
        running.wait_for("hup");
        running.signal(Signal::SIGTERM);
        running.finish().code(42);
    }
}

#[test]
fn an_init_reaps_and_dies_of_signals() {
    let world = World::with_rootfs();
    // As pid 1 a program ignores what it does not handle; below an init it dies of it as anywhere else.
    let mut running = sh(&world, &["--init"], "echo ready; exec sleep 60").spawn();
    running.wait_for("ready");
    running.signal(Signal::SIGTERM);
    running.finish().code(143);

    let script = "(sh -c 'exit 0' &) ; while ps -o stat,comm | grep -q '^Z'; do sleep 0.01; done; \
                  cat /proc/1/comm; tr -d '\\0' </proc/1/cmdline; echo; echo $$; readlink /proc/1/exe; exit 5";
    sh(&world, &["--init"], script).run().code(5).out_is("rctr-init\nrctr-init\n2");
}

#[test]
fn without_sig_proxy_a_signal_ends_the_command_line_only() {
    let world = World::with_rootfs();
    let mut running = sh(&world, &["--sig-proxy=false"], "echo ready; exec sleep 1000").spawn();
    running.wait_for("ready");
    running.signal(Signal::SIGTERM);
    running.finish().code(1000 + Signal::SIGTERM as i32);
    world.leaves_processes();
}

#[test]
fn what_the_caller_ignores_stays_ignored() {
    let world = World::with_rootfs();
    let script = "trap 'echo hup' HUP; trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let mut running = sh(&world, &[], script).under(&["nohup"]).spawn();
    running.wait_for("ready");
    running.signal(Signal::SIGHUP);
    running.signal(Signal::SIGTERM);
    let outcome = running.finish().ok();
    assert!(!outcome.out.contains("hup"), "{outcome}");
}

#[test]
fn stdout_that_cannot_be_written() {
    let world = World::with_rootfs();
    let run = sh(&world, &[], "echo lost").tweak(|command| {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("open /dev/full");
        command.stdout(full);
    });
    let output = run.into_command().output().expect("run");
    assert_eq!(output.status.code(), Some(125));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("write to stdout: no space left on device"), "{err}");
}

#[test]
fn a_reader_that_leaves_ends_the_program() {
    let world = World::with_rootfs();
    let pipeline = "\"$0\" \"$@\" | head -1; echo ${PIPESTATUS[0]}";
    let script = "echo first; while :; do echo more; done";
    let run = |flags| sh(&world, flags, script).under(&["bash", "-c", pipeline]).run().ok();
    // SIGPIPE, as outside; a program that is pid 1 itself does not die of signals, and is told by EPIPE.
    run(&["--init"]).out_is("first\n141");
    sh(&world, &[], "yes").under(&["bash", "-c", pipeline]).run().ok().out_is("y\n1");
}

#[test]
fn a_shell_at_a_terminal() {
    let world = World::with_rootfs();
    let mut terminal = Terminal::start(world.in_rootfs(&["--network", "none", "-it"], &["sh"]));
    terminal.expect("# ");
    let raw = terminal.settings();
    assert!(!raw.local_modes.contains(rustix::termios::LocalModes::ECHO));

    terminal.write("stty size; tty\n");
    terminal.expect(&format!("{} {}\r\n/dev/", SIZE.0, SIZE.1));
    terminal.expect("# ");

    // Ctrl-C ends what runs in the foreground, not the shell, and not rctr.
    terminal.write("sh -c 'echo now; exec sleep 1000'\n");
    terminal.expect("now\r\n");
    terminal.write("\x03");
    terminal.expect("# ");
    terminal.write("echo still $((40 + 2))\n");
    terminal.expect("still 42\r\n");
    terminal.expect("# ");

    // What is typed after a change of the window comes after it inside, too.
    terminal.resize(44, 122);
    terminal.write("stty size\n");
    terminal.expect("44 122\r\n");
    terminal.expect("# ");
    terminal.write("exit 6\n");
    assert_eq!(terminal.code(), Some(6));
    let cooked = terminal.settings();
    assert!(cooked.local_modes.contains(rustix::termios::LocalModes::ECHO));
    assert!(cooked.output_modes.contains(rustix::termios::OutputModes::OPOST));
}

#[test]
fn the_terminal_is_given_back_whatever_happens() {
    use rustix::termios::{LocalModes, OutputModes};
    // Who is killed, and the code of that; of a signal setsid(1) gives the number.
    for (victim, signal, code) in [
        ("monitor", Signal::SIGKILL, 125),
        ("command line", Signal::SIGTERM, 15),
        ("init", Signal::SIGKILL, 137),
    ] {
        let world = World::with_rootfs();
        world.leaves_processes();
        let flags = ["--network", "none", "-it", "--sig-proxy=false"];
        let mut terminal = Terminal::start(world.in_rootfs(&flags, &["sh"]));
        terminal.expect("# ");
        assert!(!terminal.settings().local_modes.contains(LocalModes::ICANON));
        let client = terminal.program();
        let monitor = *children(client, "").first().expect("a monitor");
        let target = match victim {
            "monitor" => monitor,
            "init" => *children(monitor, "").first().expect("an init"),
            _ => client,
        };
        nix::sys::signal::kill(target, signal).expect("kill");
        assert_eq!(terminal.code(), Some(code), "{victim} was killed");
        let settings = terminal.settings();
        assert!(settings.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO), "{victim} was killed");
        assert!(settings.output_modes.contains(OutputModes::OPOST), "{victim} was killed");
    }
}

#[test]
fn a_terminal_without_input_keeps_its_keys() {
    let world = World::with_rootfs();
    let script = "trap 'exit 9' INT; echo ready; while :; do sleep 0.01; done";
    let mut terminal = Terminal::start(sh(&world, &["-t"], script));
    terminal.expect("ready");
    // Not raw: Ctrl-C is a signal to rctr, which hands it on.
    terminal.write("\x03");
    assert_eq!(terminal.code(), Some(9));
}

#[test]
fn ctrl_c_without_a_terminal_of_its_own_is_a_signal() {
    let world = World::with_rootfs();
    let script = "trap 'echo caught; exit 8' INT; echo ready; while :; do sleep 0.01; done";
    let mut terminal = Terminal::start(sh(&world, &["-i"], script));
    terminal.expect("ready");
    terminal.write("\x03");
    terminal.expect("caught");
    assert_eq!(terminal.code(), Some(8));
}

#[test]
fn a_container_terminal_without_one_of_ours() {
    let world = World::with_rootfs();
    let outcome =
        sh(&world, &["-t"], "tty >/dev/null && echo yes; test -t 0 && test -t 2 && echo all").run().ok();
    assert_eq!(outcome.out, "yes\r\nall\r\n");
    let script = "read line; echo \"got $line\"";
    sh(&world, &["-it"], script).stdin("word\n").run().ok().out_has("got word");
}
