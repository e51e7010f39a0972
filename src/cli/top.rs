//! `rctr top`, also `rctr container top`.

use clap::Args;

use super::{Failure, container, format, output};
use crate::model::container_request::{ContainerRequest, TopRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};
use crate::spec::top;

/// Show the processes of a container.
///
/// After the container come format descriptors, separated by blanks or commas: args, capamb, capbnd, capeff, capinh, capprm,
/// comm, etime, group, groups, hgroup, hgroups, hpid, huid, huser, label, nice, pcpu, pgid, pid, ppid, rgroup, rss, ruser,
/// seccomp, state, stime, time, tty, uid, user, vsz; those that begin with h are about the host. Or options of ps: -e, -f, -o
/// LIST, aux, ax, --no-headers. ps itself is not run, and all processes are shown whatever is selected.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct TopArgs {
    /// Take the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Name or id; then what to show
    #[arg(value_name = "CONTAINER", trailing_var_arg = true, num_args = 0..)]
    words: Vec<String>,
}

pub(super) fn run(args: TopArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let latest = args.latest.unwrap_or(false);
    let mut words = args.words;
    let rest = words.split_off(usize::from(!latest && !words.is_empty()));
    if words.is_empty() && !latest {
        return Err(Failure::new("you must provide the name or id of a running container"));
    }
    let table = top::parse(&rest)?;
    let which = container::which(words, false, latest)?;
    let request = ContainerRequest::Top(TopRequest { which, table });
    let outcome = ops::execute(&super::context(global)?, Request::Container(request))?;
    let Outcome::Processes(lines) = outcome else { return Err(output::unexpected()) };
    output::print(format::columns(lines)).map(|()| 0)
}
