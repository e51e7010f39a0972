//! As much of a URL as registries need: scheme, host with port, path with query. Everything unusual is refused.

use std::fmt;

/// An `http:` or `https:` URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url {
    /// `https`.
    pub https: bool,
    /// Host and port, lower case: `registry.example:5000`.
    pub authority: String,
    /// From the first slash on, query included.
    pub path: String,
}

impl Url {
    /// A URL on a host.
    pub fn new(https: bool, authority: &str, path: impl Into<String>) -> Self {
        Self { https, authority: authority.to_ascii_lowercase(), path: path.into() }
    }

    /// Reads an absolute URL; none when it is none, or has a user name in it.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        (is_authority(authority) && is_path(&path)).then(|| Self::new(https, authority, path))
    }

    /// Where a `Location` in an answer from here leads (RFC 3986, 5.2, as far as servers use it).
    pub fn join(&self, location: &str) -> Option<Self> {
        if location.contains("://") && !location.starts_with(['/', '?']) {
            return Self::parse(location);
        }
        let scheme = if self.https { "https" } else { "http" };
        if location.starts_with("//") {
            return Self::parse(&format!("{scheme}:{location}"));
        }
        let path = match location.chars().next()? {
            '/' => location.to_owned(),
            '?' => format!("{}{location}", self.path.split('?').next().unwrap_or("/")),
            _ => {
                let here = self.path.split('?').next().unwrap_or("/");
                format!("{}{location}", &here[..here.rfind('/').map_or(0, |at| at + 1)])
            }
        };
        Self::parse(&format!("{scheme}://{}{path}", self.authority))
    }

    /// The host alone, without the port and an IPv6 address's brackets.
    pub fn host(&self) -> &str {
        host_of(&self.authority)
    }

    /// Scheme, host and port are the same: credentials for one are for the other.
    pub fn same_origin(&self, other: &Self) -> bool {
        let port = |url: &Self| {
            let default = if url.https { "443" } else { "80" };
            port_of(&url.authority).unwrap_or(default).to_owned()
        };
        self.https == other.https && self.host() == other.host() && port(self) == port(other)
    }
}

/// The host of `host[:port]`.
pub fn host_of(authority: &str) -> &str {
    if let Some(literal) = authority.strip_prefix('[') {
        return literal.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn port_of(authority: &str) -> Option<&str> {
    let after = authority.rsplit(']').next().unwrap_or_default();
    after.rsplit_once(':').map(|(_, port)| port)
}

fn is_authority(text: &str) -> bool {
    !host_of(text).is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
        && port_of(text).is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_path(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic())
}

/// A value for a query or a form.
pub fn encode(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    value.bytes().map(|b| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read() {
        for (text, want) in [
            ("https://Example.org/v2/?a=b#c", Some("https://example.org/v2/?a=b")),
            ("http://localhost:5000", Some("http://localhost:5000/")),
            ("https://[::1]:5000/x", Some("https://[::1]:5000/x")),
            ("https://h?q", Some("https://h/?q")),
            ("https://user@h/", None),
            ("https:///x", None),
            ("ftp://h/", None),
            ("https://h:99999/", None),
            ("https://h/a b", None),
            ("https://h/\r\nX: y", None),
            ("", None),
        ] {
            assert_eq!(Url::parse(text).map(|url| url.to_string()).as_deref(), want, "{text:?}");
        }
    }

    #[test]
    fn locations_are_followed() {
        let base = Url::parse("https://h:1/v2/a/blobs/x?y").unwrap();
        for (location, want) in [
            ("https://cdn.example/b", Some("https://cdn.example/b")),
            ("//cdn.example/b", Some("https://cdn.example/b")),
            ("/b?c", Some("https://h:1/b?c")),
            ("b", Some("https://h:1/v2/a/blobs/b")),
            ("?z", Some("https://h:1/v2/a/blobs/x?z")),
            ("/b?u=http://x/", Some("https://h:1/b?u=http://x/")),
            ("", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(base.join(location).map(|url| url.to_string()).as_deref(), want, "{location:?}");
        }
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let url = |text| Url::parse(text).unwrap();
        assert!(url("https://h/").same_origin(&url("https://H:443/x")));
        for other in ["http://h/", "https://h:444/", "https://i/", "https://h.i/"] {
            assert!(!url("https://h/").same_origin(&url(other)), "{other}");
        }
    }

    #[test]
    fn values_are_encoded() {
        assert_eq!(encode("repository:a/b:pull,push é"), "repository%3Aa%2Fb%3Apull%2Cpush%20%C3%A9");
    }
}
