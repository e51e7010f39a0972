//! Dockerfile instructions that change an image's configuration, as `import -c` and `commit -c` take them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::healthcheck;
use crate::model::ImageConfig;

/// Applies one instruction: `CMD ["sh"]`, `ENV A=1 B=2`, and podman's `CMD=sh`.
///
/// # Errors
/// What is wrong with it, with the instruction quoted.
pub fn apply_change(config: &mut ImageConfig, text: &str) -> Result<(), String> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
    let bad = |why: &str| Err(format!("bad change {text:?}: {why}"));
    if rest.is_empty() && !matches!(word.to_ascii_uppercase().as_str(), "CMD" | "ENTRYPOINT") {
        return bad("it sets nothing");
    }
    match word.to_ascii_uppercase().as_str() {
        "CMD" => config.cmd = command(rest),
        "ENTRYPOINT" => config.entrypoint = command(rest),
        "ENV" => {
            for (key, value) in pairs(rest).map_err(|why| format!("bad change {text:?}: {why}"))? {
                config.env.retain(|known| known.split('=').next() != Some(key.as_str()));
                config.env.push(format!("{key}={value}"));
            }
        }
        "LABEL" => {
            config.labels.extend(pairs(rest).map_err(|why| format!("bad change {text:?}: {why}"))?);
        }
        "EXPOSE" => {
            for port in rest.split_whitespace() {
                let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
                let numbers = number.split('-').all(|n| n.parse::<u16>().is_ok_and(|n| n > 0));
                if !numbers || !matches!(protocol, "tcp" | "udp" | "sctp") {
                    return bad("want PORT or PORT/tcp, PORT/udp");
                }
                config
                    .exposed_ports
                    .insert(format!("{number}/{protocol}"), Value::Object(Default::default()));
            }
        }
        "VOLUME" => {
            let paths =
                json_words(rest).unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect());
            config.volumes.extend(paths.into_iter().map(|path| (path, Value::Object(Default::default()))));
        }
        "USER" => config.user = rest.to_owned(),
        "WORKDIR" => {
            config.working_dir = if rest.starts_with('/') {
                rest.to_owned()
            } else {
                format!("{}/{rest}", config.working_dir.trim_end_matches('/'))
            };
        }
        "STOPSIGNAL" => config.stop_signal = rest.to_owned(),
        "ONBUILD" => config.on_build.push(rest.to_owned()),
        "HEALTHCHECK" => match healthcheck::parse(rest) {
            Ok(check) => config.healthcheck = Some(check),
            Err(why) => return bad(&why),
        },
        _ => {
            return bad(
                "instructions are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR",
            );
        }
    }
    Ok(())
}

/// JSON words, or a line for the shell (Dockerfile reference, "Shell and exec form").
fn command(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    json_words(text).unwrap_or_else(|| vec!["/bin/sh".to_owned(), "-c".to_owned(), text.to_owned()])
}

pub(super) fn json_words(text: &str) -> Option<Vec<String>> {
    text.starts_with('[').then(|| serde_json::from_str(text).ok())?
}

/// `A=1 B="two words" C=x\ y`, or the old `A the rest`.
fn pairs(text: &str) -> Result<BTreeMap<String, String>, &'static str> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let (key, value) = text.split_once(char::is_whitespace).ok_or("want KEY=VALUE")?;
        return Ok([(key.to_owned(), value.trim().to_owned())].into());
    }
    let mut pairs = BTreeMap::new();
    for word in words(text)? {
        let (key, value) = word.split_once('=').ok_or("want KEY=VALUE")?;
        if key.is_empty() {
            return Err("a key is empty");
        }
        pairs.insert(key.to_owned(), value.to_owned());
    }
    Ok(pairs)
}

/// Splits at blanks outside quotes; a backslash takes the next character as it is.
fn words(text: &str) -> Result<Vec<String>, &'static str> {
    let (mut words, mut word, mut open) = (Vec::new(), String::new(), None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, open) {
            ('\\', None | Some('"')) => word.extend(chars.next()),
            (c, Some(quote)) if c == quote => open = None,
            ('"' | '\'', None) => open = Some(c),
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, _) => word.push(c),
        }
    }
    if open.is_some() {
        return Err("a quote is not closed");
    }
    words.extend((!word.is_empty()).then_some(word));
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(changes: &[&str]) -> Result<ImageConfig, String> {
        let mut config = ImageConfig::default();
        changes.iter().try_for_each(|change| apply_change(&mut config, change))?;
        Ok(config)
    }

    #[test]
    fn every_instruction() {
        let config = changed(&[
            r#"CMD ["sh", "-c", "exit 3"]"#,
            "entrypoint run it",
            r#"ENV A=1 B="two words" C=x\ y"#,
            "ENV A 9 nine",
            "LABEL who=me",
            "EXPOSE 80 53/udp 1-9",
            "VOLUME /a /b",
            r#"VOLUME ["/c"]"#,
            "USER 5:6",
            "WORKDIR /srv",
            "WORKDIR x",
            "STOPSIGNAL SIGINT",
            "ONBUILD RUN make",
            "HEALTHCHECK --retries=2 CMD true",
        ])
        .unwrap();
        assert_eq!(config.cmd, ["sh", "-c", "exit 3"]);
        assert_eq!(config.entrypoint, ["/bin/sh", "-c", "run it"]);
        assert_eq!(config.env, ["B=two words", "C=x y", "A=9 nine"]);
        assert_eq!(config.labels["who"], "me");
        assert_eq!(config.exposed_ports.keys().collect::<Vec<_>>(), ["1-9/tcp", "53/udp", "80/tcp"]);
        assert_eq!(config.volumes.keys().collect::<Vec<_>>(), ["/a", "/b", "/c"]);
        assert_eq!((config.user.as_str(), config.working_dir.as_str()), ("5:6", "/srv/x"));
        assert_eq!(config.stop_signal, "SIGINT");
        assert_eq!(config.on_build, ["RUN make"]);
        assert_eq!(config.healthcheck.map(|check| check.retries), Some(2));
        assert_eq!(changed(&["CMD=sh"]).unwrap().cmd, ["/bin/sh", "-c", "sh"]);
        assert!(changed(&["CMD sh", "CMD"]).unwrap().cmd.is_empty());
    }

    #[test]
    fn what_is_wrong_is_quoted() {
        for bad in [
            "RUN x",
            "HEALTHCHECK x",
            "ENV",
            "ENV =1",
            "ENV A=\"1",
            "EXPOSE http",
            "EXPOSE 80/icmp",
            "EXPOSE 0",
            "",
            "USER",
        ] {
            let error = changed(&[bad]).unwrap_err();
            assert!(error.contains(&format!("{bad:?}")), "{error}");
        }
    }
}
