//! Where an image is: the transports of containers-transports(5), as `pull` takes them.

use std::path::PathBuf;

use super::SpecError;

/// A place that an image is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A name; with `docker://` it is whole, without it may be a short one.
    Registry {
        /// The name.
        name: String,
        /// `docker://` stood before it.
        whole: bool,
    },
    /// An archive, or a directory with an image in it.
    Local {
        /// The file or directory.
        path: PathBuf,
        /// Which of its images, by name.
        image: Option<String>,
    },
}

impl Transport {
    /// Reads what the user typed.
    ///
    /// # Errors
    /// [`SpecError::Flag`] for a transport that is not supported, or one without a path.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let bad = |why: &str| SpecError::flag("image", text, why);
        if let Some(name) = text.strip_prefix("docker://") {
            return Ok(Self::Registry { name: name.to_owned(), whole: true });
        }
        let Some((transport, rest)) = text.split_once(':') else {
            return Ok(Self::Registry { name: text.to_owned(), whole: false });
        };
        let local = |rest: &str, named: bool| {
            let (path, image) = match rest.split_once(':') {
                Some((path, image)) if named => (path, Some(image.to_owned()).filter(|i| !i.is_empty())),
                _ => (rest, None),
            };
            if path.is_empty() {
                return Err(bad("want a path after the transport"));
            }
            Ok(Self::Local { path: path.into(), image })
        };
        match transport {
            "dir" => local(rest, false),
            "oci" | "oci-archive" | "docker-archive" => local(rest, true),
            "docker" | "containers-storage" | "docker-daemon" | "ostree" | "sif" | "tarball" | "atomic" => {
                Err(bad(
                    "images come from docker://, oci:, oci-archive:, docker-archive: and dir:, or a registry's name",
                ))
            }
            _ => Ok(Self::Registry { name: text.to_owned(), whole: false }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transports_are_told_from_names() {
        let local = |path: &str, image: Option<&str>| {
            Some(Transport::Local { path: path.into(), image: image.map(str::to_owned) })
        };
        let named = |name: &str, whole| Some(Transport::Registry { name: name.to_owned(), whole });
        for (text, want) in [
            ("busybox", named("busybox", false)),
            ("busybox:1", named("busybox:1", false)),
            ("localhost:5000/a", named("localhost:5000/a", false)),
            ("docker://busybox", named("busybox", true)),
            ("oci:/a/b", local("/a/b", None)),
            ("oci:/a/b:app:1", local("/a/b", Some("app:1"))),
            ("oci-archive:x.tar:", local("x.tar", None)),
            ("docker-archive:x.tar:app", local("x.tar", Some("app"))),
            ("dir:/a:b", local("/a:b", None)),
            ("oci:", None),
            ("docker-daemon:x", None),
            ("docker:x", None),
        ] {
            assert_eq!(Transport::parse(text).ok(), want, "{text}");
        }
    }
}
