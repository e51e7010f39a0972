//! What `cp` means: which side is which, and where a copy comes to lie (podman-cp(1), "DESCRIPTION").

use std::path::PathBuf;

use crate::model::files_request::CopyEnd;

/// Reads one argument of `cp`: `CONTAINER:PATH`, a path of the host, or `-`. What begins with a dot or a slash is always a
/// path of the host (podman's rule).
///
/// # Errors
/// A container's path that is empty or no UTF-8.
pub fn parse_end(word: &std::ffi::OsStr) -> Result<CopyEnd, String> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = word.as_bytes();
    if matches!(bytes, b"-" | b"/dev/stdin" | b"/dev/stdout") {
        return Ok(CopyEnd::Stream);
    }
    let colon = bytes.iter().position(|b| *b == b':').filter(|_| !matches!(bytes[0], b'.' | b'/'));
    let Some(colon) = colon else {
        if bytes.is_empty() {
            return Err("a path is empty".to_owned());
        }
        return Ok(CopyEnd::Host(PathBuf::from(word)));
    };
    let text = |part: &[u8]| std::str::from_utf8(part).map(str::to_owned);
    match (text(&bytes[..colon]), text(&bytes[colon + 1..])) {
        (Ok(name), Ok(path)) if !name.is_empty() && !path.is_empty() && !path.contains('\0') => {
            Ok(CopyEnd::Container { name, path })
        }
        (Err(_), _) | (_, Err(_)) => Err(format!("{word:?} is no UTF-8")),
        _ => Err(format!("invalid argument {word:?}: want CONTAINER:PATH, or ./PATH for a path of the host")),
    }
}

/// Makes sure that the two ends go together.
///
/// # Errors
/// None of them, or `-` for both, is a container's.
pub fn check_ends(source: &CopyEnd, destination: &CopyEnd) -> Result<(), String> {
    let inside = |end: &CopyEnd| matches!(end, CopyEnd::Container { .. });
    if inside(source) || inside(destination) {
        return Ok(());
    }
    Err("one of the two must be CONTAINER:PATH".to_owned())
}

/// Is the content of a directory meant, and not the directory: `dir/.` and everything that has no name of its own?
pub fn means_content(path: &[u8]) -> bool {
    matches!(path.rsplit(|b| *b == b'/').next(), Some(b"." | b"..")) || path.iter().all(|b| *b == b'/')
}

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A file, or anything else that is no directory.
    File,
    /// A directory.
    Directory,
    /// What is in a directory.
    Content,
    /// Whatever a tar on stdin holds.
    Stream,
}

/// What stands at the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// A directory.
    Directory,
    /// Something else.
    File,
    /// Nothing, in a directory that is there.
    Nothing,
}

/// Where it comes to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// In the directory at the destination, under its own name.
    Inside,
    /// In the directory at the destination, without a name of its own.
    Content,
    /// At the destination, under the name that stands there.
    At,
}

/// podman's table.
///
/// # Errors
/// podman's words.
pub fn place(what: What, there: There) -> Result<Lie, &'static str> {
    Ok(match (what, there) {
        (What::File | What::Directory, There::Directory) => Lie::Inside,
        (What::Content | What::Stream, There::Directory) => Lie::Content,
        (What::File, There::File | There::Nothing) => Lie::At,
        (What::Directory | What::Content, There::Nothing) => Lie::At,
        (What::Directory | What::Content, There::File) => {
            return Err("destination must be a directory when copying a directory");
        }
        (What::Stream, There::File | There::Nothing) => {
            return Err("destination must be a directory when copying from stdin");
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        let inside = |name: &str, path: &str| CopyEnd::Container { name: name.into(), path: path.into() };
        for (word, want) in [
            ("-", Some(CopyEnd::Stream)),
            ("/dev/stdout", Some(CopyEnd::Stream)),
            ("web:/etc", Some(inside("web", "/etc"))),
            ("web:etc:x", Some(inside("web", "etc:x"))),
            ("./a:b", Some(CopyEnd::Host("./a:b".into()))),
            ("/a:b", Some(CopyEnd::Host("/a:b".into()))),
            ("dir", Some(CopyEnd::Host("dir".into()))),
            ("web:", None),
            (":/x", None),
            ("", None),
        ] {
            assert_eq!(parse_end(word.as_ref()).ok(), want, "{word}");
        }
        let (host, stream) = (CopyEnd::Host("x".into()), CopyEnd::Stream);
        assert!(check_ends(&host, &stream).is_err() && check_ends(&stream, &stream).is_err());
        assert!(
            check_ends(&host, &inside("a", "b")).is_ok() && check_ends(&inside("a", "b"), &stream).is_ok()
        );
    }

    #[test]
    fn what_has_no_name_is_content() {
        for (path, content) in [
            ("/", true),
            ("dir/.", true),
            (".", true),
            ("..", true),
            ("dir/..", true),
            ("///", true),
            ("dir", false),
            ("dir/", false),
            ("/dir", false),
            (".dir", false),
            ("a/.b", false),
        ] {
            assert_eq!(means_content(path.as_bytes()), content, "{path}");
        }
    }

    #[test]
    fn podmans_table() {
        use {Lie as L, There as T, What as W};
        for (what, there, want) in [
            (W::File, T::Nothing, Some(L::At)),
            (W::File, T::File, Some(L::At)),
            (W::File, T::Directory, Some(L::Inside)),
            (W::Directory, T::Nothing, Some(L::At)),
            (W::Directory, T::File, None),
            (W::Directory, T::Directory, Some(L::Inside)),
            (W::Content, T::Nothing, Some(L::At)),
            (W::Content, T::File, None),
            (W::Content, T::Directory, Some(L::Content)),
            (W::Stream, T::Directory, Some(L::Content)),
            (W::Stream, T::File, None),
            (W::Stream, T::Nothing, None),
        ] {
            assert_eq!(place(what, there).ok(), want, "{what:?} {there:?}");
        }
    }
}
