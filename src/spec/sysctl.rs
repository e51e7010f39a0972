//! `--sysctl KEY=VALUE`: only parameters that belong to a namespace of the container. Anything else would be the host's.

use super::SpecError;
use crate::model::run_request::{NamespaceRequest, NetworkChoice, NsRequest};
use crate::model::spec::{NamespaceSpec, NsMode};

const FLAG: &str = "--sysctl";

/// Which namespace a parameter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Net,
    Ipc,
    Uts,
}

/// Reads `KEY=VALUE`. Slashes for dots are taken as sysctl(8) does.
pub fn parse(text: &str) -> Result<(String, String), SpecError> {
    let refuse = |why: String| SpecError::flag(FLAG, text, why);
    let (key, value) = text.split_once('=').ok_or_else(|| refuse("want KEY=VALUE".to_owned()))?;
    let key = key.trim();
    let first_separator = key.find(['.', '/']);
    let dotted = match first_separator.map(|at| key.as_bytes()[at]) {
        // with slashes as separators a dot is part of a name: net/ipv4/conf/eth0.1/forwarding
        Some(b'/') => key
            .chars()
            .map(|c| {
                if c == '/' {
                    '.'
                } else if c == '.' {
                    '/'
                } else {
                    c
                }
            })
            .collect(),
        _ => key.to_owned(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '*' | ':' | '@');
    let whole = dotted.split(['.', '/']).all(|part| !part.is_empty());
    if !whole || !dotted.chars().all(plain) {
        return Err(refuse(format!("{key:?} is not the name of a kernel parameter")));
    }
    if value.contains('\0') {
        return Err(refuse("a value holds no NUL".to_owned()));
    }
    owner(&dotted).ok_or_else(|| {
        refuse(format!(
            "{key:?} is not namespaced: setting it would change the host. Namespaced are net.*, kernel.msg*, \
             kernel.sem, kernel.shm*, kernel.hostname, kernel.domainname and fs.mqueue.*"
        ))
    })?;
    Ok((dotted, value.to_owned()))
}

/// Refuses parameters of namespaces that are not the container's own.
pub fn check(
    sysctls: &[(String, String)],
    namespaces: &NamespaceRequest,
    network: &NetworkChoice,
) -> Result<(), SpecError> {
    for (key, value) in sysctls {
        let (shared, with) = match owner(key) {
            Some(Owner::Net) => (matches!(network, NetworkChoice::Host), "--network host"),
            Some(Owner::Ipc) => (namespaces.ipc == NsRequest::Host, "--ipc host"),
            Some(Owner::Uts) => (namespaces.uts == NsRequest::Host, "--uts host"),
            None => (true, "any namespace"),
        };
        if shared {
            let why = format!("with {with} it would change the host");
            return Err(SpecError::flag(FLAG, &format!("{key}={value}"), why));
        }
    }
    Ok(())
}

/// Would setting this parameter, in its dotted form, change the host for a container with these namespaces?
pub fn is_hosts(key: &str, namespaces: &NamespaceSpec) -> bool {
    let mode = match owner(key) {
        Some(Owner::Net) => &namespaces.net,
        Some(Owner::Ipc) => &namespaces.ipc,
        Some(Owner::Uts) => &namespaces.uts,
        None => return true,
    };
    *mode == NsMode::Host
}

fn owner(key: &str) -> Option<Owner> {
    const IPC: [&str; 9] = [
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.msg_next_id",
        "kernel.sem",
        "kernel.sem_next_id",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
    ];
    if key.starts_with("net.") {
        Some(Owner::Net)
    } else if IPC.contains(&key)
        || matches!(key, "kernel.shm_next_id" | "kernel.shm_rmid_forced")
        || key.starts_with("fs.mqueue.")
    {
        Some(Owner::Ipc)
    } else if matches!(key, "kernel.hostname" | "kernel.domainname") {
        Some(Owner::Uts)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken() {
        for (text, key, value) in [
            ("net.ipv4.ip_forward=1", "net.ipv4.ip_forward", "1"),
            ("net/ipv4/ip_forward=1", "net.ipv4.ip_forward", "1"),
            ("net/ipv4/conf/eth0.1/forwarding=1", "net.ipv4.conf.eth0/1.forwarding", "1"),
            ("net.ipv4.ping_group_range=0 0", "net.ipv4.ping_group_range", "0 0"),
            ("kernel.sem=250 32000 100 128", "kernel.sem", "250 32000 100 128"),
            ("kernel.shmmax=1", "kernel.shmmax", "1"),
            ("kernel.shm_rmid_forced=1", "kernel.shm_rmid_forced", "1"),
            ("kernel.msgmax=65536", "kernel.msgmax", "65536"),
            ("kernel.domainname=a=b", "kernel.domainname", "a=b"),
            ("fs.mqueue.msg_max=5", "fs.mqueue.msg_max", "5"),
            ("net.core.somaxconn=", "net.core.somaxconn", ""),
        ] {
            assert_eq!(parse(text).unwrap(), (key.to_owned(), value.to_owned()), "{text}");
        }
    }

    #[test]
    fn refused() {
        for (text, why) in [
            ("", "want KEY=VALUE"),
            ("net.ipv4.ip_forward", "want KEY=VALUE"),
            ("=1", "not the name"),
            ("net.=1", "not the name"),
            ("net..x=1", "not the name"),
            ("net.ipv4/../../kernel/panic=1", "not the name"),
            ("net.a b=1", "not the name"),
            ("vm.swappiness=1", "\"vm.swappiness\" is not namespaced"),
            ("kernel.panic=1", "not namespaced"),
            ("kernel.msgfoo=1", "not namespaced"),
            ("network.x=1", "not namespaced"),
            ("net.ipv4.x=\0", "no NUL"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn the_host_is_never_changed() {
        let sysctl = |key: &str| vec![(key.to_owned(), "1".to_owned())];
        let host = NsRequest::Host;
        let shares = NamespaceRequest { ipc: host.clone(), uts: host, ..NamespaceRequest::default() };
        let (own, mine) = (NamespaceRequest::default(), NetworkChoice::Default);
        for (key, with) in [
            ("net.ipv4.ip_forward", "--network host"),
            ("kernel.sem", "--ipc host"),
            ("fs.mqueue.msg_max", "--ipc host"),
            ("kernel.domainname", "--uts host"),
        ] {
            let error = check(&sysctl(key), &shares, &NetworkChoice::Host).unwrap_err().to_string();
            assert!(error.contains(with), "{error}");
            assert_eq!(check(&sysctl(key), &own, &mine), Ok(()));
        }
    }
}
