//! `--format`: Go templates as users write them for podman and docker, and tables in their layout.

mod functions;
mod normalise;
mod rewrite;
mod template;
mod value;

use gotmpl::Value;

use super::Failure;
use template::Format;

/// Narrowest column and the blanks after the widest cell, as podman's tables have them.
const COLUMN_MIN: usize = 12;
const GAP: usize = 2;

/// How a list is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style<'a> {
    /// `json`.
    Json,
    /// `table …`: with a line of headers, in columns. The whole of it; empty when nothing stands after the word.
    Table(&'a str),
    /// Anything else: the template for each row.
    Rows(&'a str),
}

impl<'a> Style<'a> {
    /// Reads the value of `--format`.
    pub(super) fn parse(format: &'a str) -> Self {
        let text = format.trim();
        let action = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let words: Vec<_> = action.unwrap_or(text).split_whitespace().collect();
        match (action, words.as_slice()) {
            (None, ["json"]) | (Some(_), ["json"] | ["json", "."]) => return Self::Json,
            _ => {}
        }
        match text.strip_prefix("table") {
            Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t', '{', '\\']) => {
                Self::Table(if rest.is_empty() { "" } else { format })
            }
            _ => Self::Rows(format),
        }
    }
}

/// Fills the template for every row, one line each; a template that goes through the list itself (`{{range .}}`) is
/// filled once.
///
/// # Errors
/// A template that cannot be read, or a field that there is not.
pub(super) fn rows(template: &str, rows: &[serde_json::Value]) -> Result<String, Failure> {
    let format = Format::parse(template, 0, false)?;
    let data: Vec<Value> = rows.iter().map(value::from_json).collect();
    if format.ranges_over_all() {
        return line(&format, &Value::List(data.into()));
    }
    data.iter().map(|row| line(&format, row)).collect()
}

fn line(format: &Format<'_>, data: &Value) -> Result<String, Failure> {
    let mut line = format.fill(data)?;
    if !format.ends_line() {
        line.push('\n');
    }
    Ok(line)
}

/// Fills the template as a table, whether it begins with that word or not. `heading` gives the words over a field's column.
///
/// # Errors
/// As [`rows`].
pub(super) fn table(
    template: &str,
    heading: impl Fn(&str) -> String,
    data: &[serde_json::Value],
    with_headings: bool,
) -> Result<String, Failure> {
    let after = template.trim_start().strip_prefix("table").unwrap_or(template);
    let before = template.len() - after.trim_start_matches([' ', '\t']).len();
    let format = Format::parse(template, before, true)?;
    let mut text = String::new();
    if with_headings {
        text.push_str(format.headings(&heading).trim_end_matches('\n'));
        text.push('\n');
    }
    for row in data {
        text.push_str(&line(&format, &value::from_json(&value::without_controls(row)))?);
    }
    Ok(columns(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()))
}

/// The heading of a field as podman makes it: its words, in capitals (`ExitCode`: EXIT CODE).
pub(super) fn heading(field: &str) -> String {
    let letters: Vec<char> = field.chars().collect();
    let mut heading = String::new();
    for (n, letter) in letters.iter().enumerate() {
        let before = n.checked_sub(1).map(|n| letters[n]);
        let after = letters.get(n + 1);
        let starts = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if starts {
            heading.push(' ');
        }
        heading.extend(letter.to_uppercase());
    }
    heading
}

/// Lays cells out in columns, the last one ragged.
pub(super) fn columns(lines: Vec<Vec<String>>) -> String {
    let count = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = lines.iter().filter(|line| column + 1 < line.len());
        let longest = cells.map(|line| line[column].chars().count()).max().unwrap_or_default();
        (longest + GAP).max(COLUMN_MIN)
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let last = line.len().saturating_sub(1);
        for (column, cell) in line.iter().enumerate() {
            text.push_str(cell);
            if column < last {
                text.extend(std::iter::repeat_n(' ', widths[column] - cell.chars().count()));
            }
        }
        text.push('\n');
    }
    text
}

/// Text that may come from a container or an image, on a line of a terminal: control characters are blanks.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// JSON as podman prints it.
///
/// # Errors
/// What cannot be JSON.
pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"     ");
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, format);
    value.serialize(&mut writer).map_err(|e| Failure::new(format!("write JSON: {e}")))?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(|e| Failure::new(format!("write JSON: {e}")))
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
