//! The small files that name hosts inside a container: /etc/hosts, /etc/resolv.conf, /etc/hostname and
//! /run/.containerenv. Pure: text in, text out; the engine writes them, and says no when an image hides a symlink there.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use super::NetError;

/// Where slirp4netns puts the container (slirp4netns(1), `--configure` with the default CIDR).
pub const SLIRP_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 100);
/// Where slirp4netns shows the host's loopback, unless that is disabled.
pub const SLIRP_GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
/// Where slirp4netns answers DNS, through the host's first IPv4 nameserver; a loopback one works too.
pub const SLIRP_DNS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);
/// The same for a host that has only IPv6 nameservers.
pub const SLIRP_DNS6: &str = "fd00::3";

/// The names of the host, as podman and docker have them.
const HOST_NAMES: &str = "host.containers.internal host.docker.internal";

/// What /etc/hosts is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hosts<'a> {
    /// The host's own file, kept with `--network host`; otherwise only localhost is known at first.
    pub base: Option<&'a str>,
    /// The container's host name and its name.
    pub names: &'a [&'a str],
    /// The container's address; without one its names mean 127.0.0.1.
    pub address: Option<Ipv4Addr>,
    /// An address at which the host answers: 10.0.2.2 when its loopback is shared, else one of its own
    /// ([`super::host_address`]), which user-mode networking reaches; none with `--network none`.
    pub host: Option<IpAddr>,
    /// `--add-host`: names (several with `;` between them) and an address or `host-gateway`.
    pub extra: &'a [(String, String)],
}

/// The text of /etc/hosts. What the user added comes first, so that it wins.
///
/// # Errors
/// [`NetError::NoHostGateway`] when `host-gateway` is asked for and no way leads to the host.
pub fn hosts(of: &Hosts<'_>) -> Result<String, NetError> {
    let mut text = String::new();
    for (names, address) in of.extra {
        let names = names.replace(';', " ");
        if address == "host-gateway" {
            let host = of.host.ok_or_else(|| NetError::NoHostGateway { name: names.clone() })?;
            line(&mut text, host, &names);
        } else {
            line(&mut text, address, &names);
        }
    }
    match of.base {
        Some(base) => {
            text.push_str(base);
            if !base.is_empty() && !base.ends_with('\n') {
                text.push('\n');
            }
        }
        None => {
            line(&mut text, "127.0.0.1", "localhost localhost.localdomain");
            line(&mut text, "::1", "localhost localhost.localdomain");
        }
    }
    let names: Vec<&str> =
        of.names.iter().copied().filter(|name| !name.is_empty() && !known(&text, name)).collect();
    if !names.is_empty() {
        line(&mut text, of.address.unwrap_or(Ipv4Addr::LOCALHOST), &names.join(" "));
    }
    if let Some(host) = of.host {
        let names: Vec<&str> = HOST_NAMES.split(' ').filter(|name| !known(&text, name)).collect();
        if !names.is_empty() {
            line(&mut text, host, &names.join(" "));
        }
    }
    Ok(text)
}

/// One line of a hosts file.
fn line(text: &mut String, address: impl std::fmt::Display, names: &str) {
    // Writing into a String does not fail.
    let _ = writeln!(text, "{address}\t{names}");
}

/// Does a line of `hosts` already define this name?
fn known(hosts: &str, name: &str) -> bool {
    hosts
        .lines()
        .filter_map(|line| line.split('#').next())
        .any(|line| line.split_whitespace().skip(1).any(|n| n.eq_ignore_ascii_case(name)))
}

/// Who answers DNS for the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolver {
    /// The network namespace is the host's: its file holds as it is.
    Host,
    /// slirp4netns.
    Slirp {
        /// Is IPv6 on? Then a host with IPv6 nameservers only is answered for by fd00::3.
        ipv6: bool,
    },
    /// Some other namespace, or one without a way out: the host's nameservers except those on its loopback.
    Other,
}

/// `--dns`, `--dns-search` and `--dns-option`; each, when given, replaces what the host's file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsFlags {
    /// Nameservers, as IP addresses.
    pub servers: Vec<String>,
    /// Search domains; a single `.` means none.
    pub search: Vec<String>,
    /// Resolver options (resolv.conf(5)).
    pub options: Vec<String>,
}

/// The text of /etc/resolv.conf, from the host's. Where systemd-resolved answers on 127.0.0.53 and the resolver is
/// `Other`, `host` should be /run/systemd/resolve/resolv.conf, which names the servers behind it.
pub fn resolv_conf(host: &str, resolver: Resolver, flags: &DnsFlags) -> String {
    if resolver == Resolver::Host && *flags == DnsFlags::default() {
        return host.to_owned();
    }
    let found = Found::read(host);
    let servers: Vec<String> = if flags.servers.is_empty() {
        match resolver {
            Resolver::Host => found.servers.iter().map(|&s| s.to_owned()).collect(),
            Resolver::Slirp { ipv6: true } if found.only_ipv6() => vec![SLIRP_DNS6.to_owned()],
            Resolver::Slirp { .. } => vec![SLIRP_DNS.to_string()],
            Resolver::Other => found.servers.iter().filter(|s| !loopback(s)).map(|&s| s.to_owned()).collect(),
        }
    } else {
        flags.servers.clone()
    };
    let chosen = |flags: &[String], found: Vec<&str>| match flags.is_empty() {
        true => found.join(" "),
        false => flags.join(" "),
    };
    let mut text = String::new();
    let search = match flags.search.as_slice() {
        [only] if only == "." => String::new(),
        given => chosen(given, found.search),
    };
    if !search.is_empty() {
        let _ = writeln!(text, "search {search}");
    }
    for server in servers {
        let _ = writeln!(text, "nameserver {server}");
    }
    let options = chosen(&flags.options, found.options);
    if !options.is_empty() {
        let _ = writeln!(text, "options {options}");
    }
    text
}

/// What a resolv.conf says.
#[derive(Default)]
struct Found<'a> {
    servers: Vec<&'a str>,
    search: Vec<&'a str>,
    options: Vec<&'a str>,
}

impl<'a> Found<'a> {
    /// As resolv.conf(5) reads it: of several `search` and `domain` lines the last one counts, `options` add up.
    fn read(text: &'a str) -> Self {
        let mut found = Self::default();
        for line in text.lines() {
            let line = line.split(['#', ';']).next().unwrap_or("");
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => found.servers.extend(words.next()),
                Some("search" | "domain") => found.search = words.collect(),
                Some("options") => found.options.extend(words),
                _ => {}
            }
        }
        found
    }

    /// slirp4netns forwards 10.0.2.3 to an IPv4 nameserver only.
    fn only_ipv6(&self) -> bool {
        !self.servers.is_empty() && self.servers.iter().all(|s| s.contains(':'))
    }
}

/// Is this nameserver on the host's loopback, where no other network namespace reaches it?
fn loopback(server: &str) -> bool {
    server.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// The text of /etc/hostname.
pub fn hostname(name: &str) -> String {
    format!("{name}\n")
}

/// What /run/.containerenv tells a privileged container about itself.
#[derive(Clone, Copy, Debug)]
pub struct ContainerEnv<'a> {
    /// The container's name.
    pub name: &'a str,
    /// Its full id.
    pub id: &'a str,
    /// Its image's name; empty without one.
    pub image: &'a str,
    /// Its image's id; empty without one.
    pub image_id: &'a str,
    /// Is rctr run by somebody other than root?
    pub rootless: bool,
}

/// The text of /run/.containerenv: as with podman the mere file says "in a container", and only a privileged
/// container (toolbox, distrobox) is told more.
pub fn container_env(privileged: Option<&ContainerEnv<'_>>) -> String {
    let Some(env) = privileged else { return String::new() };
    format!(
        "engine=\"rctr-{}\"\nname=\"{}\"\nid=\"{}\"\nimage=\"{}\"\nimageid=\"{}\"\nrootless={}\n",
        env!("CARGO_PKG_VERSION"),
        env.name,
        env.id,
        env.image,
        env.image_id,
        u8::from(env.rootless),
    )
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
