//! Names of layer entries: cleaned and judged as text, before anything touches the disk.

use std::ffi::CStr;

use super::error::ImageError;

/// Longest cleaned path, in bytes: what one system call takes (path_resolution(7)).
pub const PATH_MAX: usize = 4095;
/// Longest single name.
const NAME_MAX: usize = 255;
/// What a whiteout's name begins with (image-spec layer.md, "Whiteouts").
const WHITEOUT: &[u8] = b".wh.";

/// A path below the layer's root: no empty, `.` or `..` component, no slash at either end. Empty is the root itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(Vec<u8>);

/// What an entry's name asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Something to be made here.
    Make(EntryPath),
    /// `.wh.NAME`: this path of the layers below is hidden.
    Whiteout(EntryPath),
    /// `.wh..wh..opq`: everything that the layers below have in this directory is hidden.
    Opaque(EntryPath),
    /// AUFS' own bookkeeping (`.wh..wh.plnk`, `.wh..wh.aufs` …), which docker passes over too.
    Bookkeeping,
}

impl EntryPath {
    /// Cleans a name. Absolute ones count from the layer's root, as docker takes them.
    ///
    /// # Errors
    /// [`ImageError::Entry`] for `..`, for names that are too long, and for NUL.
    pub fn clean(name: &[u8]) -> Result<Self, ImageError> {
        let refuse = |reason: String| Err(ImageError::entry(name, reason));
        let mut clean = Vec::with_capacity(name.len());
        for component in name.split(|b| *b == b'/') {
            match component {
                b"" | b"." => continue,
                b".." => return refuse("it climbs with \"..\"".to_owned()),
                long if long.len() > NAME_MAX => {
                    return refuse(format!("a name of {} bytes, at most {NAME_MAX}", long.len()));
                }
                _ => {}
            }
            if component.contains(&0) {
                return refuse("a NUL in its name".to_owned());
            }
            if !clean.is_empty() {
                clean.push(b'/');
            }
            clean.extend(component);
        }
        if clean.len() > PATH_MAX {
            return refuse(format!("a path of {} bytes, at most {PATH_MAX}", clean.len()));
        }
        Ok(Self(clean))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Is it the layer's root?
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Directory and last component; none for the root.
    pub fn split(&self) -> Option<(Self, &[u8])> {
        if self.is_root() {
            return None;
        }
        Some(match self.0.iter().rposition(|b| *b == b'/') {
            Some(slash) => (Self(self.0[..slash].to_vec()), &self.0[slash + 1..]),
            None => (Self(Vec::new()), &self.0),
        })
    }

    /// The path of something in this directory.
    pub fn join(&self, name: &CStr) -> Self {
        let slash: &[u8] = if self.is_root() { b"" } else { b"/" };
        Self([self.bytes(), slash, name.to_bytes()].concat())
    }

    /// Everything below this path lies between these two, the second excluded.
    pub fn below(&self) -> (Self, Self) {
        // '0' is the byte after '/'.
        (Self([self.bytes(), b"/"].concat()), Self([self.bytes(), b"0"].concat()))
    }
}

/// Cleans a name and finds what it asks for.
///
/// # Errors
/// As [`EntryPath::clean`]; whiteouts of nothing, of `.` and of `..`; a whiteout's name used as a directory.
pub fn judge(name: &[u8]) -> Result<Asked, ImageError> {
    let path = EntryPath::clean(name)?;
    let Some((parent, last)) = path.split() else { return Ok(Asked::Make(path)) };
    let mut components = parent.bytes().split(|b| *b == b'/');
    if components.clone().any(|c| c.starts_with(b".wh..wh.")) {
        return Ok(Asked::Bookkeeping);
    }
    if components.any(|c| c.starts_with(WHITEOUT)) {
        return Err(ImageError::entry(name, "it lies in a whiteout"));
    }
    let Some(hidden) = last.strip_prefix(WHITEOUT) else { return Ok(Asked::Make(path)) };
    match hidden {
        b".wh..opq" => Ok(Asked::Opaque(parent)),
        rest if rest.starts_with(WHITEOUT) => Ok(Asked::Bookkeeping),
        b"" | b"." | b".." => Err(ImageError::entry(name, "a whiteout that names nothing of its directory")),
        rest => Ok(Asked::Whiteout(EntryPath::clean(&[parent.bytes(), b"/", rest].concat())?)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn make(path: &str) -> Asked {
        Asked::Make(EntryPath(path.as_bytes().to_vec()))
    }

    #[test]
    fn names_are_cleaned() {
        for (name, clean) in [
            ("a/b", "a/b"),
            ("./a//b/", "a/b"),
            ("/etc/passwd", "etc/passwd"),
            ("///", ""),
            ("./", ""),
            ("a/./b/.", "a/b"),
            ("..a/b..", "..a/b.."),
            ("new\nline", "new\nline"),
        ] {
            assert_eq!(judge(name.as_bytes()).unwrap(), make(clean), "{name}");
        }
    }

    #[test]
    fn whiteouts_are_told_apart() {
        let path = |p: &str| EntryPath(p.as_bytes().to_vec());
        for (name, asked) in [
            ("a/.wh.b", Asked::Whiteout(path("a/b"))),
            (".wh.b", Asked::Whiteout(path("b"))),
            ("a/.wh..wh..opq", Asked::Opaque(path("a"))),
            (".wh..wh..opq", Asked::Opaque(path(""))),
            (".wh..wh.plnk", Asked::Bookkeeping),
            (".wh..wh.plnk/1.2", Asked::Bookkeeping),
            ("a/.wh..wh.aufs", Asked::Bookkeeping),
            ("a/.wh..hidden", Asked::Whiteout(path("a/.hidden"))),
        ] {
            assert_eq!(judge(name.as_bytes()).unwrap(), asked, "{name}");
        }
    }

    #[test]
    fn tricks_are_refused() {
        let long = "n".repeat(256);
        let deep = "d/".repeat(2500);
        for name in [
            "..",
            "../x",
            "a/../../x",
            "a/..",
            "/../x",
            ".wh.",
            ".wh..",
            ".wh...",
            "a/.wh..",
            ".wh.a/b",
            "a\0b",
            &long,
            &deep,
        ] {
            assert!(judge(name.as_bytes()).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_clean_path_never_climbs(name in proptest::collection::vec(prop_oneof![Just(b'/'), Just(b'.'), any::<u8>()], 0..40)) {
            if let Ok(path) = EntryPath::clean(&name) {
                prop_assert!(!path.bytes().starts_with(b"/") && !path.bytes().ends_with(b"/"));
                for component in path.bytes().split(|b| *b == b'/') {
                    prop_assert!(path.is_root() || !matches!(component, b"" | b"." | b".."));
                }
                prop_assert_eq!(EntryPath::clean(path.bytes()).unwrap(), path);
            }
        }
    }
}
