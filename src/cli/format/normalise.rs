//! What the shell hands on as two characters becomes one, outside of actions: `\t`, `\n`; in tables a blank is a tab, as
//! podman has it. Every byte remembers where it was typed, so that an error can point there.

/// A template as the engine gets it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Normalised {
    /// The text.
    pub(super) text: String,
    /// For each byte of the text, and for its end: where it is in what was typed.
    origin: Vec<usize>,
}

impl Normalised {
    /// Takes what was typed; `before` bytes of it are no part of the template (`table `).
    pub(super) fn new(typed: &str, before: usize, blank_is_tab: bool) -> Self {
        let mut text = String::with_capacity(typed.len());
        let mut origin = Vec::with_capacity(typed.len() + 1);
        let mut at = before;
        while let Some(rest) = typed.get(at..).filter(|rest| !rest.is_empty()) {
            let (piece, taken) = if rest.starts_with("{{") {
                let action = &rest[..action_length(rest)];
                (action, action.len())
            } else if rest.starts_with("\\t") {
                ("\t", 2)
            } else if rest.starts_with("\\n") {
                ("\n", 2)
            } else if blank_is_tab && rest.starts_with(' ') {
                ("\t", rest.bytes().take_while(|b| *b == b' ').count())
            } else {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                (&rest[..length], length)
            };
            origin.extend((0..piece.len()).map(|n| at + n.min(taken - 1)));
            text.push_str(piece);
            at += taken;
        }
        origin.push(at);
        Self { text, origin }
    }

    /// Line and column, from 1, of what was typed.
    pub(super) fn position(&self, typed: &str, offset: usize) -> (usize, usize) {
        let last = self.origin.len() - 1;
        let before = typed.get(..self.origin[offset.min(last)]).unwrap_or(typed);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    /// Where a line and column of the text (both from 1) are.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let start: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
    }
}

/// The actions that open a block and have no `{{end}}`, or end what was not begun: the offset of the first and what is
/// wrong with it. The engine takes both in silence.
pub(super) fn unbalanced(text: &str) -> Option<(usize, &'static str)> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found) {
        let action = &text[start..start + action_length(&text[start..])];
        let inside = action[2..].strip_prefix('-').unwrap_or(&action[2..]).trim_start();
        let word: &str = inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        match word {
            "if" | "range" | "with" | "define" | "block" => open.push(start),
            "else" if open.is_empty() => return Some((start, "unexpected {{else}}")),
            "end" if open.pop().is_none() => return Some((start, "unexpected {{end}}")),
            _ => {}
        }
        at = start + action.len();
    }
    open.pop().map(|start| (start, "unexpected EOF: this has no {{end}}"))
}

/// The length of the action that a text begins with, `}}` in quotes or in a comment left out of account; all of the text when it has
/// no end.
fn action_length(text: &str) -> usize {
    let inside = text[2..].strip_prefix("- ").unwrap_or(&text[2..]).trim_start();
    if inside.starts_with("/*") {
        let comment = inside.find("*/").and_then(|end| inside[end..].find("}}").map(|close| end + close + 2));
        return comment.map_or(text.len(), |length| text.len() - inside.len() + length);
    }
    let mut quote = None;
    let mut letters = text.char_indices().skip(2);
    while let Some((at, letter)) = letters.next() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some('"' | '\'') if letter == '\\' => drop(letters.next()),
            Some(_) => {}
            None if matches!(letter, '"' | '\'' | '`') => quote = Some(letter),
            None if text[at..].starts_with("}}") => return at + 2,
            None => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_count_outside_of_actions_only() {
        for (typed, blank_is_tab, want) in [
            ("{{.A}}\\t{{.B}}\\n", false, "{{.A}}\t{{.B}}\n"),
            ("{{join .A \"\\n\"}}\\n", false, "{{join .A \"\\n\"}}\n"),
            ("{{.A}} {{.B}}", false, "{{.A}} {{.B}}"),
            ("{{.A}}   {{printf \"%s }} x\" .B}} c", true, "{{.A}}\t{{printf \"%s }} x\" .B}}\tc"),
            ("{{\"\\\"}}\"}} {{`}}`}} b", true, "{{\"\\\"}}\"}}\t{{`}}`}}\tb"),
            ("é {{.A", true, "é\t{{.A"),
            ("", false, ""),
        ] {
            assert_eq!(Normalised::new(typed, 0, blank_is_tab).text, want, "{typed}");
        }
    }

    #[test]
    fn blocks_begin_and_end() {
        for (text, want) in [
            ("", None),
            ("{{if .A}}{{else if .B}}{{else}}{{end}}", None),
            ("{{range .A}}{{- with .B -}}{{end}}{{ end }}", None),
            ("{{.A}}{{if .A}}{{range .B}}{{end}}", Some(6)),
            ("{{.A}}{{end}}x", Some(6)),
            ("{{- else}}", Some(0)),
            ("{{\"{{if\"}}", None),
            ("{{ifs}} {{.end}} {{/* {{if */}}", None),
            ("{{if .A}}{{/* don't }} */}}{{end}}", None),
            ("{{- /* a \" */ -}}{{end}}", Some(17)),
        ] {
            assert_eq!(unbalanced(text).map(|(at, _)| at), want, "{text}");
        }
    }

    #[test]
    fn positions_are_those_of_what_was_typed() {
        let typed = "table {{.A}}\\té  {{.B}}\nx{{.C}}";
        let template = Normalised::new(typed, 6, true);
        assert_eq!(template.text, "{{.A}}\té\t{{.B}}\nx{{.C}}");
        for (part, want) in [("{{.A}}", (1, 7)), ("é", (1, 15)), ("{{.B}}", (1, 18)), ("{{.C}}", (2, 2))] {
            let offset = template.text.find(part).unwrap();
            assert_eq!(template.position(typed, offset), want, "{part}");
        }
        assert_eq!(template.position(typed, 999), (2, 8));
        assert_eq!(template.offset(1, 10), template.text.find("{{.B}}").unwrap());
        assert_eq!(template.offset(2, 2), template.text.find("{{.C}}").unwrap());
    }
}
