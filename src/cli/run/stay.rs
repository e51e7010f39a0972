//! Whether the command line stays with the container, and what it then passes on.

use clap::{ArgAction, Args};

use super::Failure;
use crate::model::RunRequest;
use crate::spec::{SpecError, detach_keys};

#[derive(Args, Debug)]
#[command(next_help_heading = "Attachment")]
pub(super) struct StayArgs {
    /// Pass on only stdin, stdout or stderr; once for each
    #[arg(short, long, value_name = "STREAM")]
    attach: Vec<String>,
    /// Leave the container running, and print its id
    #[arg(short, long)]
    detach: Option<bool>,
    /// Keys that leave the container running, typed at a terminal; "" for none [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Hand signals on to the container [default: true]
    #[arg(long, value_name = "true|false")]
    sig_proxy: Option<bool>,
    /// Hand on so many file descriptors after 2
    #[arg(long, value_name = "COUNT")]
    preserve_fds: Option<u32>,
}

impl StayArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        request.detach = self.detach.unwrap_or(false);
        request.attach = streams(&self.attach)?;
        if request.detach && request.attach.is_some() {
            let why = "what is left running passes nothing on";
            return Err(SpecError::Conflict("--detach", "--attach", why).into());
        }
        request.detach_keys = keys(self.detach_keys.as_deref())?;
        request.sig_proxy = self.sig_proxy.unwrap_or(true);
        request.process.preserve_fds = preserve_fds(self.preserve_fds)?;
        Ok(())
    }
}

/// `--preserve-fds`, within what is ever open.
pub(in crate::cli) fn preserve_fds(count: Option<u32>) -> Result<u32, Failure> {
    match count.unwrap_or(0) {
        count @ 1025.. => {
            Err(SpecError::flag("--preserve-fds", &count.to_string(), "more than 1024 are never open").into())
        }
        count => Ok(count),
    }
}

/// `--detach-keys`, or what is usual.
pub(in crate::cli) fn keys(text: Option<&str>) -> Result<Vec<u8>, Failure> {
    Ok(text.map_or_else(|| Ok(detach_keys::DEFAULT.to_vec()), detach_keys::parse)?)
}

/// `--attach`, in any case of letters (docker).
fn streams(words: &[String]) -> Result<Option<[bool; 3]>, Failure> {
    let mut streams = [false; 3];
    for word in words {
        let names = ["stdin", "stdout", "stderr"];
        match names.iter().position(|name| word.eq_ignore_ascii_case(name)) {
            Some(at) => streams[at] = true,
            None => return Err(SpecError::flag("--attach", word, "want stdin, stdout or stderr").into()),
        }
    }
    Ok((!words.is_empty()).then_some(streams))
}

/// `--help` alone: `-h` is the host name.
#[derive(Args, Debug)]
pub(super) struct HelpArgs {
    /// Print help
    #[arg(long, action = ArgAction::HelpShort)]
    help: Option<bool>,
}
