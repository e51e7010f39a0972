//! The functions of podman's and docker's templates that Go's own do not have; and those of Go's that know the types of
//! fields, where ours only know what is in them.

use gotmpl::{Result, Template, TemplateError, Value};

use super::value;

/// Those that there are besides the engine's: what `function "x" not defined` is checked against.
pub(super) const NAMES: &[&str] = &[
    "and", "call", "eq", "ge", "gt", "html", "index", "join", "js", "json", "le", "len", "lower", "lt", "ne",
    "not", "or", "pad", "print", "printf", "println", "slice", "split", "title", "truncate", "upper",
    "urlquery",
];

/// A template with all of them.
pub(super) fn with_functions(template: Template) -> Template {
    template
        .func("index", index)
        .func("join", join)
        .func("json", json)
        .func("len", length)
        .func("lower", |args| text("lower", args, str::to_lowercase))
        .func("pad", pad)
        .func("split", split)
        .func("title", |args| text("title", args, title))
        .func("truncate", truncate)
        .func("upper", |args| text("upper", args, str::to_uppercase))
}

fn bad<T>(message: impl Into<String>) -> Result<T> {
    Err(TemplateError::Exec(message.into()))
}

/// The arguments, if there are as many as there must be.
fn exactly<'a, const N: usize>(name: &str, args: &'a [Value]) -> Result<&'a [Value; N]> {
    let number = args.len();
    args.try_into().or_else(|_| bad(format!("wrong number of args for {name}: want {N} got {number}")))
}

fn json(args: &[Value]) -> Result<Value> {
    let [value] = exactly("json", args)?;
    let text = serde_json::to_string(&value::to_json(value));
    text.map(|text| Value::String(text.into())).or_else(|error| bad(error.to_string()))
}

/// A text is a list of one: docker and podman have fields that are joined already.
fn join(args: &[Value]) -> Result<Value> {
    let [list, separator] = exactly("join", args)?;
    match list {
        Value::Nil => Ok(Value::String("".into())),
        Value::String(_) => Ok(list.clone()),
        Value::List(items) => {
            let words: Vec<_> = items.iter().map(ToString::to_string).collect();
            Ok(Value::String(words.join(&separator.to_string()).into()))
        }
        other => bad(format!("join wants a list and a separator, got {}", other.type_name())),
    }
}

/// Go knows that an empty list is one; JSON has `null` for it.
fn length(args: &[Value]) -> Result<Value> {
    let [value] = exactly("len", args)?;
    match (value, value.len()) {
        (Value::Nil, _) => Ok(Value::Int(0)),
        (_, Some(length)) => Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX))),
        (other, None) => bad(format!("error calling len: len of type {}", other.type_name())),
    }
}

/// A map of texts has "" for what is not in it.
fn index(args: &[Value]) -> Result<Value> {
    let Some((value, keys)) = args.split_first() else {
        return bad("wrong number of args for index: want at least 1 got 0");
    };
    keys.iter().try_fold(value.clone(), |value, key| match (&value, key) {
        (Value::Nil, Value::String(_)) => Ok(Value::String("".into())),
        (Value::Map(map), Value::String(key)) if !map.contains_key(key) => {
            let texts = map.values().all(|value| matches!(value, Value::String(_)));
            Ok(if texts { Value::String("".into()) } else { Value::Nil })
        }
        (value, key) => match value.index(key) {
            Err(error @ TemplateError::IndexOutOfRange { .. }) => {
                bad(format!("error calling index: {error}"))
            }
            Err(TemplateError::Exec(reason)) => bad(format!("error calling index: {reason}")),
            other => other,
        },
    })
}

fn text(name: &str, args: &[Value], change: impl Fn(&str) -> String) -> Result<Value> {
    let [value] = exactly(name, args)?;
    Ok(Value::String(change(&value.to_string()).into()))
}

fn split(args: &[Value]) -> Result<Value> {
    let [text, separator] = exactly("split", args)?;
    let (text, separator) = (text.to_string(), separator.to_string());
    let words: Vec<String> = match separator.as_str() {
        "" => text.chars().map(String::from).collect(),
        separator => text.split(separator).map(str::to_owned).collect(),
    };
    Ok(Value::List(words.into_iter().map(|word| Value::String(word.into())).collect()))
}

fn pad(args: &[Value]) -> Result<Value> {
    let [text, before, after] = exactly("pad", args)?;
    let text = text.to_string();
    let (Some(before), Some(after)) = (blanks(before), blanks(after)) else {
        return bad("pad wants a text and two small numbers");
    };
    Ok(Value::String(if text.is_empty() { text.into() } else { format!("{before}{text}{after}").into() }))
}

fn blanks(number: &Value) -> Option<String> {
    let number = number.as_int().and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= 4096)?;
    Some(" ".repeat(number))
}

fn truncate(args: &[Value]) -> Result<Value> {
    let [text, length] = exactly("truncate", args)?;
    let Some(length) = length.as_int().and_then(|n| usize::try_from(n).ok()) else {
        return bad("truncate wants a text and a number");
    };
    Ok(Value::String(text.to_string().chars().take(length).collect::<String>().into()))
}

/// Go's strings.Title: the first letter of every word.
fn title(text: &str) -> String {
    let mut inside = false;
    let mut titled = String::with_capacity(text.len());
    for letter in text.chars() {
        let first = !inside && letter.is_alphabetic();
        inside = letter.is_alphanumeric() || matches!(letter, '_' | '\'');
        if first { titled.extend(letter.to_uppercase()) } else { titled.push(letter) }
    }
    titled
}
