//! What `-t` is inside, and that the caller's terminal comes back on ways out that are not the shell's `exit`.

use nix::sys::signal::Signal;
use rustix::termios::LocalModes;

use crate::support::World;
use crate::support::terminal::{SIZE, Terminal};

#[test]
fn a_terminal_of_its_own() {
    let world = World::with_busybox();
    let script = "stty size; /bin/probe; read x";
    let words = ["run", "--rm", "-it", "--network", "none", "busybox", "sh", "-c", script];
    let mut terminal = Terminal::start(world.rctr(&words));
    terminal.expect(&format!("{} {}\r\n", SIZE.0, SIZE.1));
    let seen = terminal.expect("interfaces");
    terminal.write("\n");
    assert_eq!(terminal.code(), Some(0));
    assert!(seen.contains("\"terminals\":[true,true,true]"), "{seen}");
    assert!(seen.contains("\"TERM\":\"xterm\""), "{seen}");
    assert!(seen.contains("\"console\":\"c 136:"), "/dev/console is the terminal: {seen}");
}

#[test]
fn the_callers_terminal_comes_back_when_rctr_is_terminated() {
    let world = World::with_busybox();
    let words = [
        "run",
        "--rm",
        "-it",
        "--init",
        "--network",
        "none",
        "busybox",
        "sh",
        "-c",
        "echo ready; sleep 1000",
    ];
    let mut terminal = Terminal::start(world.rctr(&words));
    terminal.expect("ready");
    assert!(!terminal.settings().local_modes.contains(LocalModes::ECHO), "raw while the program has it");
    for child in crate::support::world::children_of(terminal.pid()) {
        nix::sys::signal::kill(child, Signal::SIGTERM).unwrap();
    }
    assert_eq!(terminal.code(), Some(143));
    assert!(terminal.settings().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON));
}
