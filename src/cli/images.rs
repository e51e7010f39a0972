//! `rctr images`, also `rctr image ls`.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::format::{self, Style};
use super::{Failure, human, output};
use crate::model::image_request::{ImageRequest, ListImagesRequest};
use crate::model::{GlobalOptions, Reference, Request};
use crate::ops::{self, ImageSummary, Outcome};

/// List images.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct ImagesArgs {
    /// Show all images (there are no hidden ones; for scripts)
    #[arg(short, long)]
    all: Option<bool>,
    /// Print ids only
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Do not shorten ids
    #[arg(long)]
    no_trunc: Option<bool>,
    /// Show digests
    #[arg(long)]
    digests: Option<bool>,
    /// Show the names that the image has had
    #[arg(long)]
    history: Option<bool>,
    /// Leave the headings out
    #[arg(short, long)]
    noheading: Option<bool>,
    /// Print json, or fill a Go template for each image
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show only some: reference=, dangling=, label=, id=, before=, since=, until=, containers=, intermediate=, readonly=
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Order by created, id, repository, size or tag
    #[arg(long, value_name = "FIELD", hide_possible_values = true)]
    sort: Option<Sort>,
    /// Show only images of this name
    #[arg(value_name = "NAME[:TAG]")]
    name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Created,
    Id,
    Repository,
    Size,
    Tag,
}

/// One line: an image under one of its names.
struct Row {
    repository: String,
    tag: String,
    image: ImageSummary,
}

pub(super) fn run(args: ImagesArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let ctx = super::context(global)?;
    let request = ListImagesRequest { name: args.name.clone(), filters: args.filter.clone() };
    let outcome = ops::execute(&ctx, Request::Image(ImageRequest::List(request)))?;
    let Outcome::Images(images) = outcome else { return Err(output::unexpected()) };
    output::print(show(&args, images, jiff::Timestamp::now().as_millisecond())?).map(|()| 0)
}

fn show(args: &ImagesArgs, images: Vec<ImageSummary>, now_ms: i64) -> Result<String, Failure> {
    let is = |switch: Option<bool>| switch.unwrap_or(false);
    let style = args.format.as_deref().map(Style::parse);
    if matches!(style, Some(Style::Json)) {
        return format::json(&images.iter().map(|image| object(image, now_ms)).collect::<Vec<_>>());
    }
    let id = |image: &ImageSummary| {
        if is(args.no_trunc) { image.id.to_string() } else { image.id.short().to_owned() }
    };
    let mut rows = rows(images);
    sort(&mut rows, args.sort);
    if is(args.quiet) {
        let mut ids: Vec<_> = rows.iter().map(|row| id(&row.image) + "\n").collect();
        ids.dedup();
        return Ok(ids.concat());
    }
    let data: Vec<_> = rows.iter().map(|row| fields(row, id(&row.image), now_ms)).collect();
    let digest = if is(args.digests) { "{{.Digest}}\t" } else { "" };
    let history = if is(args.history) { "\t{{.History}}" } else { "" };
    let default = format!(
        "{{{{.Repository}}}}\t{{{{.Tag}}}}\t{digest}{{{{.ID}}}}\t{{{{.Created}}}}\t{{{{.Size}}}}{history}"
    );
    match style {
        Some(Style::Rows(template)) => format::rows(template, &data),
        Some(Style::Table(template)) if !template.is_empty() => {
            format::table(template, header, &data, !is(args.noheading))
        }
        _ => format::table(&default, header, &data, !is(args.noheading)),
    }
}

fn header(field: &str) -> String {
    match field {
        "ID" | "Id" => "IMAGE ID".to_owned(),
        "CreatedAt" => "CREATED AT".to_owned(),
        "CreatedSince" => "CREATED".to_owned(),
        "RepoTags" => "REPO TAGS".to_owned(),
        other => other.to_uppercase(),
    }
}

fn rows(images: Vec<ImageSummary>) -> Vec<Row> {
    let mut rows = Vec::new();
    for image in images {
        if image.names.is_empty() {
            let none = || "<none>".to_owned();
            rows.push(Row { repository: none(), tag: none(), image });
            continue;
        }
        for name in &image.names {
            let (repository, tag) = match Reference::parse(name) {
                Ok(name) => (name.repository(), name.tag().unwrap_or("<none>").to_owned()),
                Err(_) => (name.clone(), String::new()),
            };
            rows.push(Row { repository, tag, image: image.clone() });
        }
    }
    rows
}

fn sort(rows: &mut [Row], by: Option<Sort>) {
    match by {
        // The order that they come in.
        None | Some(Sort::Created) => {}
        Some(Sort::Id) => rows.sort_by(|a, b| a.image.id.cmp(&b.image.id)),
        Some(Sort::Repository) => rows.sort_by(|a, b| a.repository.cmp(&b.repository)),
        Some(Sort::Size) => rows.sort_by_key(|row| row.image.size),
        Some(Sort::Tag) => rows.sort_by(|a, b| a.tag.cmp(&b.tag)),
    }
}

fn fields(row: &Row, id: String, now_ms: i64) -> Value {
    let image = &row.image;
    let since = if image.created.is_some() { human::ago(image.created_ms, now_ms) } else { "N/A".to_owned() };
    let size = human::size(image.size);
    json!({
        "ID": id, "Id": image.id.hex(), "Repository": row.repository, "Tag": row.tag,
        "Digest": image.digest, "Created": since, "CreatedSince": since,
        "CreatedAt": image.created.clone().unwrap_or_default(), "Size": size, "VirtualSize": size,
        "SharedSize": "0 B", "Labels": image.labels, "Containers": image.containers,
        "Names": image.names, "RepoTags": image.names, "RepoDigests": image.digests, "History": image.names.join(", "),
        "Dangling": image.names.is_empty(), "ReadOnly": false,
    })
}

/// An object of `--format json`, with podman's keys.
fn object(image: &ImageSummary, now_ms: i64) -> Value {
    let none: Option<Vec<String>> = None;
    json!({
        "Id": image.id.hex(), "ParentId": "", "RepoTags": Some(&image.names).filter(|n| !n.is_empty()),
        "RepoDigests": image.digests, "Size": image.size, "SharedSize": 0, "VirtualSize": image.size,
        "Labels": image.labels, "Containers": image.containers, "Names": if image.names.is_empty() { none } else { Some(image.names.clone()) },
        "Digest": image.digest, "History": image.names, "Created": image.created_ms / 1000,
        "CreatedAt": image.created.clone().unwrap_or_default(),
        "CreatedSince": human::ago(image.created_ms, now_ms), "Dangling": image.names.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::model::Digest;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: ImagesArgs,
    }

    fn images() -> Vec<ImageSummary> {
        let image = |n: u8, names: &[&str], size| ImageSummary {
            id: Digest::from_bytes(&[n; 32]),
            digest: Digest::from_bytes(&[n + 1; 32]),
            names: names.iter().map(|n| (*n).to_owned()).collect(),
            digests: Vec::new(),
            created: Some("1970-01-01T00:00:00Z".to_owned()),
            created_ms: 0,
            size,
            labels: [("k".to_owned(), "v".to_owned())].into(),
            containers: 0,
        };
        vec![
            image(0xaa, &["docker.io/library/busybox:latest", "localhost/b:1"], 4_261_000),
            image(0xbb, &[], 12),
        ]
    }

    fn shown(words: &[&str]) -> String {
        let line = Line::parse_from(std::iter::once("images").chain(words.iter().copied()));
        show(&line.args, images(), 3 * 24 * 3_600_000).unwrap()
    }

    #[test]
    fn lists() {
        let a = "aaaaaaaaaaaa";
        let b = "bbbbbbbbbbbb";
        let all = shown(&[]);
        assert_eq!(
            all,
            format!(
                "REPOSITORY                 TAG         IMAGE ID      CREATED     SIZE\n\
                 docker.io/library/busybox  latest      {a}  3 days ago  4.26 MB\n\
                 localhost/b                1           {a}  3 days ago  4.26 MB\n\
                 <none>                     <none>      {b}  3 days ago  12 B\n"
            )
        );
        assert_eq!(shown(&["-n"]).lines().count(), 3);
        assert_eq!(shown(&["-q"]), format!("{a}\n{b}\n"));
        assert!(shown(&["-q", "--no-trunc"]).starts_with("sha256:aaaa"));
        assert!(shown(&["--digests"]).contains("DIGEST") && shown(&["--digests"]).contains("sha256:abab"));
        assert_eq!(
            shown(&["--format", "{{.Repository}}:{{.Tag}} {{.ID}}", "--sort", "tag"]).lines().next(),
            Some(format!("localhost/b:1 {a}").as_str())
        );
        assert!(shown(&["--format", "table {{.ID}}\\t{{.Size}}"]).starts_with("IMAGE ID      SIZE\n"));
        let json: Value = serde_json::from_str(&shown(&["--format", "json"])).unwrap();
        assert_eq!(json[0]["Names"][1], "localhost/b:1");
        assert_eq!((&json[1]["Names"], &json[0]["Size"]), (&Value::Null, &json!(4_261_000)));
    }
}
