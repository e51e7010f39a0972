//! Runs a program with a time limit and captures what it says.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// No single command of a test takes longer than this, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A command in the making.
pub struct Run {
    command: Command,
    stdin: Option<Vec<u8>>,
    stdin_open: bool,
    limit: Duration,
}

impl Run {
    /// `program` with an empty environment.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.env_clear().process_group(0);
        Self { command, stdin: None, stdin_open: false, limit: LIMIT }
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    pub fn without_env(mut self, key: &str) -> Self {
        self.command.env_remove(key);
        self
    }

    pub fn cwd(mut self, dir: impl AsRef<std::path::Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// What the program reads; without this its stdin is /dev/null.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// stdin is a pipe that stays open until [`Running::close_stdin`].
    pub fn stdin_open(mut self) -> Self {
        self.stdin_open = true;
        self
    }

    /// Puts `words` in front, as with `strace -f …` or `unshare -Urm …`.
    pub fn under(mut self, words: &[&str]) -> Self {
        let old = std::mem::replace(&mut self.command, Command::new(words[0]));
        self.command.args(&words[1..]).arg(old.get_program()).args(old.get_args());
        self.command.env_clear().process_group(0);
        for (key, value) in old.get_envs() {
            if let Some(value) = value {
                self.command.env(key, value);
            }
        }
        if let Some(dir) = old.get_current_dir() {
            self.command.current_dir(dir);
        }
        self
    }

    /// Access to what has no method here.
    pub fn tweak(mut self, change: impl FnOnce(&mut Command)) -> Self {
        change(&mut self.command);
        self
    }

    /// The command as it stands.
    pub fn into_command(self) -> Command {
        self.command
    }

    fn words(&self) -> String {
        let words: Vec<OsString> = std::iter::once(self.command.get_program())
            .chain(self.command.get_args())
            .map(OsStr::to_owned)
            .collect();
        words.join(OsStr::new(" ")).to_string_lossy().into_owned()
    }

    /// Starts it and leaves it running.
    pub fn spawn(mut self) -> Running {
        let words = self.words();
        let piped = self.stdin.is_some() || self.stdin_open;
        self.command.stdin(if piped { Stdio::piped() } else { Stdio::null() });
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|e| panic!("cannot start {words}: {e}"));
        let mut stdin = child.stdin.take();
        if let Some(bytes) = self.stdin
            && let Some(mut pipe) = stdin.take()
        {
            // A program that does not read its stdin is no failure of the harness.
            std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        }
        let out = reader(child.stdout.take().expect("piped"));
        let err = reader(child.stderr.take().expect("piped"));
        Running { child, stdin, out, err, seen: Vec::new(), words, deadline: Instant::now() + self.limit }
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        self.spawn().finish()
    }
}

/// Passes on what a pipe yields; the channel closes with the pipe.
fn reader(mut pipe: impl std::io::Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while let Ok(count) = pipe.read(&mut buffer) {
            if count == 0 || send.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receive
}

/// A program that was started.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    out: Receiver<Vec<u8>>,
    err: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    words: String,
    deadline: Instant,
}

impl Running {
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    pub fn signal(&self, signal: Signal) {
        nix::sys::signal::kill(self.pid(), signal).expect("signal the child");
    }

    /// Says something to it through its open stdin.
    pub fn write(&mut self, bytes: &[u8]) {
        self.stdin.as_mut().expect("an open stdin").write_all(bytes).expect("write to the child");
    }

    /// How much of that it has not taken yet.
    pub fn unread(&self) -> u64 {
        rustix::io::ioctl_fionread(self.stdin.as_ref().expect("an open stdin")).expect("look into the pipe")
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// What has come of stdout by now.
    pub fn so_far(&mut self) -> String {
        self.seen.extend(self.out.try_iter().flatten());
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Waits until stdout contains `text`, and gives all of stdout so far.
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            let so_far = String::from_utf8_lossy(&self.seen).into_owned();
            if so_far.contains(text) {
                return so_far;
            }
            match self.out.recv_timeout(self.left()) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(reason) => {
                    let _ = killpg(self.pid(), Signal::SIGKILL);
                    let err: Vec<u8> = self.err.try_iter().flatten().collect();
                    panic!(
                        "waited for {text:?} in the output of {} ({reason})\nstdout: {so_far}\nstderr: {}",
                        self.words,
                        String::from_utf8_lossy(&err)
                    );
                }
            }
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits for its end and for the end of its output.
    pub fn finish(mut self) -> Outcome {
        let mut out = std::mem::take(&mut self.seen);
        let mut err = Vec::new();
        let complete = self.drain(true, &mut out) & self.drain(false, &mut err);
        if !complete {
            let _ = killpg(self.pid(), Signal::SIGKILL);
        }
        let status = self.child.wait().expect("wait for the child");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let outcome = Outcome {
            code: status.code().unwrap_or_else(|| 1000 + status.signal().unwrap_or(0)),
            out: text(&out),
            err: text(&err),
            words: self.words.clone(),
        };
        assert!(complete, "ran out of time, or something kept its output open: {outcome}");
        outcome
    }

    fn drain(&self, stdout: bool, into: &mut Vec<u8>) -> bool {
        let pipe = if stdout { &self.out } else { &self.err };
        loop {
            match pipe.recv_timeout(self.left()) {
                Ok(bytes) => into.extend(bytes),
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

/// What a program did. The checks give it back, so that they chain; a failed one shows all of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Exit code; 1000 + n when signal n killed it.
    pub code: i32,
    pub out: String,
    pub err: String,
    words: String,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}\nexit code {}", self.words, self.code)?;
        writeln!(f, "--- stdout\n{}\n--- stderr\n{}", self.out.trim_end(), self.err.trim_end())
    }
}

impl Outcome {
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert!(self.code == code, "expected exit code {code}: {self}");
        self
    }

    /// Exit code 0.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.code(0)
    }

    /// stdout is exactly `text`, white space at its end aside.
    #[track_caller]
    pub fn out_is(self, text: &str) -> Self {
        assert!(self.out.trim_end() == text.trim_end(), "expected stdout {text:?}: {self}");
        self
    }

    #[track_caller]
    pub fn out_has(self, text: &str) -> Self {
        assert!(self.out.contains(text), "expected {text:?} in stdout: {self}");
        self
    }

    #[track_caller]
    pub fn err_has(self, text: &str) -> Self {
        assert!(self.err.contains(text), "expected {text:?} in stderr: {self}");
        self
    }

    /// rctr itself failed, with this code and a message that starts with `Error: `, fits on a line and shows none of
    /// what only a programmer understands.
    #[track_caller]
    pub fn fails(self, code: i32) -> Self {
        let outcome = self.code(code);
        let line = outcome.err.lines().find(|l| l.starts_with("Error: "));
        let line = line.unwrap_or_else(|| panic!("no line starts with \"Error: \": {outcome}"));
        assert!(!line.ends_with('.'), "a full stop: {outcome}");
        for inside in ["Os {", "Err(", "Some(", "os error", "panicked", "kind:"] {
            assert!(!outcome.err.contains(inside), "shows its inside ({inside}): {outcome}");
        }
        outcome
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("stdout is no JSON ({e}): {self}"))
    }
}
