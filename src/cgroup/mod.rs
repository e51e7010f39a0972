//! cgroups of containers: what is delegated to us, scopes of the user's systemd over D-Bus, cgroups below one that is ours
//! already, and the files of a cgroup. Decides no policy: what a limit that cannot be kept means is the caller's matter.

pub mod dbus;
mod error;
mod group;
mod site;
mod systemd;

pub use error::CgroupError;
pub use group::{Cgroup, Usage};
pub use site::{MOUNT, Site, controllers, own_path};
pub use systemd::{Scope, attach, start_scope};
