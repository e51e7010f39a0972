//! The part of an image's configuration that decides how a container of it runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::spec::ImageOrigin;
use serde::{Deserialize, Serialize};

/// The `config` object of an OCI image configuration (image-spec config.md, "Properties").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageConfig {
    /// `USER`: name, number, `user:group`; empty is root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// `KEY=value` in the order of the image.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// `ENTRYPOINT`; absent and empty mean the same.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// `CMD`.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// `WORKDIR`; empty is `/`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// `LABEL`.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// `VOLUME`: the keys are paths.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, serde_json::Value>,
    /// `EXPOSE`: the keys are `port/proto`.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub exposed_ports: BTreeMap<String, serde_json::Value>,
    /// `STOPSIGNAL`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// `ONBUILD` (docker's).
    #[serde(deserialize_with = "null_default", skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
    /// `HEALTHCHECK` (docker's).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<ImageHealthcheck>,
}

/// An image's HEALTHCHECK; spans in nanoseconds, 0 is docker's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageHealthcheck {
    /// `["NONE"]`, `["CMD", …]`, `["CMD-SHELL", TEXT]`; empty is what the image below says.
    #[serde(deserialize_with = "null_default")]
    pub test: Vec<String>,
    /// Between two checks.
    pub interval: i64,
    /// For one check.
    pub timeout: i64,
    /// After the start, when failures do not count.
    pub start_period: i64,
    /// Between two checks in that time.
    pub start_interval: i64,
    /// Failures in a row.
    pub retries: i64,
}

/// An image found in the store, as far as making a container of it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedImage {
    /// Name and id.
    pub origin: ImageOrigin,
    /// Its unpacked layers, the topmost first.
    pub layers: Vec<PathBuf>,
    /// How it wants to run.
    pub config: ImageConfig,
}

/// Docker writes `null` where it means "none".
fn null_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_nulls_are_empty() {
        let text =
            r#"{"User":"web","Env":null,"Entrypoint":null,"Cmd":["sh"],"Volumes":null,"OnBuild":null}"#;
        let config: ImageConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.user, "web");
        assert_eq!(config.cmd, ["sh"]);
        assert!(config.env.is_empty() && config.entrypoint.is_empty() && config.volumes.is_empty());
    }
}
