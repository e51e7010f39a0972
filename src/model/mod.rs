//! Plain data, shared by every room. No I/O, no clock, no environment.

pub mod container_id;
pub mod container_request;
pub mod digest;
pub mod exec_request;
pub mod health;
pub mod host;
pub mod idmap;
pub mod image;
pub mod image_request;
pub mod lifecycle;
pub mod mount;
pub mod nearest;
pub mod pause_record;
pub mod process_request;
pub mod process_table;
pub mod reference;
pub mod request;
pub mod run_request;
pub mod seccomp;
pub mod spec;
pub mod state;
pub mod units;

pub use container_id::ContainerId;
pub use digest::Digest;
pub use health::{HealthCheck, HealthRecord, HealthStatus};
pub use host::HostFacts;
pub use idmap::{IdMapSpec, IdRange, MapWriter};
pub use image::{ImageConfig, ResolvedImage};
pub use lifecycle::{HealthAction, HealthSpec, LogDriver, LogSpec, RestartPolicy};
pub use mount::{MountKind, MountOptions, MountSpec, Propagation};
pub use nearest::nearest;
pub use reference::Reference;
pub use request::{GlobalOptions, LogLevel, Request};
pub use run_request::RunRequest;
pub use spec::ContainerSpec;
pub use state::{ContainerState, Status};
