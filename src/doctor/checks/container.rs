//! The proof: a container of the host's own userland, from start to end.

use super::super::probes::Millis;
use crate::doctor::{Finding, Probes};

pub(super) fn alone(probes: &Probes) -> Finding {
    const NAME: &str = "container";
    match probes.container.as_ref().map(|c| &c.alone) {
        Some(Ok(time)) => ok(NAME, *time),
        Some(Err(why)) => Finding::fail(NAME, why, "this is what rctr is for"),
        None => Finding::fail(NAME, "not run", "there is no user namespace to run it in"),
    }
}

pub(super) fn connected(probes: &Probes) -> Finding {
    const NAME: &str = "with network";
    match probes.container.as_ref().map(|c| &c.connected) {
        Some(Ok(time)) => ok(NAME, *time),
        Some(Err(why)) => {
            Finding::warn(NAME, why, "containers run with --network none or --network host only")
        }
        None => Finding::warn(NAME, "not run", "there is no user namespace to run it in"),
    }
}

fn ok(name: &'static str, time: Millis) -> Finding {
    Finding::ok(name, format!("ran and ended in {time}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn results() {
        let mut probes = sample::well();
        assert_eq!(alone(&probes).found, "ran and ended in 6.4 ms");
        probes.container.as_mut().unwrap().connected = Err("slirp4netns not found".into());
        assert_eq!(connected(&probes).status, Status::Warn);
        probes.container = None;
        assert_eq!(alone(&probes).status, Status::Fail);
    }
}
