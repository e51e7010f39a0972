//! `--network`, `--add-host` and `--dns…`.

use std::net::IpAddr;
use std::path::PathBuf;

use super::SpecError;
use crate::model::nearest;
use crate::model::run_request::NetworkChoice;
use crate::model::spec::NetworkMode;

const MODES: [&str; 6] = ["slirp4netns", "none", "host", "private", "container", "ns"];
/// slirp4netns is fastest with large packets (its README, "Benchmarks"); anything up to 65521 is legal.
const MTU: u32 = 16_384;

/// The uplink when nothing is asked for.
pub fn default_mode() -> NetworkMode {
    NetworkMode::Slirp4netns { host_loopback: false, mtu: MTU, ipv6: true }
}

/// Reads `--network`.
pub fn parse(text: &str) -> Result<NetworkChoice, SpecError> {
    let refuse = |why: String| SpecError::flag("--network", text, why);
    let (mode, rest) = text.split_once(':').map_or((text, None), |(mode, rest)| (mode, Some(rest)));
    let alone = |choice| match rest {
        None => Ok(choice),
        Some(rest) => Err(refuse(format!("{mode} takes nothing after it, and there is {rest:?}"))),
    };
    match mode {
        "" | "default" | "private" => alone(NetworkChoice::Default),
        "none" => alone(NetworkChoice::Own(NetworkMode::None)),
        "host" => alone(NetworkChoice::Host),
        "slirp4netns" => slirp(rest).map(NetworkChoice::Own).map_err(refuse),
        "container" => match rest {
            None | Some("") => Err(refuse("want container:NAME".to_owned())),
            Some(name) => Ok(NetworkChoice::Container(name.to_owned())),
        },
        "ns" => match rest {
            Some(path) if path.starts_with('/') && !path.contains('\0') => {
                Ok(NetworkChoice::Path(PathBuf::from(path)))
            }
            _ => Err(refuse("want ns:PATH with an absolute path".to_owned())),
        },
        "bridge" | "pasta" => Err(refuse(format!(
            "{mode} is not there yet: slirp4netns, none, host, container:NAME and ns:PATH are"
        ))),
        _ => Err(refuse(match nearest(mode, MODES) {
            Some(near) => format!("unknown mode {mode:?}, did you mean {near}?"),
            None => format!(
                "there are no named networks yet, so no {mode:?}: want slirp4netns, none, host, container:NAME or \
                 ns:PATH"
            ),
        })),
    }
}

fn slirp(options: Option<&str>) -> Result<NetworkMode, String> {
    const KNOWN: [&str; 3] = ["allow_host_loopback", "mtu", "enable_ipv6"];
    let (mut host_loopback, mut mtu, mut ipv6) = (false, MTU, true);
    for option in options.iter().flat_map(|options| options.split(',')) {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        let truth = || match value {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("{key} is true or false, not {value:?}")),
        };
        match key {
            "allow_host_loopback" => host_loopback = truth()?,
            "enable_ipv6" => ipv6 = truth()?,
            "mtu" => {
                mtu = match value.parse() {
                    Ok(mtu @ 1280..=65_521) => mtu,
                    _ => return Err(format!("mtu {value:?} is not a number from 1280 to 65521")),
                }
            }
            "cidr" | "port_handler" | "outbound_addr" | "outbound_addr6" => {
                return Err(format!("{key} is not supported yet"));
            }
            _ => {
                return Err(match nearest(key, KNOWN) {
                    Some(near) => format!("unknown option {key:?}, did you mean {near}?"),
                    None => format!("unknown option {key:?}: want {}", KNOWN.join(", ")),
                });
            }
        }
    }
    Ok(NetworkMode::Slirp4netns { host_loopback, mtu, ipv6 })
}

/// Reads `--add-host`: `NAME[;NAME…]:ADDRESS`, where docker also takes `=` before the address.
pub fn parse_add_host(text: &str) -> Result<(String, String), SpecError> {
    let refuse = |why: String| SpecError::flag("--add-host", text, why);
    let (names, address) =
        text.split_once(['=', ':']).ok_or_else(|| refuse("want NAME:ADDRESS".to_owned()))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if let Some(bad) = names.split(';').find(|name| name.is_empty() || !name.bytes().all(plain)) {
        return Err(refuse(format!("{bad:?} is not a host name")));
    }
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    match bare.parse::<IpAddr>() {
        Ok(ip) => Ok((names.to_owned(), ip.to_string())),
        Err(_) if address == "host-gateway" => Ok((names.to_owned(), address.to_owned())),
        Err(_) => Err(refuse(format!("{address:?} is neither an IP address nor host-gateway"))),
    }
}

/// Reads every `--dns`: addresses, or `none` alone. True: leave the image's resolv.conf.
pub fn parse_dns(texts: &[String]) -> Result<(Vec<String>, bool), SpecError> {
    if texts.iter().any(|text| text == "none") {
        return match texts.iter().find(|text| *text != "none") {
            None => Ok((Vec::new(), true)),
            Some(other) => Err(SpecError::flag("--dns", other, "none cannot be used with an address")),
        };
    }
    let servers = texts.iter().map(|text| match text.parse::<IpAddr>() {
        Ok(ip) => Ok(ip.to_string()),
        Err(_) => Err(SpecError::flag("--dns", text, "it is not an IP address")),
    });
    Ok((servers.collect::<Result<_, _>>()?, false))
}

/// Checks a word that goes into resolv.conf.
pub fn parse_word(flag: &'static str, text: &str) -> Result<String, SpecError> {
    let fine = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b';');
    match fine {
        true => Ok(text.to_owned()),
        false => Err(SpecError::flag(flag, text, "want one word")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let slirp = |host_loopback, mtu, ipv6| {
            NetworkChoice::Own(NetworkMode::Slirp4netns { host_loopback, mtu, ipv6 })
        };
        for (text, want) in [
            ("", NetworkChoice::Default),
            ("default", NetworkChoice::Default),
            ("private", NetworkChoice::Default),
            ("none", NetworkChoice::Own(NetworkMode::None)),
            ("host", NetworkChoice::Host),
            ("slirp4netns", slirp(false, 16_384, true)),
            ("slirp4netns:mtu=1500", slirp(false, 1500, true)),
            ("slirp4netns:allow_host_loopback=true,enable_ipv6=false", slirp(true, 16_384, false)),
            ("container:web", NetworkChoice::Container("web".to_owned())),
            ("ns:/run/netns/x", NetworkChoice::Path("/run/netns/x".into())),
        ] {
            assert_eq!(parse(text).unwrap(), want, "{text}");
        }
        for (text, why) in [
            ("nnoe", "did you mean none?"),
            ("slirp4netn", "did you mean slirp4netns?"),
            ("slirp", "no named networks yet"),
            ("mynet", "no named networks yet, so no \"mynet\""),
            ("bridge", "bridge is not there yet"),
            ("pasta:-t,auto", "pasta is not there yet"),
            ("host:x", "host takes nothing after it, and there is \"x\""),
            ("none:", "none takes nothing"),
            ("slirp4netns:", "unknown option \"\""),
            ("slirp4netns:mtu=5", "mtu \"5\""),
            ("slirp4netns:mtu=99999", "mtu \"99999\""),
            ("slirp4netns:enable_ipv6=yes", "not \"yes\""),
            ("slirp4netns:cidr=10.0.0.0/24", "cidr is not supported yet"),
            ("slirp4netns:allow_host_lopback=true", "did you mean allow_host_loopback?"),
            ("container:", "want container:NAME"),
            ("ns:x", "absolute path"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn added_hosts() {
        for (text, names, address) in [
            ("a:1.2.3.4", "a", "1.2.3.4"),
            ("a=1.2.3.4", "a", "1.2.3.4"),
            ("a;b.c:1.2.3.4", "a;b.c", "1.2.3.4"),
            ("a:::1", "a", "::1"),
            ("a:[::1]", "a", "::1"),
            ("a=fe80::1", "a", "fe80::1"),
            ("a:host-gateway", "a", "host-gateway"),
        ] {
            assert_eq!(parse_add_host(text).unwrap(), (names.to_owned(), address.to_owned()), "{text}");
        }
        for (text, why) in [
            ("", "want NAME:ADDRESS"),
            ("a", "want NAME:ADDRESS"),
            (":1.2.3.4", "\"\" is not a host name"),
            ("a b:1.2.3.4", "\"a b\" is not a host name"),
            ("a;;b:1.2.3.4", "\"\" is not a host name"),
            ("a\n1.1.1.1 x:1.2.3.4", "is not a host name"),
            ("a:", "\"\" is neither"),
            ("a:1.2.3", "\"1.2.3\" is neither"),
            ("a:1.2.3.4\n", "is neither"),
            ("a:gateway", "\"gateway\" is neither"),
        ] {
            assert!(parse_add_host(text).unwrap_err().to_string().contains(why), "{text}");
        }
    }

    #[test]
    fn dns() {
        let strings = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        assert_eq!(parse_dns(&strings(&["1.1.1.1", "::1"])).unwrap(), (strings(&["1.1.1.1", "::1"]), false));
        assert_eq!(parse_dns(&strings(&["none"])).unwrap(), (vec![], true));
        assert_eq!(parse_dns(&[]).unwrap(), (vec![], false));
        for bad in [&["none", "1.1.1.1"][..], &["example.org"], &[""], &["1.1.1.1\nx"]] {
            assert!(parse_dns(&strings(bad)).is_err(), "{bad:?}");
        }
        for good in [".", "example.org", "ndots:5"] {
            assert_eq!(parse_word("--dns-search", good).unwrap(), good);
        }
        for bad in ["", "a b", "a\nnameserver 1.1.1.1", "a#b"] {
            assert!(parse_word("--dns-search", bad).is_err(), "{bad}");
        }
    }
}
