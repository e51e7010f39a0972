//! The few rtnetlink(7) requests that a container's network needs, one after the other on one socket. They act on the
//! network namespace that the socket was made in.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage};
use netlink_packet_route::link::{LinkFlags, LinkMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::rule::{RuleAction, RuleAttribute, RuleMessage, RulePortRange};
use netlink_packet_route::{AddressFamily, IpProtocol, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

use super::{Attempt, SysError};

/// The loopback device is the first of every network namespace.
const LOOPBACK: u32 = 1;

/// Between the rule for the namespace's own addresses (0) and that for the main table (32766).
const RULE_PRIORITY: u32 = 100;

/// Ports that a server answers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyPorts {
    /// IPv6 instead of IPv4.
    pub ipv6: bool,
    /// UDP instead of TCP.
    pub udp: bool,
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

/// A conversation with the kernel about one network namespace.
pub struct Netlink {
    socket: Socket,
    sequence: u32,
}

impl Netlink {
    /// Opens it in the caller's network namespace.
    ///
    /// # Errors
    /// EPROTONOSUPPORT where a filter forbids netlink, EMFILE.
    pub fn open() -> Result<Self, SysError> {
        let what = || "open a netlink socket";
        let socket = Socket::new(NETLINK_ROUTE).attempt(what)?;
        socket.connect(&SocketAddr::new(0, 0)).attempt(what)?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Sets lo up.
    ///
    /// # Errors
    /// EPERM without CAP_NET_ADMIN over the namespace.
    pub fn loopback_up(&mut self) -> Result<(), SysError> {
        let mut link = LinkMessage::default();
        link.header.index = LOOPBACK;
        link.header.flags = LinkFlags::Up;
        link.header.change_mask = LinkFlags::Up;
        self.request(RouteNetlinkMessage::SetLink(link), 0).attempt(|| "set lo up")
    }

    /// Adds an IPv6 address that is used at once, without duplicate address detection. One that is there already is
    /// no error.
    ///
    /// # Errors
    /// EACCES where IPv6 is switched off for the device, EOPNOTSUPP where the kernel has none, ENODEV.
    pub fn add_ipv6(&mut self, device: u32, address: Ipv6Addr, prefix: u8) -> Result<(), SysError> {
        let mut message = AddressMessage::default();
        message.header.family = AddressFamily::Inet6;
        message.header.prefix_len = prefix;
        message.header.flags = AddressHeaderFlags::Nodad | AddressHeaderFlags::Permanent;
        message.header.index = device;
        message.attributes = vec![
            AddressAttribute::Local(IpAddr::V6(address)),
            AddressAttribute::Address(IpAddr::V6(address)),
        ];
        let result = self.request(RouteNetlinkMessage::NewAddress(message), NLM_F_CREATE | NLM_F_EXCL);
        unless_there(result).attempt(|| format!("add address {address}/{prefix}"))
    }

    /// Adds the IPv6 default route. One that is there already is no error.
    ///
    /// # Errors
    /// EHOSTUNREACH when the gateway is not on the device's link.
    pub fn add_default_ipv6(&mut self, device: u32, gateway: Ipv6Addr) -> Result<(), SysError> {
        let mut message = RouteMessage::default();
        message.header.address_family = AddressFamily::Inet6;
        message.header.table = RouteHeader::RT_TABLE_MAIN;
        message.header.protocol = RouteProtocol::Boot;
        message.header.scope = RouteScope::Universe;
        message.header.kind = RouteType::Unicast;
        message.attributes =
            vec![RouteAttribute::Gateway(RouteAddress::Inet6(gateway)), RouteAttribute::Oif(device)];
        let result = self.request(RouteNetlinkMessage::NewRoute(message), NLM_F_CREATE | NLM_F_EXCL);
        unless_there(result).attempt(|| format!("add a default route through {gateway}"))
    }

    /// Has the IPv4 routing table `table` take every destination for this namespace itself. Who answers from no address of its own
    /// choice answers from `source`: without that the kernel would choose the destination. One that is there already is no error.
    ///
    /// # Errors
    /// EINVAL when `source` is not an address of the namespace.
    pub fn take_all_ipv4(&mut self, table: u8, source: Ipv4Addr) -> Result<(), SysError> {
        self.take_all(
            AddressFamily::Inet,
            table,
            Some(RouteAttribute::PrefSource(RouteAddress::Inet(source))),
        )
    }

    /// The same for IPv6, where the kernel chooses a source that is its own by itself.
    ///
    /// # Errors
    /// EOPNOTSUPP or EAFNOSUPPORT where the kernel has no IPv6.
    pub fn take_all_ipv6(&mut self, table: u8) -> Result<(), SysError> {
        self.take_all(AddressFamily::Inet6, table, None)
    }

    fn take_all(
        &mut self,
        family: AddressFamily,
        table: u8,
        source: Option<RouteAttribute>,
    ) -> Result<(), SysError> {
        let mut message = RouteMessage::default();
        message.header.address_family = family;
        message.header.table = table;
        message.header.protocol = RouteProtocol::Boot;
        message.header.scope = RouteScope::Host;
        message.header.kind = RouteType::Local;
        message.attributes = vec![RouteAttribute::Oif(LOOPBACK)];
        message.attributes.extend(source);
        let result = self.request(RouteNetlinkMessage::NewRoute(message), NLM_F_CREATE | NLM_F_EXCL);
        unless_there(result).attempt(|| format!("add a local default route to table {table}"))
    }

    /// Routes what leaves these ports by `table`, before every other rule but the one for the namespace's own addresses. One
    /// that is there already is no error.
    ///
    /// # Errors
    /// EOPNOTSUPP or EAFNOSUPPORT where the kernel has no rules for the family.
    pub fn route_replies(&mut self, ports: &ReplyPorts, table: u8) -> Result<(), SysError> {
        let mut message = RuleMessage::default();
        message.header.family = if ports.ipv6 { AddressFamily::Inet6 } else { AddressFamily::Inet };
        message.header.table = table;
        message.header.action = RuleAction::ToTable;
        message.attributes = vec![
            RuleAttribute::Priority(RULE_PRIORITY),
            RuleAttribute::IpProtocol(if ports.udp { IpProtocol::Udp } else { IpProtocol::Tcp }),
            RuleAttribute::SourcePortRange(RulePortRange { start: ports.first, end: ports.last }),
        ];
        let result = self.request(RouteNetlinkMessage::NewRule(message), NLM_F_CREATE | NLM_F_EXCL);
        unless_there(result).attempt(|| format!("add a rule for the replies of {ports:?}"))
    }

    /// Sends one request and waits for the kernel's word on it, which comes before the call that sent it returns.
    fn request(&mut self, message: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        self.sequence += 1;
        let mut packet = NetlinkMessage::from(message);
        packet.header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        packet.header.sequence_number = self.sequence;
        packet.finalize();
        let mut buffer = vec![0; packet.buffer_len()];
        packet.serialize(&mut buffer);
        self.socket.send(&buffer, 0)?;
        let (answer, _) = self.socket.recv_from_full()?;
        let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(&answer)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
        match answer.payload {
            NetlinkPayload::Error(error) => match error.code {
                None => Ok(()),
                Some(_) => Err(error.to_io()),
            },
            other => Err(io::Error::other(format!("unexpected answer {other:?}"))),
        }
    }
}

fn unless_there(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// The number of a network device; none when there is no such device in this namespace.
pub fn device_index(name: &str) -> Option<u32> {
    nix::net::if_::if_nametoindex(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In a child, because unshare(CLONE_NEWUSER) wants a process with a single thread.
    fn in_own_namespace(work: fn(&mut Netlink)) {
        use nix::sched::{CloneFlags, unshare};
        match crate::sys::process::fork().unwrap() {
            Some(pid) => assert_eq!(crate::sys::process::wait(pid).unwrap(), 0),
            None => {
                let result = std::panic::catch_unwind(|| {
                    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).unwrap();
                    work(&mut Netlink::open().unwrap());
                });
                crate::sys::process::exit_now(i32::from(result.is_err()));
            }
        }
    }

    /// A socket that is bound to an address of somebody else, in the namespace of the server that it talks to: both find each
    /// other by the rule alone.
    #[test]
    fn replies_to_strangers_stay_inside() {
        use std::io::{Read, Write};
        use std::net::{SocketAddr, TcpListener, UdpSocket};

        use crate::sys::transparent;

        in_own_namespace(|netlink| {
            netlink.loopback_up().unwrap();
            netlink.add_ipv6(LOOPBACK, "fd00::100".parse().unwrap(), 64).unwrap();
            for _ in 0..2 {
                netlink.take_all_ipv4(100, Ipv4Addr::LOCALHOST).unwrap();
                netlink.take_all_ipv6(100).unwrap();
                for (ipv6, udp) in [(false, false), (false, true), (true, false), (true, true)] {
                    let ports = ReplyPorts { ipv6, udp, first: 70, last: 80 };
                    netlink.route_replies(&ports, 100).unwrap();
                }
            }
            for (client, server, any) in [
                ("203.0.113.9:40000", "127.0.0.1:80", "0.0.0.0:80"),
                ("[2001:db8::9]:40000", "[fd00::100]:80", "[::]:80"),
            ] {
                let (client, server): (SocketAddr, SocketAddr) =
                    (client.parse().unwrap(), server.parse().unwrap());
                let listener = TcpListener::bind(any).unwrap();
                let mut near = transparent::connect(client, server).unwrap();
                let (mut far, seen) = listener.accept().unwrap();
                assert_eq!(seen, client);
                far.write_all(b"a").unwrap();
                let mut byte = [0];
                near.read_exact(&mut byte).unwrap();

                let socket = UdpSocket::bind(any).unwrap();
                let near = transparent::datagrams(client, server).unwrap();
                near.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
                near.send(b"q").unwrap();
                let (_, seen) = socket.recv_from(&mut byte).unwrap();
                assert_eq!(seen, client);
                socket.send_to(b"r", seen).unwrap();
                assert_eq!(near.recv(&mut byte).unwrap(), 1);
            }
        });
    }

    #[test]
    fn loopback_goes_up_and_takes_an_address_once() {
        in_own_namespace(|netlink| {
            netlink.loopback_up().unwrap();
            let address: Ipv6Addr = "fd00::100".parse().unwrap();
            for _ in 0..2 {
                netlink.add_ipv6(LOOPBACK, address, 64).unwrap();
            }
            // Usable at once: neither "cannot assign" (tentative) nor "network unreachable" (down).
            std::net::UdpSocket::bind((address, 0)).unwrap().connect((address, 9)).unwrap();
            let error = netlink.add_default_ipv6(LOOPBACK, "fd00::2".parse().unwrap()).unwrap_err();
            assert_eq!(error.to_string(), "add a default route through fd00::2: no route to host");
            let error = netlink.add_ipv6(77, address, 64).unwrap_err();
            assert_eq!(error.to_string(), "add address fd00::100/64: no such device");
            assert_eq!((device_index("lo"), device_index("tap0")), (Some(1), None));
        });
    }
}
