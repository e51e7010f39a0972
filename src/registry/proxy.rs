//! Which proxy to go through: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl and Go's programs read them.

use std::net::IpAddr;

use super::url::{Url, host_of};

/// The proxy for a URL; none is a direct connection.
pub fn proxy_for(url: &Url, env: &[(String, String)]) -> Option<String> {
    let get = |name: &str| {
        let named = |name: String| env.iter().find(|(key, _)| *key == name).map(|(_, v)| v.as_str());
        // The lower case comes first; CGI's own HTTP_PROXY is a header of the client's, which nobody here runs under.
        named(name.to_ascii_lowercase()).or_else(|| named(name.to_owned())).filter(|value| !value.is_empty())
    };
    let proxy = get(if url.https { "HTTPS_PROXY" } else { "HTTP_PROXY" }).or_else(|| get("ALL_PROXY"))?;
    let direct = is_loopback(url.host()) || get("NO_PROXY").is_some_and(|list| exempt(list, &url.authority));
    (!direct).then(|| proxy.to_owned())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Is the host on the list? An entry is a domain (with what is below it), an address, a range of addresses, or `*`.
fn exempt(list: &str, authority: &str) -> bool {
    let host = host_of(authority);
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" || entry.eq_ignore_ascii_case(authority) {
            return true;
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            return in_range(address, entry);
        }
        let entry = entry.trim_start_matches('*').to_ascii_lowercase();
        match entry.strip_prefix('.') {
            Some(domain) => host.ends_with(&entry) && host.len() > domain.len(),
            None => host == entry || host.strip_suffix(&entry).is_some_and(|below| below.ends_with('.')),
        }
    })
}

fn in_range(address: IpAddr, entry: &str) -> bool {
    let (network, length) = entry.split_once('/').unwrap_or((entry, ""));
    let Ok(network) = network.parse::<IpAddr>() else { return false };
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()) << 96, 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    };
    let ((one, width), (other, other_width)) = (bits(address), bits(network));
    let length = if length.is_empty() { Some(width) } else { length.parse().ok().filter(|n| *n <= width) };
    match length {
        Some(0) => width == other_width,
        Some(length) => width == other_width && (one ^ other) >> (128 - length) == 0,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let env = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let both = [("HTTPS_PROXY", "http://p:1"), ("http_proxy", "http://q:2")];
        for (url, variables, want) in [
            ("https://h/", &both[..], Some("http://p:1")),
            ("http://h/", &both, Some("http://q:2")),
            ("https://localhost:5000/", &both, None),
            ("https://127.0.0.1/", &both, None),
            ("https://[::1]/", &both, None),
            ("https://h/", &[("ALL_PROXY", "http://a")], Some("http://a")),
            ("https://h/", &[("HTTPS_PROXY", "")], None),
            ("https://h/", &[], None),
            ("https://a.example.org/", &[("https_proxy", "p"), ("no_proxy", "example.org")], None),
            ("https://example.org/", &[("https_proxy", "p"), ("no_proxy", " x, example.org")], None),
            ("https://badexample.org/", &[("https_proxy", "p"), ("no_proxy", "example.org")], Some("p")),
            ("https://example.org/", &[("https_proxy", "p"), ("NO_PROXY", ".example.org")], Some("p")),
            ("https://a.example.org/", &[("https_proxy", "p"), ("NO_PROXY", "*.example.org")], None),
            ("https://h:5000/", &[("https_proxy", "p"), ("NO_PROXY", "h:5000")], None),
            ("https://h:5001/", &[("https_proxy", "p"), ("NO_PROXY", "h:5000")], Some("p")),
            ("https://10.1.2.3/", &[("https_proxy", "p"), ("NO_PROXY", "10.0.0.0/8")], None),
            ("https://11.1.2.3/", &[("https_proxy", "p"), ("NO_PROXY", "10.0.0.0/8")], Some("p")),
            ("https://10.1.2.3/", &[("https_proxy", "p"), ("NO_PROXY", "10.1.2.3")], None),
            ("https://10.1.2.3/", &[("https_proxy", "p"), ("NO_PROXY", "::/0,0.0.0.0/99")], Some("p")),
            ("https://h/", &[("https_proxy", "p"), ("NO_PROXY", "*")], None),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(proxy_for(&url, &env(variables)).as_deref(), want, "{url} {variables:?}");
        }
    }
}
