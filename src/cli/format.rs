//! `--format`: Go templates as users write them for podman and docker, and tables in their layout.

use gotmpl::{Template, TemplateError, Value};

use super::Failure;

/// Narrowest column and the blanks after the widest cell, as podman's tables have them.
const COLUMN_MIN: usize = 12;
const GAP: usize = 2;

/// How a list is to be shown.
pub(super) enum Style<'a> {
    /// `json`.
    Json,
    /// `table …`: with a line of headers, in columns.
    Table(&'a str),
    /// Anything else: the template for each row.
    Rows(&'a str),
}

impl<'a> Style<'a> {
    /// Reads the value of `--format`.
    pub(super) fn parse(format: &'a str) -> Self {
        match format.trim() {
            "json" | "{{json .}}" | "{{ json . }}" => Self::Json,
            text => match text.strip_prefix("table") {
                Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t', '{', '\\']) => {
                    Self::Table(rest.trim())
                }
                _ => Self::Rows(format),
            },
        }
    }
}

/// Fills the template for every row, one line each.
///
/// # Errors
/// A template that cannot be read, or a field that there is not.
pub(super) fn rows(template: &str, rows: &[serde_json::Value]) -> Result<String, Failure> {
    let template = parse(template)?;
    let mut text = String::new();
    for row in rows {
        let line = template.execute_to_string(&value(row)).map_err(|e| bad(&e))?;
        text.push_str(&line);
        if !line.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}

/// Fills the template as a table. `header` gives the words over a field's column.
///
/// # Errors
/// As [`rows`].
pub(super) fn table(
    template: &str,
    header: impl Fn(&str) -> String,
    data: &[serde_json::Value],
    with_header: bool,
) -> Result<String, Failure> {
    let mut lines = Vec::new();
    if with_header {
        let names = fields(template).into_iter().map(|name| (header(&name), name));
        let over = names.map(|(over, name)| (name, serde_json::Value::String(over))).collect();
        lines.push(serde_json::Value::Object(over));
    }
    lines.extend_from_slice(data);
    let text = rows(template, &lines)?;
    Ok(columns(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()))
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

fn parse(template: &str) -> Result<Template, Failure> {
    // The shell hands on `\t` as two characters.
    let template = template.replace("\\t", "\t").replace("\\n", "\n");
    Template::new("format")
        .missing_key(gotmpl::MissingKey::Error)
        .func("json", |args| {
            let text = serde_json::to_string(&plain(args.first().unwrap_or(&Value::Nil)));
            text.map(|t| Value::String(t.into())).map_err(|e| TemplateError::Exec(e.to_string()))
        })
        .func("join", |args| {
            let [Value::List(items), separator] = args else {
                return Err(TemplateError::Exec("join wants a list and a separator".to_owned()));
            };
            let words: Vec<_> = items.iter().map(ToString::to_string).collect();
            Ok(Value::String(words.join(&separator.to_string()).into()))
        })
        .func("lower", |args| text(args, |t| t.to_lowercase()))
        .func("upper", |args| text(args, |t| t.to_uppercase()))
        .parse(&template)
        .map_err(|e| bad(&e))
}

fn text(args: &[Value], change: impl Fn(&str) -> String) -> Result<Value, TemplateError> {
    let text = args.first().map(ToString::to_string).unwrap_or_default();
    Ok(Value::String(change(&text).into()))
}

fn bad(error: &TemplateError) -> Failure {
    Failure::new(format!("bad --format: {error}"))
}

/// The fields that a template names at its top, in order, each once.
fn fields(template: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for action in template.split("{{").skip(1) {
        let action = action.split("}}").next().unwrap_or_default();
        for word in action.split(|c: char| !(c.is_alphanumeric() || c == '.')) {
            let name = word.strip_prefix('.').and_then(|rest| rest.split('.').next());
            if let Some(name) = name.filter(|n| !n.is_empty() && !names.iter().any(|known| known == n)) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(n) => Value::Int(n),
            None => n.as_u64().map_or_else(|| Value::Float(n.as_f64().unwrap_or_default()), Value::Uint),
        },
        serde_json::Value::String(text) => Value::String(text.as_str().into()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(value).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(std::sync::Arc::new(map.iter().map(|(k, v)| (k.as_str().into(), value(v))).collect()))
        }
    }
}

fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(b) => (*b).into(),
        Value::Int(n) => (*n).into(),
        Value::Uint(n) => (*n).into(),
        Value::Float(n) => (*n).into(),
        Value::String(text) => text.to_string().into(),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(map) => map.iter().map(|(k, v)| (k.to_string(), plain(v))).collect(),
        _ => serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_as_users_write_them() {
        let data =
            [json!({"ID": "ab", "Names": ["x", "y"], "Config": {"Env": null, "Labels": {"a.b": "1"}}})];
        for (template, want) in [
            ("{{.ID}}", "ab\n"),
            ("{{ .ID }}\\t{{index .Names 0}}", "ab\tx\n"),
            ("{{json .Names}}", "[\"x\",\"y\"]\n"),
            ("{{.Config.Env}}", "<no value>\n"),
            ("{{json .Config}}", "{\"Env\":null,\"Labels\":{\"a.b\":\"1\"}}\n"),
            ("{{index .Config.Labels \"a.b\"}}", "1\n"),
            ("{{range .Names}}<{{.}}>{{end}}", "<x><y>\n"),
            ("{{join .Names \",\"}} {{upper .ID}} {{len .Names}}", "x,y AB 2\n"),
            ("{{if .ID}}yes{{else}}no{{end}}", "yes\n"),
        ] {
            assert_eq!(rows(template, &data).unwrap(), want, "{template}");
        }
        for bad in ["{{.Nope}}", "{{.ID", "{{nope .ID}}"] {
            let failure = rows(bad, &data).unwrap_err();
            assert!(failure.message.starts_with("bad --format"), "{}", failure.message);
        }
    }

    #[test]
    fn tables_have_headers_and_columns() {
        let data = [json!({"ID": "ab", "Size": "a long cell of text"}), json!({"ID": "cdef", "Size": "1"})];
        let text = table("{{.Size}}\\t{{.ID}}", |f| f.to_uppercase(), &data, true).unwrap();
        assert_eq!(text, "SIZE                 ID\na long cell of text  ab\n1                    cdef\n");
        assert!(matches!(Style::parse("table {{.ID}}"), Style::Table("{{.ID}}")));
        assert!(matches!(Style::parse("{{.ID}}"), Style::Rows(_)));
        assert!(matches!(Style::parse("{{json .}}"), Style::Json));
    }
}
