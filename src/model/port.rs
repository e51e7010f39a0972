//! Published ports: what a container listens on, and where the host listens for it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// What is forwarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Connections.
    #[default]
    Tcp,
    /// Datagrams.
    Udp,
}

impl Protocol {
    /// As it is written after a port.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Ports next to each other, at least one; the last is at most 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// The first one, never 0.
    first: u16,
    /// The last one, not below the first.
    last: u16,
}

impl PortRange {
    /// None where these are no range: 0 is no port, and the last is not below the first.
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (first > 0 && first <= last).then_some(Self { first, last })
    }

    /// The first port.
    pub fn first(self) -> u16 {
        self.first
    }

    /// The last port.
    pub fn last(self) -> u16 {
        self.last
    }

    /// How many ports these are: 1 to 65535.
    pub fn count(self) -> u16 {
        self.last - self.first + 1
    }

    /// Have the two a port in common?
    pub fn meets(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Every port.
    pub fn ports(self) -> std::ops::RangeInclusive<u16> {
        self.first..=self.last
    }
}

/// `80`, or `80-90`.
impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count() {
            1 => write!(f, "{}", self.first),
            _ => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

/// Ports of a container, as EXPOSE and `--expose` have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExposedPorts {
    /// Which.
    pub ports: PortRange,
    /// Of what.
    pub protocol: Protocol,
}

/// `80/tcp`, or `80-90/udp`.
impl fmt::Display for ExposedPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ports, self.protocol)
    }
}

/// Where the host is to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPorts {
    /// On any free ports.
    Random,
    /// On these, one for each of the container's.
    These(PortRange),
    /// On one of these that is free, for a single port of the container.
    OneOf(PortRange),
}

impl HostPorts {
    /// Those that will be taken for certain.
    pub fn certain(self) -> Option<PortRange> {
        match self {
            Self::These(ports) => Some(ports),
            Self::Random | Self::OneOf(_) => None,
        }
    }
}

/// One `--publish`, or what `--publish-all` makes of an exposed port; which ports of the host these are may still be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishRequest {
    /// The host's address; none is every one of both families.
    pub host_ip: Option<IpAddr>,
    /// The host's ports.
    pub host: HostPorts,
    /// The container's ports.
    pub container: ExposedPorts,
}

/// Ports that are published: everything decided. The names in JSON are podman's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortMapping {
    /// The host's address; none (an empty text in JSON) is every one of both families.
    #[serde(with = "address_or_empty")]
    pub host_ip: Option<IpAddr>,
    /// The container's first port.
    pub container_port: u16,
    /// The host's first port.
    pub host_port: u16,
    /// How many, each the next one on both sides.
    pub range: u16,
    /// Of what.
    pub protocol: Protocol,
}

impl PortMapping {
    /// Each pair of ports: the host's and the container's.
    pub fn pairs(&self) -> impl Iterator<Item = (u16, u16)> + use<> {
        let (host, container) = (self.host_port, self.container_port);
        // What a record says is not trusted to stay below 65536.
        (0..self.range).map_while(move |n| Some((host.checked_add(n)?, container.checked_add(n)?)))
    }
}

/// As `ps` shows it: `0.0.0.0:8000-8002->80-82/tcp`.
impl fmt::Display for PortMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host_ip {
            None => f.write_str("0.0.0.0:")?,
            Some(IpAddr::V4(ip)) => write!(f, "{ip}:")?,
            Some(IpAddr::V6(ip)) => write!(f, "[{ip}]:")?,
        }
        let more = self.range.saturating_sub(1);
        let range = |first: u16| PortRange { first, last: first.saturating_add(more) };
        write!(f, "{}->{}/{}", range(self.host_port), range(self.container_port), self.protocol)
    }
}

/// An address as text, where none is an empty one.
mod address_or_empty {
    use std::net::IpAddr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(ip: &Option<IpAddr>, to: S) -> Result<S::Ok, S::Error> {
        match ip {
            Some(ip) => to.collect_str(ip),
            None => to.serialize_str(""),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<IpAddr>, D::Error> {
        match String::deserialize(from)?.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(host_ip: Option<&str>, host_port: u16, container_port: u16, range: u16) -> PortMapping {
        let host_ip = host_ip.map(|ip| ip.parse().unwrap());
        PortMapping { host_ip, container_port, host_port, range, protocol: Protocol::Tcp }
    }

    #[test]
    fn shown_as_podman_does() {
        for (mapping, want) in [
            (mapping(None, 8080, 80, 1), "0.0.0.0:8080->80/tcp"),
            (mapping(Some("127.0.0.1"), 8000, 80, 3), "127.0.0.1:8000-8002->80-82/tcp"),
            (mapping(Some("::1"), 53, 53, 1), "[::1]:53->53/tcp"),
        ] {
            assert_eq!(mapping.to_string(), want);
        }
    }

    #[test]
    fn kept_as_podman_does() {
        for (ip, text) in [(None, ""), (Some("fd00::1"), "fd00::1")] {
            let mapping = mapping(ip, 8080, 80, 2);
            let json = serde_json::to_value(&mapping).unwrap();
            let want = serde_json::json!({
                "host_ip": text, "container_port": 80, "host_port": 8080, "range": 2, "protocol": "tcp",
            });
            assert_eq!(json, want);
            assert_eq!(serde_json::from_value::<PortMapping>(json).unwrap(), mapping);
        }
        let bad = serde_json::json!({
            "host_ip": "x", "container_port": 80, "host_port": 8080, "range": 1, "protocol": "tcp",
        });
        assert!(serde_json::from_value::<PortMapping>(bad).is_err());
    }

    #[test]
    fn a_record_that_goes_too_far_ends_at_the_last_port() {
        assert_eq!(mapping(None, 65_534, 80, 9).pairs().collect::<Vec<_>>(), [(65_534, 80), (65_535, 81)]);
    }

    #[test]
    fn ranges() {
        for (first, last) in [(0, 0), (0, 5), (5, 4)] {
            assert_eq!(PortRange::new(first, last), None);
        }
        let range = |first, last| PortRange::new(first, last).unwrap();
        assert_eq!(range(1, 65_535).count(), 65_535);
        assert!(range(80, 90).meets(range(90, 95)) && range(80, 90).meets(range(1, 65_535)));
        assert!(!range(80, 90).meets(range(91, 95)));
    }
}
