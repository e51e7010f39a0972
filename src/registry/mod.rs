//! Registries: a blocking client of the OCI distribution specification, and what is configured of registries on this
//! machine. The only room that speaks HTTP and TLS. It hands out bytes that are what their digest says, and knows neither
//! the store nor what a manifest means.
//!
//! Everything that an answer says is a stranger's word: lengths are bounded, redirects get no secrets, and nothing waits
//! without an end.

pub mod auth_file;
mod blob;
mod body;
mod certs;
pub(crate) mod challenge;
mod client;
mod conf;
mod credentials;
mod error;
mod helper;
mod http;
mod listing;
mod proxy;
mod retry;
mod token;
mod upload;
pub(crate) mod url;

pub use auth_file::Credentials;
pub use blob::BlobReader;
pub use body::Content;
pub use client::{Client, RawManifest, Settings};
pub use conf::{Endpoint, Registries};
pub use credentials::CredentialPlaces;
pub use error::RegistryError;
pub use listing::FoundRepository;
pub use retry::RetryPolicy;
pub use upload::Upload;
