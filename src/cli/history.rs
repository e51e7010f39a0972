//! `rctr history`, also `rctr image history`.

use clap::Args;
use serde_json::{Value, json};

use super::format::{self, Style};
use super::{Failure, human, output};
use crate::model::image_request::ImageRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, HistoryStep, Outcome};

/// podman's width for what made a layer.
const BY_WIDTH: usize = 45;

/// Show how an image came about.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct HistoryArgs {
    /// Print json, or fill a Go template for each step
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show times and sizes as people say them
    #[arg(short = 'H', long)]
    human: Option<bool>,
    /// Do not shorten ids and commands
    #[arg(long)]
    no_trunc: Option<bool>,
    /// Print ids only
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Name or id
    image: String,
}

pub(super) fn run(args: HistoryArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = Request::Image(ImageRequest::History(args.image.clone()));
    let Outcome::ImageHistory(steps) = ops::execute(&super::context(global)?, request)? else {
        return Err(output::unexpected());
    };
    output::print(show(&args, &steps, jiff::Timestamp::now().as_millisecond())?).map(|()| 0)
}

fn show(args: &HistoryArgs, steps: &[HistoryStep], now_ms: i64) -> Result<String, Failure> {
    let (human, whole) = (args.human.unwrap_or(true), args.no_trunc.unwrap_or(false));
    let style = args.format.as_deref().map(Style::parse);
    if matches!(style, Some(Style::Json)) {
        return format::json(&steps.iter().map(object).collect::<Vec<_>>());
    }
    if args.quiet.unwrap_or(false) {
        return Ok(steps.iter().map(|step| id(step, whole) + "\n").collect());
    }
    let data: Vec<_> = steps.iter().map(|step| fields(step, human, whole, now_ms)).collect();
    match style {
        Some(Style::Rows(template)) => format::rows(template, &data),
        Some(Style::Table(template)) if !template.is_empty() => format::table(template, header, &data, true),
        _ => format::table(
            "{{.ID}}\t{{.Created}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
            header,
            &data,
            true,
        ),
    }
}

fn header(field: &str) -> String {
    match field {
        "CreatedBy" => "CREATED BY".to_owned(),
        "CreatedAt" => "CREATED AT".to_owned(),
        "CreatedSince" => "CREATED".to_owned(),
        other => other.to_uppercase(),
    }
}

fn id(step: &HistoryStep, whole: bool) -> String {
    match &step.id {
        Some(id) if whole => id.hex().to_owned(),
        Some(id) => id.short().to_owned(),
        None => "<missing>".to_owned(),
    }
}

fn fields(step: &HistoryStep, human: bool, whole: bool, now_ms: i64) -> Value {
    // What a Dockerfile says must not drive the terminal.
    let plain = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let mut by = plain(&step.created_by);
    if !whole && by.chars().count() > BY_WIDTH {
        by = by.chars().take(BY_WIDTH - 3).chain("...".chars()).collect();
    }
    let at = step.created.clone().unwrap_or_default();
    let since = step.created_ms.map_or_else(|| "N/A".to_owned(), |then| human::ago(then, now_ms));
    let size = if human { human::size(step.size) } else { step.size.to_string() };
    json!({
        "ID": id(step, whole), "Created": if human { since.clone() } else { at.clone() }, "CreatedAt": at,
        "CreatedSince": since, "CreatedBy": by, "Size": size, "Comment": plain(&step.comment), "Tags": step.tags,
    })
}

/// An object of `--format json`, with podman's keys.
fn object(step: &HistoryStep) -> Value {
    let mut value = json!({
        "id": id(step, true), "created": step.created, "CreatedBy": step.created_by, "size": step.size,
        "Created": step.created,
    });
    if !step.comment.is_empty() {
        value["comment"] = json!(step.comment);
    }
    if !step.tags.is_empty() {
        value["tags"] = json!(step.tags);
    }
    value
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::model::Digest;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: HistoryArgs,
    }

    fn shown(words: &[&str]) -> String {
        let step = |by: &str, id, size| HistoryStep {
            id,
            created: Some("1970-01-01T00:00:00Z".to_owned()),
            created_ms: Some(0),
            created_by: by.to_owned(),
            comment: "c".to_owned(),
            size,
            tags: vec![],
        };
        let long = "/bin/sh -c #(nop) COPY file:2b1561ca52393504fc16723586d9b1 in /\u{1b}x";
        let steps = [step(long, Some(Digest::from_bytes(&[0xaa; 32])), 2048), step("CMD", None, 0)];
        let line = Line::parse_from(["history"].iter().chain(words).chain(&["image"]));
        show(&line.args, &steps, 60_000 * 60 * 24 * 3).unwrap()
    }

    #[test]
    fn podmans_forms() {
        assert_eq!(
            shown(&[]),
            "ID            CREATED     CREATED BY                                     SIZE        COMMENT\n\
             aaaaaaaaaaaa  3 days ago  /bin/sh -c #(nop) COPY file:2b1561ca523935...  2.05 kB     c\n\
             <missing>     3 days ago  CMD                                            0 B         c\n"
        );
        assert_eq!(shown(&["-q"]), "aaaaaaaaaaaa\n<missing>\n");
        assert!(shown(&["--no-trunc"]).contains(" in / x"), "control characters are blanks");
        let raw = "{{.Created}} {{.Size}}";
        assert_eq!(
            shown(&["--human=false", "--format", raw]).lines().next(),
            Some("1970-01-01T00:00:00Z 2048")
        );
        let json: Value = serde_json::from_str(&shown(&["--format", "json"])).unwrap();
        assert_eq!((&json[1]["id"], &json[0]["size"]), (&json!("<missing>"), &json!(2048)));
    }
}
