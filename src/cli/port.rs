//! `rctr port`, also `rctr container port`.

use clap::Args;

use super::lifecycle::internal;
use super::{Failure, container};
use crate::model::GlobalOptions;
use crate::model::container_request::ContainerRequest;

/// Show the ports of a container that are published.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct PortArgs {
    /// Show those of all running containers
    #[arg(short, long)]
    all: Option<bool>,
    /// Take the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Name or id; then a port, as PORT or PORT/PROTOCOL
    #[arg(value_name = "CONTAINER")]
    words: Vec<String>,
}

pub(super) fn run(args: PortArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let (all, latest) = (args.all.unwrap_or(false), args.latest.unwrap_or(false));
    if args.words.is_empty() && !latest && !all {
        return Err(Failure::new("you must supply a running container name or id"));
    }
    if args.words.len() > 2 {
        return Err(Failure::new("`port` accepts at most 2 arguments"));
    }
    let mut words = args.words;
    let rest = words.split_off(usize::from(!latest && !words.is_empty()));
    let port = rest.into_iter().next();
    if let Some(port) = &port {
        check(port)?;
    }
    let which = container::which(words, all, latest)?;
    container::change(ContainerRequest::Port { which, port }, global, internal)
}

fn check(port: &str) -> Result<(), Failure> {
    let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    if protocol.contains('/') {
        return Err(Failure::new(format!("port formats are port/protocol. '{port}' is invalid")));
    }
    match number.parse::<u16>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::new(format!("invalid port {number:?}: want a number up to 65535"))),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn ports() {
        for good in ["80", "80/tcp", "53/udp", "0"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["x", "", "65536", "80/tcp/x", "-1"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
