//! The part of the loop that speaks with those who are attached.

use std::os::fd::AsFd;

use super::{Attendant, Container, Relay, let_go};
use crate::engine::Failure;
use crate::monitor::client::Client;
use crate::monitor::protocol::Message;
use crate::monitor::socket;
use crate::sys::{packet, process};

impl Relay {
    /// Somebody has come to the socket.
    pub(super) fn welcome(&mut self) {
        if let Some(socket) = self.listener.as_ref().and_then(|listener| socket::accept(listener.as_fd())) {
            self.clients.push(Client::joined(socket));
        }
    }

    pub(super) fn hear_client(
        &mut self,
        index: usize,
        container: &mut Container,
        attendant: &mut dyn Attendant,
    ) -> Result<(), Failure> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let heard = packet::receive(self.clients[index].as_fd(), &mut buffer);
        match heard {
            Ok((length @ 1.., _)) => {
                self.obey(index, Message::decode(&buffer[..length]), container, attendant)?
            }
            _ => self.leave(index, container),
        }
        self.buffer = buffer;
        Ok(())
    }

    fn obey(
        &mut self,
        index: usize,
        message: Option<Message<'_>>,
        container: &mut Container,
        attendant: &mut dyn Attendant,
    ) -> Result<(), Failure> {
        let stdio = &mut container.stdio;
        match message {
            Some(Message::Attach) => {
                self.clients[index].hears = true;
                if container.sync.is_none() {
                    let mut packet = Vec::new();
                    Message::Started(u32::try_from(container.pid).unwrap_or_default()).encode(&mut packet);
                    self.clients[index].gone |= !self.clients[index].say(&packet);
                }
            }
            Some(Message::Start) => {
                if container.sync.is_some() {
                    // As if it had made it: its stdin is the container's, and all output comes to it.
                    self.clients[index].primary = true;
                    let_go(container);
                } else {
                    let mut packet = Vec::new();
                    Message::Started(u32::try_from(container.pid).unwrap_or_default()).encode(&mut packet);
                    self.clients[index].gone |= !self.clients[index].say(&packet);
                }
            }
            Some(Message::Detach) => self.clients[index].detached = true,
            Some(Message::Stdin(data)) if stdio.stdin.is_some() || container.sync.is_some() => {
                self.input.push(data, stdio);
            }
            Some(Message::StdinClosed) => self.input.close(stdio),
            // Of a terminal nothing is closed: it still is the container's. Nor is what others still read.
            Some(Message::ReaderGone(stream)) if !stdio.terminal && self.heard_by_one() => match stream {
                1 => stdio.stdout = None,
                _ => stdio.stderr = None,
            },
            Some(Message::Resize { rows, columns }) => self.input.resize(stdio, rows, columns),
            Some(Message::Signal(signal)) => {
                // A container that has just ended needs no signal.
                let _ = process::pidfd_signal(container.pidfd.as_fd(), signal);
            }
            Some(Message::CheckHealth) => {
                // Without a schedule (`update` has just taken it away) nothing will ever be known.
                self.clients[index].gone |= self.schedule.is_none();
                self.clients[index].asks_health = true;
                if self.schedule.as_ref().is_some_and(|schedule| schedule.running().is_none()) {
                    self.begin_check(container, attendant);
                }
            }
            Some(Message::Namespace(kind)) => {
                let client = &mut self.clients[index];
                client.gone |= match attendant.namespace(kind) {
                    Some(namespace) => client.hand(kind, namespace).is_err(),
                    None => true,
                };
            }
            Some(Message::Reload) => {
                let health = attendant.reload();
                if health != container.health {
                    container.health.clone_from(&health);
                    // Of one that does not run yet it begins with its start.
                    if container.sync.is_none() {
                        self.set_health(health, attendant);
                    }
                }
                let mut packet = Vec::new();
                Message::Exited(0).encode(&mut packet);
                self.clients[index].gone |= !self.clients[index].say(&packet);
            }
            // No version of rctr says anything else here.
            _ => {}
        }
        Ok(())
    }

    fn heard_by_one(&self) -> bool {
        self.clients.iter().filter(|client| client.hears).count() <= 1
    }

    /// A client has gone. With the one that started the container goes its stdin, unless it said that it only leaves.
    pub(super) fn leave(&mut self, index: usize, container: &mut Container) {
        let client = &mut self.clients[index];
        let closes = client.primary && !client.detached && !client.gone;
        client.gone = true;
        if closes {
            // Where nobody types any more, a terminal is left alone, too.
            if !container.stdio.terminal {
                self.input.close(&mut container.stdio);
            }
        }
    }

    /// Tells those who are attached something for their user.
    pub fn notice(&mut self, text: &str) {
        self.tell(&Message::Notice(text.as_bytes()));
    }

    /// Lets those go who wait for a health check that does not come any more.
    pub(super) fn disappoint(&mut self) {
        for client in &mut self.clients {
            client.gone |= client.asks_health;
        }
    }

    /// Says it to everybody who is attached.
    pub(super) fn tell(&mut self, message: &Message<'_>) {
        let mut packet = Vec::new();
        message.encode(&mut packet);
        for client in self.clients.iter_mut().filter(|client| client.primary || client.hears) {
            client.gone |= !client.say(&packet);
        }
    }
}
