//! `--publish`, `--publish-all`, `--expose`, and what an image says with EXPOSE.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::SpecError;
use crate::model::port::{ExposedPorts, HostPorts, PortRange, Protocol, PublishRequest};

/// How many ports `--publish-all` takes for one container: each is a socket, and an image may expose all 65535.
const MOST_EXPOSED: u32 = 4096;

/// Reads `--publish`: `[[IP:][HOST]:]CONTAINER[/PROTOCOL]`, where HOST and CONTAINER are ports or ranges of them.
pub fn parse(text: &str) -> Result<PublishRequest, SpecError> {
    publish(text).map_err(|why| SpecError::flag("--publish", text, why))
}

/// Reads `--expose`: `PORT[-PORT][/PROTOCOL]`.
pub fn parse_expose(text: &str) -> Result<ExposedPorts, SpecError> {
    exposed(text).map_err(|why| SpecError::flag("--expose", text, why))
}

/// Reads a key of the image's `ExposedPorts`, which is an EXPOSE of its Dockerfile.
pub fn parse_image(text: &str) -> Result<ExposedPorts, SpecError> {
    exposed(text).map_err(|why| {
        let text: String = text.chars().take(200).collect();
        SpecError::Image { field: "EXPOSE", why: format!("{text:?}: {why}") }
    })
}

/// Everything that is to be published: what was asked for, and with `all` what is exposed and was not asked for. Two that want
/// one port of the host, and one that is there twice, are refused: the second of them would never be reached.
pub fn collect(
    asked: &[PublishRequest],
    exposed: &BTreeSet<ExposedPorts>,
    all: bool,
) -> Result<Vec<PublishRequest>, SpecError> {
    for (n, request) in asked.iter().enumerate() {
        if let Some(other) = asked[..n].iter().find(|other| clash(request, other)) {
            return Err(SpecError::flag("--publish", &show(request), conflict(request, other)));
        }
    }
    let mut requests = asked.to_vec();
    if !all {
        return Ok(requests);
    }
    let count: u32 = exposed.iter().map(|exposed| u32::from(exposed.ports.count())).sum();
    if count > MOST_EXPOSED {
        let why = format!("{count} ports are exposed, and at most {MOST_EXPOSED} are published at random");
        return Err(SpecError::flag("--publish-all", "true", why));
    }
    let mut taken: BTreeSet<(Protocol, u16)> = asked
        .iter()
        .flat_map(|request| request.container.ports.ports().map(|port| (request.container.protocol, port)))
        .collect();
    for ExposedPorts { ports, protocol } in exposed {
        for port in ports.ports().filter(|port| taken.insert((*protocol, *port))) {
            let container =
                ExposedPorts { ports: PortRange::new(port, port).unwrap_or(*ports), protocol: *protocol };
            requests.push(PublishRequest { host_ip: None, host: HostPorts::Random, container });
        }
    }
    Ok(requests)
}

/// Would both listen on one port of the host, or are they the same?
fn clash(one: &PublishRequest, other: &PublishRequest) -> bool {
    if one.container.protocol != other.container.protocol {
        return false;
    }
    match (one.host.certain(), other.host.certain()) {
        (Some(a), Some(b)) => a.meets(b) && addresses_meet(one.host_ip, other.host_ip),
        _ => one == other && matches!(one.host, HostPorts::OneOf(_)),
    }
}

/// bind(2): an unspecified address is every one of its family, and none is every one of both.
fn addresses_meet(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    one == other || one.is_ipv4() == other.is_ipv4() && (one.is_unspecified() || other.is_unspecified())
}

fn conflict(one: &PublishRequest, other: &PublishRequest) -> String {
    match one == other {
        true => "it is there twice".to_owned(),
        // podman's words, up to the number.
        false => {
            let port = |range: PortRange| range.first();
            let (a, b) = (one.host.certain().map(port), other.host.certain().map(port));
            let protocol = one.container.protocol;
            let first = a.max(b).unwrap_or_default();
            format!(
                "conflicting port mappings for host port {first} (protocol {protocol}): {} wants it, too",
                show(other)
            )
        }
    }
}

/// As the user would write it.
fn show(request: &PublishRequest) -> String {
    let ip = match request.host_ip {
        None => String::new(),
        Some(IpAddr::V4(ip)) => format!("{ip}:"),
        Some(IpAddr::V6(ip)) => format!("[{ip}]:"),
    };
    let host = match request.host {
        HostPorts::Random => String::new(),
        HostPorts::These(ports) | HostPorts::OneOf(ports) => ports.to_string(),
    };
    format!("{ip}{host}:{}", request.container)
}

fn publish(text: &str) -> Result<PublishRequest, String> {
    let (ports, protocol) = protocol(text)?;
    let (ip, rest) = match ports.strip_prefix('[') {
        Some(rest) => {
            let (ip, rest) = rest.split_once(']').ok_or("there is no ] after the address")?;
            let ip: std::net::Ipv6Addr =
                ip.parse().map_err(|_| format!("cannot parse {ip:?} as an IPv6 address"))?;
            let rest = rest.strip_prefix(':').ok_or("want [IP]:[HOST]:CONTAINER")?;
            (Some(IpAddr::V6(ip)), rest)
        }
        None => (None, ports),
    };
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let (ip, host, container) = match (ip, parts.as_slice()) {
        (None, [container]) => (None, "", *container),
        (ip, [host, container]) => (ip, *host, *container),
        (None, ["", _, _]) => return Err("there is a colon, and no address before it".to_owned()),
        (None, [ip, host, container]) => {
            let ip: std::net::Ipv4Addr =
                ip.parse().map_err(|_| format!("cannot parse {ip:?} as an IP address"))?;
            (Some(IpAddr::V4(ip)), *host, *container)
        }
        (Some(_), _) => return Err("want [IP]:[HOST]:CONTAINER".to_owned()),
        _ => return Err("too many colons; an IPv6 address goes in brackets, as in [::1]:8080:80".to_owned()),
    };
    if container.is_empty() {
        return Err("want the port of the container".to_owned());
    }
    let container = range(container)?;
    let host = match host {
        "" | "0" => HostPorts::Random,
        text => {
            let host = range(text)?;
            match (host.count(), container.count()) {
                (a, b) if a == b => HostPorts::These(host),
                (_, 1) => HostPorts::OneOf(host),
                (a, b) => {
                    return Err(format!("host and container port ranges have different lengths: {a} vs {b}"));
                }
            }
        }
    };
    Ok(PublishRequest { host_ip: ip, host, container: ExposedPorts { ports: container, protocol } })
}

fn exposed(text: &str) -> Result<ExposedPorts, String> {
    let (ports, protocol) = protocol(text)?;
    Ok(ExposedPorts { ports: range(ports)?, protocol })
}

/// What comes before the protocol, and that; TCP where it is not said.
fn protocol(text: &str) -> Result<(&str, Protocol), String> {
    let Some((ports, name)) = text.split_once('/') else { return Ok((text, Protocol::Tcp)) };
    match name.to_ascii_lowercase().as_str() {
        "tcp" => Ok((ports, Protocol::Tcp)),
        "udp" => Ok((ports, Protocol::Udp)),
        "sctp" => Err("sctp cannot be forwarded without root: tcp and udp can".to_owned()),
        _ if name.contains('/') => Err("protocol can only be specified once".to_owned()),
        _ => Err(format!("unknown protocol {name:?}: want tcp or udp")),
    }
}

/// `80` or `80-90`.
fn range(text: &str) -> Result<PortRange, String> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (port(first)?, port(last)?),
        None => (port(text)?, port(text)?),
    };
    PortRange::new(first, last).ok_or_else(|| format!("the port range {text:?} ends before it starts"))
}

/// Digits only: `+80` is a number for Rust, and no port.
fn port(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits {
        return Err(format!("{text:?} is not a port"));
    }
    match text.parse() {
        Ok(port @ 1..) => Ok(port),
        _ => Err(format!("port numbers must be between 1 and 65535 (inclusive), got {text}")),
    }
}

#[cfg(test)]
#[path = "ports_tests.rs"]
mod tests;
