//! A command line that is being typed: what may stand where the cursor is. Looks at words and at what the commands take,
//! and decides nothing of what there is.

use clap::{Arg, Command};

/// The place of the word that is being typed.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The verbs before it.
    pub verbs: Vec<&'a str>,
    /// The command that they lead to.
    pub command: &'a Command,
    /// The positional arguments before it.
    pub before: Vec<&'a str>,
    /// What it is.
    pub word: Word<'a>,
}

/// The word that is being typed.
#[derive(Debug)]
pub(super) enum Word<'a> {
    /// A verb, or one of the command's flags when it begins with a dash.
    Verb(&'a str),
    /// A flag.
    Flag(&'a str),
    /// The value of an argument.
    Value {
        /// Which argument's.
        arg: &'a Arg,
        /// What stands before it in the same word: `--signal=`, `-s`.
        prefix: &'a str,
        /// As far as it is typed.
        typed: &'a str,
    },
    /// One of the container's program: not ours.
    Foreign,
}

impl<'a> Place<'a> {
    /// Finds the place of the last of these words, which follow `rctr`.
    pub(super) fn of(command: &'a Command, words: &'a [String]) -> Self {
        let (last, words) = words.split_last().map_or(("", &[][..]), |(last, words)| (last.as_str(), words));
        let mut place = Self { verbs: Vec::new(), command, before: Vec::new(), word: Word::Foreign };
        let mut only_positional = false;
        let mut pending: Option<&'a Arg> = None;
        for word in words {
            if pending.take().is_some() {
                continue;
            }
            if only_positional || !word.starts_with('-') || word == "-" {
                place.positional(word);
            } else if word == "--" {
                only_positional = true;
            } else {
                pending = place.wants_value(word);
            }
            // What follows is the program's.
            only_positional |= place.is_trailing();
        }
        place.word = place.last(last, pending, only_positional);
        place
    }

    fn positional(&mut self, word: &'a str) {
        match self.command.find_subcommand(word) {
            Some(below) if self.before.is_empty() => {
                self.verbs.push(below.get_name());
                self.command = below;
            }
            _ => self.before.push(word),
        }
    }

    /// Has the first of words that all go to the program been given?
    fn is_trailing(&self) -> bool {
        !self.before.is_empty() && self.command.get_positionals().any(Arg::is_trailing_var_arg_set)
    }

    /// The option whose value is the next word.
    fn wants_value(&self, word: &str) -> Option<&'a Arg> {
        if let Some(long) = word.strip_prefix("--") {
            return self.option(long).filter(|arg| !long.contains('=') && takes_value(arg));
        }
        // `-it`: the first that takes a value takes the rest of the word for it.
        let mut letters = word[1..].chars();
        while let Some(letter) = letters.next() {
            match self.short(letter) {
                Some(arg) if takes_value(arg) => return letters.as_str().is_empty().then_some(arg),
                _ => {}
            }
        }
        None
    }

    fn last(&self, word: &'a str, pending: Option<&'a Arg>, only_positional: bool) -> Word<'a> {
        if let Some(arg) = pending {
            return Word::Value { arg, prefix: "", typed: word };
        }
        if word.starts_with('-') && !only_positional {
            return match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => match self.option(&flag[2..]) {
                    Some(arg) => Word::Value { arg, prefix: &word[..flag.len() + 1], typed: value },
                    None => Word::Foreign,
                },
                _ if word.starts_with("--") || word == "-" => Word::Flag(word),
                // `-sKILL`; a letter alone is a whole flag.
                _ => match word[1..].chars().next().and_then(|letter| self.short(letter)) {
                    Some(arg) if takes_value(arg) && word.len() > 2 => {
                        Word::Value { arg, prefix: &word[..2], typed: &word[2..] }
                    }
                    _ => Word::Flag(word),
                },
            };
        }
        if self.command.has_subcommands() && self.before.is_empty() {
            return Word::Verb(word);
        }
        match self.command.get_positionals().nth(self.before.len()).or(self.many()) {
            _ if self.is_trailing() => Word::Foreign,
            Some(arg) => Word::Value { arg, prefix: "", typed: word },
            None => Word::Foreign,
        }
    }

    /// The last positional argument, when there may be several of it.
    fn many(&self) -> Option<&'a Arg> {
        let last = self.command.get_positionals().last()?;
        last.get_num_args().is_some_and(|range| range.max_values() > 1).then_some(last)
    }

    fn option(&self, long: &str) -> Option<&'a Arg> {
        let long = long.split('=').next().unwrap_or_default();
        self.command
            .get_arguments()
            .find(|arg| arg.get_long_and_visible_aliases().is_some_and(|longs| longs.contains(&long)))
    }

    fn short(&self, letter: char) -> Option<&'a Arg> {
        self.command
            .get_arguments()
            .find(|arg| arg.get_short_and_visible_aliases().is_some_and(|shorts| shorts.contains(&letter)))
    }
}

/// Does the next word belong to it?
fn takes_value(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|range| range.takes_values()) && !arg.is_require_equals_set()
}

/// What `--root` says on the line.
pub(super) fn root(words: &[String]) -> Option<&str> {
    let at = words.iter().position(|word| word == "--root" || word.starts_with("--root="))?;
    words[at].strip_prefix("--root=").or_else(|| words.get(at + 1).map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place in short: the verbs, then what the word is.
    fn place(line: &str) -> String {
        let command = crate::cli::command();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let place = Place::of(&command, &words);
        let word = match place.word {
            Word::Verb(word) => format!("verb {word:?}"),
            Word::Flag(word) => format!("flag {word:?}"),
            Word::Value { arg, prefix, typed } => format!("{} {prefix:?} {typed:?}", arg.get_id()),
            Word::Foreign => "foreign".to_owned(),
        };
        format!("{}: {word}", place.verbs.join(" "))
    }

    #[test]
    fn table() {
        for (line, want) in [
            ("", r#": verb """#),
            ("st", r#": verb "st""#),
            ("--ro", r#": flag "--ro""#),
            ("--root /x st", r#": verb "st""#),
            ("stop ", r#"stop: containers "" """#),
            ("stop we", r#"stop: containers "" "we""#),
            ("stop web d", r#"stop: containers "" "d""#),
            ("stop -t 5 -a web ", r#"stop: containers "" """#),
            ("stop -t", r#"stop: flag "-t""#),
            ("stop -t ", r#"stop: time "" """#),
            ("stop --ti", r#"stop: flag "--ti""#),
            ("stop -- -x", r#"stop: containers "" "-x""#),
            ("container stop we", r#"container stop: containers "" "we""#),
            ("container ", r#"container: verb """#),
            ("kill -s ", r#"kill: signal "" """#),
            ("kill -sKI", r#"kill: signal "-s" "KI""#),
            ("kill --signal=KI", r#"kill: signal "--signal=" "KI""#),
            ("kill --signal KI", r#"kill: signal "" "KI""#),
            ("kill --nosuch=KI", r#"kill: foreign"#),
            ("run --rm bus", r#"run: words "" "bus""#),
            ("run --rm -it -e A=b c", r#"run: words "" "c""#),
            ("run --rm=false --name web bus", r#"run: words "" "bus""#),
            ("run busybox l", "run: foreign"),
            ("run busybox --", "run: foreign"),
            ("run --stop-signal ", r#"run: stop_signal "" """#),
            ("exec -it ", r#"exec: words "" """#),
            ("exec web ls -", "exec: foreign"),
            ("tag a b c", r#"tag: names "" "c""#),
            ("version x", "version: foreign"),
            ("run", r#": verb "run""#),
        ] {
            assert_eq!(place(line), want, "{line:?}");
        }
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(root(&words("--root /x stop")), Some("/x"));
        assert_eq!(root(&words("stop --root=/y")), Some("/y"));
        assert_eq!(root(&words("stop --root")), None);
    }

    proptest::proptest! {
        /// Whatever stands on a line has a place.
        #[test]
        fn any_line(words in proptest::collection::vec(proptest::sample::select(vec![
            "", "-", "--", "-é", "-s", "-sKI", "--signal", "--signal=", "--=", "--é=x", "=", "run", "kill", "container", "web",
            "--root", "--root=", "-it", "é",
        ]), 0..6)) {
            let command = crate::cli::command();
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            let place = Place::of(&command, &words);
            if let Word::Value { prefix, typed, .. } = place.word {
                proptest::prop_assert_eq!(format!("{prefix}{typed}"), words.last().cloned().unwrap_or_default());
            }
            let _ = root(&words);
        }
    }
}
