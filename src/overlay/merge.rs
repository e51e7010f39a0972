//! The rules by which layers become one tree (Documentation/filesystems/overlayfs.rst). Pure: what a layer has is asked
//! for, never looked up here.

use std::collections::HashSet;

/// A layer by its place in the stack; [`UPPER`] is the one that is written to.
pub type Layer = u16;

/// The layer that takes all writes.
pub const UPPER: Layer = 0;

/// What one layer has under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Nothing: the layers below decide.
    Absent,
    /// A mark that there is nothing, whatever lies below.
    Whiteout,
    /// A directory: what lies below is merged into it, unless it is opaque.
    Directory,
    /// Anything else hides what lies below.
    Other,
}

/// What is asked of the layers about one name.
pub trait Look {
    /// Why a question could not be answered.
    type Error;

    /// What the layer has under the name.
    fn entry(&mut self, layer: Layer) -> Result<Entry, Self::Error>;

    /// Does the layer's directory of that name hide those below it?
    fn is_opaque(&mut self, layer: Layer) -> Result<bool, Self::Error>;
}

/// What a name stands for in the merged tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// Directories of these layers, the topmost first.
    Directory(Box<[Layer]>),
    /// The file of this layer.
    Other(Layer),
}

impl Merged {
    /// The layer whose attributes are shown.
    pub fn top(&self) -> Layer {
        match self {
            Self::Directory(layers) => layers.first().copied().unwrap_or(UPPER),
            Self::Other(layer) => *layer,
        }
    }
}

/// Finds what a name stands for below a directory that these layers have, the topmost first.
pub fn resolve<L: Look>(layers: &[Layer], look: &mut L) -> Result<Option<Merged>, L::Error> {
    let mut directories: Vec<Layer> = Vec::new();
    for &layer in layers {
        match look.entry(layer)? {
            Entry::Absent => {}
            Entry::Whiteout => break,
            Entry::Other if directories.is_empty() => return Ok(Some(Merged::Other(layer))),
            // A directory above hides a file below, and what lies under that.
            Entry::Other => break,
            Entry::Directory => {
                // Asked only where it matters: most directories have none below them.
                if let Some(above) = directories.last()
                    && look.is_opaque(*above)?
                {
                    break;
                }
                directories.push(layer);
            }
        }
    }
    Ok((!directories.is_empty()).then(|| Merged::Directory(directories.into())))
}

/// The names of a merged directory: its layers are added one after the other, the topmost first.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<Box<[u8]>>,
    last: bool,
}

impl Names {
    /// Nothing lies below the layer that comes now: its names need not be remembered.
    pub fn last_layer(&mut self) {
        self.last = true;
    }

    /// Is this name of a layer shown? A whiteout is not, and hides what lies below.
    pub fn shows(&mut self, name: &[u8], whiteout: bool) -> bool {
        if self.last {
            return !whiteout && !self.taken.contains(name);
        }
        if self.taken.contains(name) {
            return false;
        }
        self.taken.insert(name.into());
        !whiteout
    }
}

/// Whose attributes these are: the overlay's own begin like this (overlayfs.rst, "Non-standard behavior", `userxattr`).
const PRIVATE: &[u8] = b"user.overlay.";
/// What was set inside under such a name is kept under this one ("Nesting overlayfs mounts").
const ESCAPED: &[u8] = b"user.overlay.overlay.";

/// The name on disk of an attribute that is asked for inside.
pub fn attribute_on_disk(name: &[u8]) -> Vec<u8> {
    match name.strip_prefix(PRIVATE) {
        Some(rest) => [ESCAPED, rest].concat(),
        None => name.to_vec(),
    }
}

/// The name inside of an attribute on disk; none for the overlay's own.
pub fn attribute_inside(name: &[u8]) -> Option<Vec<u8>> {
    match (name.strip_prefix(ESCAPED), name.starts_with(PRIVATE)) {
        (Some(rest), _) => Some([PRIVATE, rest].concat()),
        (None, true) => None,
        (None, false) => Some(name.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// One letter a layer: `-` nothing, `w` whiteout, `d` directory, `o` opaque directory, `f` file.
    struct Stack(&'static [u8]);

    impl Look for Stack {
        type Error = Infallible;

        fn entry(&mut self, layer: Layer) -> Result<Entry, Infallible> {
            Ok(match self.0[usize::from(layer)] {
                b'-' => Entry::Absent,
                b'w' => Entry::Whiteout,
                b'd' | b'o' => Entry::Directory,
                _ => Entry::Other,
            })
        }

        fn is_opaque(&mut self, layer: Layer) -> Result<bool, Infallible> {
            Ok(self.0[usize::from(layer)] == b'o')
        }
    }

    fn found(stack: &'static str) -> String {
        let layers: Vec<Layer> = (0..stack.len() as Layer).collect();
        match resolve(&layers, &mut Stack(stack.as_bytes())).unwrap() {
            None => String::new(),
            Some(Merged::Other(layer)) => format!("f{layer}"),
            Some(Merged::Directory(layers)) => {
                layers.iter().fold("d".to_owned(), |text, layer| format!("{text}{layer}"))
            }
        }
    }

    #[test]
    fn lookups() {
        for (stack, want) in [
            ("", ""),
            ("---", ""),
            ("--f", "f2"),
            ("f-d", "f0"),
            ("w-f", ""),
            ("-wf", ""),
            ("-dw", "d1"),
            ("ddd", "d012"),
            ("d-d", "d02"),
            ("dwd", "d0"),
            ("dfd", "d0"),
            ("odd", "d0"),
            ("dod", "d01"),
            ("-od", "d1"),
            ("-dof", "d12"),
        ] {
            assert_eq!(found(stack), want, "{stack}");
        }
    }

    #[test]
    fn opaque_is_asked_for_only_where_something_lies_below() {
        struct Never;
        impl Look for Never {
            type Error = &'static str;
            fn entry(&mut self, layer: Layer) -> Result<Entry, Self::Error> {
                Ok([Entry::Directory, Entry::Absent, Entry::Other][usize::from(layer)])
            }
            fn is_opaque(&mut self, _: Layer) -> Result<bool, Self::Error> {
                Err("asked")
            }
        }
        assert_eq!(resolve(&[0, 1, 2], &mut Never), Ok(Some(Merged::Directory([0].into()))));
    }

    #[test]
    fn listings() {
        let mut names = Names::default();
        assert!(names.shows(b"new", false));
        assert!(!names.shows(b"gone", true));
        assert!(names.shows(b"both", false));
        names.last_layer();
        for (name, shown) in [(b"both".as_slice(), false), (b"gone", false), (b"old", true)] {
            assert_eq!(names.shows(name, false), shown, "{name:?}");
        }
        assert!(!names.shows(b"stray", true));
    }

    #[test]
    fn attributes() {
        for (inside, disk) in [
            ("user.overlay.opaque", "user.overlay.overlay.opaque"),
            ("user.overlay.overlay.x", "user.overlay.overlay.overlay.x"),
            ("user.mine", "user.mine"),
            ("security.capability", "security.capability"),
        ] {
            assert_eq!(attribute_on_disk(inside.as_bytes()), disk.as_bytes(), "{inside}");
            assert_eq!(attribute_inside(disk.as_bytes()).unwrap(), inside.as_bytes(), "{disk}");
        }
        assert_eq!(attribute_inside(b"user.overlay.opaque"), None);
        assert_eq!(attribute_inside(b"user.overlay.whiteout"), None);
    }
}
