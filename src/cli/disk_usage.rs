//! `rctr system df`: how much room things take, in podman's and docker's tables.

use clap::Args;
use serde_json::{Value, json};

use super::format::{self, Style};
use super::{Failure, human, output};
use crate::model::{GlobalOptions, Reference, Request, SystemRequest};
use crate::ops::{self, DiskUsage, ImageSummary, Outcome};

/// Show how much room images, containers and volumes take.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct DiskUsageArgs {
    /// Print json, or fill a Go template for each kind
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show every image, container and volume
    #[arg(short, long)]
    verbose: Option<bool>,
}

pub(super) fn run(args: &DiskUsageArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let verbose = args.verbose.unwrap_or(false);
    if verbose && args.format.is_some() {
        return Err(Failure::new("cannot combine --format and --verbose flags"));
    }
    let request = Request::System(SystemRequest::DiskUsage);
    let Outcome::DiskUsage(usage) = ops::execute(&super::context(global)?, request)? else {
        return Err(output::unexpected());
    };
    output::notices(&usage.notices);
    let now_ms = jiff::Timestamp::now().as_millisecond();
    output::print(if verbose { every_one(&usage, now_ms) } else { summary(&usage, args.format.as_deref())? })
        .map(|()| 0)
}

/// One line a kind.
fn summary(usage: &DiskUsage, template: Option<&str>) -> Result<String, Failure> {
    let rows = kinds(usage);
    match template.map(Style::parse) {
        Some(Style::Json) => format::json(&rows),
        Some(Style::Rows(template)) => format::rows(template, &rows),
        Some(Style::Table(template)) if !template.is_empty() => {
            format::table(template, |field| field.to_uppercase(), &rows, true)
        }
        _ => format::table(
            "{{.Type}}\t{{.Total}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
            |field| field.to_uppercase(),
            &rows,
            true,
        ),
    }
}

fn kinds(usage: &DiskUsage) -> Vec<Value> {
    let row = |kind: &str, total: usize, active: usize, size: u64, free: u64| {
        let percent = u128::from(free) * 100 / u128::from(size.max(1));
        json!({
            "Type": kind,
            "Total": total,
            "TotalCount": total,
            "Active": active,
            "RawSize": size,
            "Size": human::compact_size(size),
            "RawReclaimable": free,
            "Reclaimable": format!("{} ({percent}%)", human::compact_size(free)),
        })
    };
    let containers = &usage.containers;
    let written = |only_idle: bool| {
        let counted = containers.iter().filter(|c| !only_idle || !c.container.phase.lives());
        counted.map(|c| c.size).fold(0, u64::saturating_add)
    };
    let volumes = &usage.volumes;
    let kept = |only_unused: bool| {
        let counted = volumes.iter().filter(|volume| !only_unused || volume.links == 0);
        counted.map(|volume| volume.size).fold(0, u64::saturating_add)
    };
    vec![
        row(
            "Images",
            usage.images.len(),
            usage.images.iter().filter(|image| image.image.containers > 0).count(),
            usage.layers,
            usage.unused_layers,
        ),
        row(
            "Containers",
            containers.len(),
            containers.iter().filter(|c| c.container.phase.runs()).count(),
            written(false),
            written(true),
        ),
        row(
            "Local Volumes",
            volumes.len(),
            volumes.iter().filter(|volume| volume.links > 0).count(),
            kept(false),
            kept(true),
        ),
    ]
}

/// Three tables.
fn every_one(usage: &DiskUsage, now_ms: i64) -> String {
    let size = human::compact_size;
    let table = |title: &str, header: &str, rows: Vec<Vec<String>>| {
        let header = header.split('\t').map(str::to_owned).collect();
        let lines = std::iter::once(header).chain(rows).collect();
        format!("{title} space usage:\n\n{}", format::columns(lines))
    };
    let images = usage.images.iter().flat_map(|image| {
        names(&image.image).into_iter().map(move |(repository, tag)| {
            let summary = &image.image;
            let whole = image.shared.saturating_add(image.unique);
            vec![
                repository,
                tag,
                summary.id.short().to_owned(),
                human::lasting(now_ms.saturating_sub(summary.created_ms)),
                size(whole),
                size(image.shared),
                size(image.unique),
                summary.containers.to_string(),
            ]
        })
    });
    let containers = usage.containers.iter().map(|usage| {
        let container = &usage.container;
        let spec = container.spec.as_ref();
        let image = spec.and_then(|spec| spec.image.as_ref()).map(|image| image.id.short().to_owned());
        let command = spec.map(|spec| spec.process.args.join(" ")).unwrap_or_default();
        vec![
            container.id.short().to_owned(),
            image.unwrap_or_default(),
            command.chars().map(|c| if c.is_control() { ' ' } else { c }).take(COMMAND).collect(),
            usage.volumes.to_string(),
            size(usage.size),
            human::lasting(now_ms.saturating_sub(container.created_ms)),
            container.phase.word().to_owned(),
            container.name.clone(),
        ]
    });
    let volumes = usage
        .volumes
        .iter()
        .map(|volume| vec![volume.name.clone(), volume.links.to_string(), size(volume.size)]);
    [
        table(
            "Images",
            "REPOSITORY\tTAG\tIMAGE ID\tCREATED\tSIZE\tSHARED SIZE\tUNIQUE SIZE\tCONTAINERS",
            images.collect(),
        ),
        table(
            "Containers",
            "CONTAINER ID\tIMAGE\tCOMMAND\tLOCAL VOLUMES\tSIZE\tCREATED\tSTATUS\tNAMES",
            containers.collect(),
        ),
        table("Local Volumes", "VOLUME NAME\tLINKS\tSIZE", volumes.collect()),
    ]
    .join("\n")
}

/// So many letters of a command are shown.
const COMMAND: usize = 20;

/// Repository and tag of each name.
fn names(image: &ImageSummary) -> Vec<(String, String)> {
    let none = || "<none>".to_owned();
    if image.names.is_empty() {
        return vec![(none(), none())];
    }
    let split = |name: &String| match Reference::parse(name) {
        Ok(name) => (name.repository(), name.tag().map_or_else(none, str::to_owned)),
        Err(_) => (name.clone(), none()),
    };
    image.names.iter().map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{ImageUsage, VolumeUsage};

    #[test]
    fn tables_are_podmans() {
        let image = |n: u8, names: &[&str], containers| ImageSummary {
            digests: Vec::new(),
            id: crate::model::Digest::from_bytes(&[n; 32]),
            digest: crate::model::Digest::from_bytes(&[n; 32]),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            created: None,
            created_ms: 0,
            size: 0,
            labels: Default::default(),
            containers,
        };
        let usage = DiskUsage {
            images: vec![
                ImageUsage { image: image(0xaa, &["localhost/bb:latest"], 1), shared: 1000, unique: 987_654 },
                ImageUsage { image: image(0xbb, &[], 0), shared: 1000, unique: 0 },
            ],
            layers: 988_654,
            unused_layers: 200_000,
            containers: vec![],
            volumes: vec![VolumeUsage { name: "vv".to_owned(), links: 0, size: 12 }],
            notices: vec![],
        };
        let want = "TYPE           TOTAL       ACTIVE      SIZE        RECLAIMABLE\n\
                    Images         2           1           988.7kB     200kB (20%)\n\
                    Containers     0           0           0B          0B (0%)\n\
                    Local Volumes  1           0           12B         12B (100%)\n";
        assert_eq!(summary(&usage, None).unwrap(), want);
        assert_eq!(
            summary(&usage, Some("{{.Type}}|{{.Total}}")).unwrap(),
            "Images|2\nContainers|0\nLocal Volumes|1\n"
        );
        let rows: Value = serde_json::from_str(&summary(&usage, Some("json")).unwrap()).unwrap();
        assert_eq!((&rows[0]["RawSize"], &rows[2]["Reclaimable"]), (&json!(988_654), &json!("12B (100%)")));
        let want = "Images space usage:\n\n\
             REPOSITORY    TAG         IMAGE ID      CREATED     SIZE        SHARED SIZE  UNIQUE SIZE  CONTAINERS\n\
             localhost/bb  latest      aaaaaaaaaaaa  2 hours     988.7kB     1kB          987.7kB      1\n\
             <none>        <none>      bbbbbbbbbbbb  2 hours     1kB         1kB          0B           0\n\n\
             Containers space usage:\n\n\
             CONTAINER ID  IMAGE       COMMAND     LOCAL VOLUMES  SIZE        CREATED     STATUS      NAMES\n\n\
             Local Volumes space usage:\n\n\
             VOLUME NAME  LINKS       SIZE\n\
             vv           0           12B\n";
        assert_eq!(every_one(&usage, 7_200_000), want);
    }
}
