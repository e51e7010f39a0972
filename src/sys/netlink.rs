//! The few rtnetlink(7) requests that a container's network needs, one after the other on one socket. They act on the
//! network namespace that the socket was made in.

use std::io;
use std::net::{IpAddr, Ipv6Addr};

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage};
use netlink_packet_route::link::{LinkFlags, LinkMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

use super::{Attempt, SysError};

/// The loopback device is the first of every network namespace.
const LOOPBACK: u32 = 1;

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
