//! YAML of plain values, as `info` prints it: block style, keys in their order.

use serde_json::Value;

/// The value as a YAML document.
pub(super) fn document(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out
}

fn block(out: &mut String, value: &Value, indent: usize) {
    let blanks = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                out.push_str(&format!("{blanks}{}:", scalar(key)));
                match value {
                    Value::Object(map) if !map.is_empty() => {
                        out.push('\n');
                        block(out, value, indent + 2);
                    }
                    Value::Array(list) if !list.is_empty() => {
                        out.push('\n');
                        block(out, value, indent);
                    }
                    Value::String(text) if text.contains('\n') => {
                        let inner = format!("\n{blanks}  ");
                        out.push_str(&format!(" |-{inner}{}\n", text.trim_end().replace('\n', &inner)));
                    }
                    _ => out.push_str(&format!(" {}\n", inline(value))),
                }
            }
        }
        Value::Array(list) => {
            for item in list {
                let mut text = String::new();
                block(&mut text, item, indent + 2);
                match item {
                    Value::Object(_) => out.push_str(&format!("{blanks}- {}", text.trim_start())),
                    _ => out.push_str(&format!("{blanks}- {}\n", inline(item))),
                }
            }
        }
        _ => {}
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => scalar(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        other => other.to_string(),
    }
}

/// Plain where YAML reads it back as the same text, else in quotes (which JSON's are).
fn scalar(text: &str) -> String {
    let starts_plainly = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_');
    let plain = starts_plainly
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && text.chars().all(|c| !c.is_control())
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { Value::String(text.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_value() {
        let value = json!({
            "a": { "text": "plain text", "number": 3, "none": null, "flag": true, "empty": {}, "list": [] },
            "b": ["x", "1"],
            "c": [{ "id": 0, "size": 1 }],
            "d": "two\nlines\n",
            "e": "", "f": "true", "g": "key: value", "h": "/usr/bin/x", "i": "6.18",
        });
        let want = "a:\n  empty: {}\n  flag: true\n  list: []\n  none: null\n  number: 3\n  text: plain text\n\
                    b:\n- x\n- \"1\"\nc:\n- id: 0\n  size: 1\nd: |-\n  two\n  lines\n\
                    e: \"\"\nf: \"true\"\ng: \"key: value\"\nh: /usr/bin/x\ni: \"6.18\"\n";
        assert_eq!(document(&value), want);
    }
}
