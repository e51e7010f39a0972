//! `WWW-Authenticate`: what a registry wants to see before it answers (RFC 9110, 11.6.1). Read by hand, and never
//! believed beyond what it says.

/// One way of saying who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// `bearer`, `basic`; lower case.
    pub scheme: String,
    params: Vec<(String, String)>,
}

impl Challenge {
    /// All parameters, in order: names in lower case, and values.
    #[cfg(any(test, fuzzing))]
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// A parameter's value; the name in lower case. Of two of one name the first counts.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads all challenges of a header's value. What makes no sense ends it: what came before counts.
pub fn parse(header: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = Scanner { rest: header };
    loop {
        rest.skip(|c| c == ',' || c.is_ascii_whitespace());
        let word = rest.token();
        if word.is_empty() {
            return found;
        }
        let spaces = rest.skip(|c| c == ' ' || c == '\t');
        // `=` after the word makes it a parameter, unless it is the first of a challenge's own.
        if rest.rest.starts_with('=') && !found.is_empty() {
            let Some(value) = rest.value() else { return found };
            if let Some(challenge) = found.last_mut() {
                challenge.params.push((word.to_ascii_lowercase(), value));
            }
            continue;
        }
        found.push(Challenge { scheme: word.to_ascii_lowercase(), params: Vec::new() });
        if spaces == 0 && !rest.rest.is_empty() && !rest.rest.starts_with(',') {
            return found;
        }
        rest.token68();
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn skip(&mut self, what: impl Fn(char) -> bool) -> usize {
        let trimmed = self.rest.trim_start_matches(what);
        let skipped = self.rest.len() - trimmed.len();
        self.rest = trimmed;
        skipped
    }

    fn token(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !is_token(c)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token
    }

    /// `=` and a token or a quoted string.
    fn value(&mut self) -> Option<String> {
        self.rest = self.rest.strip_prefix('=')?;
        self.skip(|c| c == ' ' || c == '\t');
        let Some(quoted) = self.rest.strip_prefix('"') else { return Some(self.token().to_owned()) };
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &quoted[at + 1..];
                    return Some(value);
                }
                '\\' => value.push(chars.next()?.1),
                c => value.push(c),
            }
        }
        None
    }

    /// What some schemes have in the place of parameters; nobody reads it here.
    fn token68(&mut self) {
        let part = self.rest.split([',', ' ']).next().unwrap_or_default();
        let body = part.trim_end_matches('=');
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
        if !body.is_empty() && body.chars().all(plain) && (body.len() < part.len() || self.ends_after(part)) {
            self.rest = &self.rest[part.len()..];
        }
    }

    fn ends_after(&self, part: &str) -> bool {
        let after = self.rest[part.len()..].trim_start_matches([' ', '\t']);
        after.is_empty() || after.starts_with(',')
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(header: &str) -> Vec<String> {
        let show = |c: Challenge| {
            let params: Vec<_> = c.params().iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("{} {}", c.scheme, params.join("|")).trim_end().to_owned()
        };
        parse(header).into_iter().map(show).collect()
    }

    #[test]
    fn challenges_as_servers_write_them() {
        for (header, want) in [
            (
                r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#,
                &[
                    "bearer realm=https://auth.example/token|service=registry.example|scope=repository:a/b:pull,push",
                ][..],
            ),
            (r#"Basic realm="Registry \"one\"""#, &[r#"basic realm=Registry "one""#]),
            ("Basic", &["basic"]),
            (r#"BEARER Realm=x , Service = "y""#, &["bearer realm=x|service=y"]),
            (
                r#"Negotiate, Basic realm="a", Bearer realm="b",scope="c""#,
                &["negotiate", "basic realm=a", "bearer realm=b|scope=c"],
            ),
            (r#"Negotiate YII=, Basic realm="a""#, &["negotiate", "basic realm=a"]),
            (r#",, Basic realm=a,, charset="UTF-8","#, &["basic realm=a|charset=UTF-8"]),
            (r#"Bearer realm="open"#, &["bearer"]),
            (r#"Bearer realm="a\"#, &["bearer"]),
            ("=", &[]),
            ("\"Basic\"", &[]),
            ("Basic:x", &["basic"]),
            ("Béarer x=y", &["b"]),
            ("", &[]),
        ] {
            assert_eq!(shown(header), want, "{header}");
        }
    }

    #[test]
    fn the_first_of_two_counts() {
        assert_eq!(parse("Bearer realm=a,realm=b")[0].param("realm"), Some("a"));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(header in "\\PC*") {
            parse(&header);
        }

        #[test]
        fn nothing_like_a_challenge_makes_it_panic(header in "([Bb]earer|Basic|realm|=|\"|\\\\|,| |é|a)*") {
            parse(&header);
        }

        #[test]
        fn quoted_values_come_back(value in "\\PC*") {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            let header = format!("Bearer realm=\"{quoted}\"");
            let found = parse(&header);
            prop_assert_eq!(found[0].param("realm"), Some(value.as_str()));
        }
    }
}
