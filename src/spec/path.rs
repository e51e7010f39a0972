//! Paths inside a container as text: made absolute and cleaned, with no look at any file system.

/// An absolute path without `.`, `..`, double or trailing slashes. `..` at the root stays there. A relative path
/// counts from /.
pub fn clean(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// How deep a cleaned path is: 0 for the root.
pub fn depth(clean: &str) -> usize {
    clean.split('/').filter(|part| !part.is_empty()).count()
}

/// Is `path` equal to `top` or below it? Both cleaned.
pub fn is_within(path: &str, top: &str) -> bool {
    top == "/" || path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (text, want, deep) in [
            ("/", "/", 0),
            ("", "/", 0),
            ("/a", "/a", 1),
            ("a", "/a", 1),
            ("/a/", "/a", 1),
            ("//a///b", "/a/b", 2),
            ("/a/./b/.", "/a/b", 2),
            ("/a/../b", "/b", 1),
            ("/../../etc", "/etc", 1),
            ("../x", "/x", 1),
            ("/a/b/../..", "/", 0),
            ("/a/...", "/a/...", 2),
        ] {
            assert_eq!(clean(text), want, "{text}");
            assert_eq!(depth(&clean(text)), deep, "{text}");
        }
    }

    #[test]
    fn within() {
        for (path, top, want) in [
            ("/a/b", "/a", true),
            ("/a", "/a", true),
            ("/ab", "/a", false),
            ("/a", "/a/b", false),
            ("/a", "/", true),
            ("/", "/", true),
            ("/", "/a", false),
        ] {
            assert_eq!(is_within(path, top), want, "{path} {top}");
        }
    }
}
