//! `rctr search`: images of registries by a word.

use clap::Args;
use serde_json::{Value, json};

use super::access::AccessArgs;
use super::format::{self, Style};
use super::{Failure, output};
use crate::model::registry_request::{RegistryRequest, SearchRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, FoundImage, Outcome};

/// How much of a description is shown.
const DESCRIPTION: usize = 44;

/// Search registries for images.
///
/// REGISTRY/TERM searches one registry, and TERM alone those of registries.conf (docker.io, if it names none). A registry
/// that cannot search is asked for the list of its repositories.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct SearchArgs {
    /// Show stars and whether an image is official or automated, too
    #[arg(long)]
    compatible: Option<bool>,
    /// Only these: stars=N, is-official[=BOOL], is-automated[=BOOL]
    #[arg(short, long, value_name = "FILTER")]
    filter: Vec<String>,
    /// Print json, or fill a Go template for each
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// So many of each registry (25; of tags 10)
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// List the tags of a repository
    #[arg(long)]
    list_tags: Option<bool>,
    /// Show descriptions whole
    #[arg(long)]
    no_trunc: Option<bool>,
    /// What to look for
    term: String,
    #[command(flatten)]
    access: AccessArgs,
}

pub(super) fn run(args: SearchArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = SearchRequest {
        term: args.term.clone(),
        limit: args.limit.filter(|limit| *limit > 0),
        tags: args.list_tags.unwrap_or(false),
        filters: args.filter.clone(),
        access: args.access.request(),
    };
    let (style, compatible, no_trunc) =
        (args.format, args.compatible.unwrap_or(false), args.no_trunc.unwrap_or(false));
    let ctx = super::context(global)?;
    match ops::execute(&ctx, Request::Registry(RegistryRequest::Search(request)))? {
        Outcome::Found(found) => {
            let rows: Vec<_> = found.iter().map(|image| fields(image, no_trunc)).collect();
            let more = if compatible { "\t{{.Stars}}\t{{.Official}}\t{{.Automated}}" } else { "" };
            show(style.as_deref(), &format!("{{{{.Name}}}}\t{{{{.Description}}}}{more}"), &rows, &rows)
        }
        Outcome::Tags { name, tags } => {
            let rows: Vec<_> = tags.iter().map(|tag| json!({"Name": name, "Tag": tag})).collect();
            let whole = json!({"Name": name, "Tags": tags});
            show(style.as_deref(), "{{.Name}}\t{{.Tag}}", &rows, &[whole])
        }
        _ => Err(output::unexpected()),
    }
}

fn show(style: Option<&str>, default: &str, rows: &[Value], whole: &[Value]) -> Result<u8, Failure> {
    let text = match style.map(Style::parse) {
        Some(Style::Json) => format::json(whole)?,
        Some(Style::Rows(template)) => format::rows(template, rows)?,
        Some(Style::Table(template)) if !template.is_empty() => {
            format::table(template, str::to_uppercase, rows, true)?
        }
        _ if rows.is_empty() => String::new(),
        _ => format::table(default, str::to_uppercase, rows, true)?,
    };
    output::print(text).map(|()| 0)
}

fn fields(image: &FoundImage, no_trunc: bool) -> Value {
    let text = image.description.split_whitespace().collect::<Vec<_>>().join(" ");
    let short = !no_trunc && text.chars().count() > DESCRIPTION;
    let description =
        if short { text.chars().take(DESCRIPTION).chain("...".chars()).collect() } else { text };
    let mark = |yes: bool| if yes { "[OK]" } else { "" };
    json!({
        "Index": image.index,
        "Name": image.name,
        "Description": description,
        "Stars": image.stars,
        "Official": mark(image.official),
        "Automated": mark(image.automated),
    })
}
