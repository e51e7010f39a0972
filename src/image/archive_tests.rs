//! Archives of every kind, put together by hand, good and bad.

use std::io::Write;

use serde_json::json;

use super::*;
use crate::image::bundle::sha256;
use crate::image::document::{OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST};
use crate::image::tar::build::Tar;
use crate::model::Digest;

fn source(tar: Tar) -> Source {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&tar.end()).unwrap();
    Source::archive(file, "x.tar").unwrap()
}

fn host() -> Platform {
    Platform::of_machine("x86_64")
}

fn config(diff_ids: &[Digest]) -> Vec<u8> {
    json!({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]},
           "rootfs": {"type": "layers", "diff_ids": diff_ids}})
    .to_string()
    .into_bytes()
}

fn blob(tar: Tar, bytes: &[u8]) -> Tar {
    tar.pax(&[(b"path", format!("blobs/sha256/{}", sha256(bytes).hex()).as_bytes())]).file("blob", bytes)
}

/// A layout with one image a platform, all under one name; returns the archive and the manifests.
fn layout(platforms: &[(&str, &str)], name: Option<&str>, nested: bool) -> (Tar, Vec<Vec<u8>>) {
    let layer = Tar::default().file("f", b"1").end();
    let mut tar = blob(Tar::default(), &layer);
    let mut manifests = Vec::new();
    let mut descriptors = Vec::new();
    for (os, architecture) in platforms {
        let mut config = config(&[sha256(&layer)]);
        config.extend(format!("\n\n{:>1$}", "", architecture.len()).as_bytes());
        let manifest = json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": {"mediaType": OCI_CONFIG, "digest": sha256(&config), "size": config.len()},
            "layers": [{"mediaType": OCI_LAYER, "digest": sha256(&layer), "size": layer.len()}]})
        .to_string()
        .into_bytes();
        tar = blob(blob(tar, &config), &manifest);
        let mut descriptor = json!({"mediaType": OCI_MANIFEST, "digest": sha256(&manifest), "size": manifest.len(),
            "platform": {"os": os, "architecture": architecture}});
        if let Some(name) = name.filter(|_| !nested) {
            descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": name});
        }
        descriptors.push(descriptor);
        manifests.push(manifest);
    }
    let mut index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors});
    if nested {
        let bytes = index.to_string().into_bytes();
        tar = blob(tar, &bytes);
        let annotations =
            json!({"io.containerd.image.name": name, "org.opencontainers.image.ref.name": "latest"});
        index = json!({"schemaVersion": 2, "manifests": [
            {"mediaType": OCI_INDEX, "digest": sha256(&bytes), "size": bytes.len(), "annotations": annotations}]});
    }
    (tar.file("index.json", index.to_string().as_bytes()).file("oci-layout", b"{}"), manifests)
}

#[test]
fn docker_archives_of_both_layouts() {
    let layer = Tar::default().file("f", b"1").end();
    let config = config(&[sha256(&layer), sha256(&layer)]);
    let id = sha256(&config);
    let name = format!("{}.json", id.hex());
    let list =
        json!([{"Config": name, "RepoTags": ["a:1", "b:2"], "Layers": ["x/layer.tar", "y/layer.tar"]}]);
    let old = Tar::default()
        .file("x/layer.tar", &layer)
        .symlink("y/layer.tar", "../x/layer.tar")
        .file(&name, &config)
        .file("manifest.json", list.to_string().as_bytes());
    let place = format!("blobs/sha256/{}", sha256(&layer).hex());
    let list =
        json!([{"Config": format!("blobs/sha256/{}", id.hex()), "RepoTags": null, "Layers": [place, place]}]);
    let new = blob(blob(Tar::default(), &layer), &config)
        .file("manifest.json", list.to_string().as_bytes())
        .file("index.json", b"not looked at");
    let old = read_images(&source(old), &host()).unwrap().remove(0);
    let new = read_images(&source(new), &host()).unwrap().remove(0);
    assert_eq!((old.names.len(), new.names.len()), (2, 0));
    for bundle in [&old, &new] {
        assert_eq!(bundle.id(), id);
        assert_eq!(bundle.layers.len(), 2);
        assert_eq!(bundle.layers[0].diff_id, sha256(&layer));
    }
    assert_eq!(new.layers[0].expected.digest, Some(sha256(&layer)));
    assert_eq!(old.manifest, new.manifest, "the made-up manifest does not depend on the layout");
}

#[test]
fn the_platform_decides() {
    let both = [("unknown", "unknown"), ("linux", "arm64"), ("linux", "amd64")];
    for nested in [false, true] {
        let (tar, manifests) = layout(&both, Some("quay.io/a/b:c"), nested);
        let bundles = read_images(&source(tar), &host()).unwrap();
        assert_eq!(bundles.len(), 1);
        assert_eq!(
            (&bundles[0].manifest, bundles[0].names[0].to_string()),
            (&manifests[2], "quay.io/a/b:c".to_owned())
        );
        assert_eq!(bundles[0].layers[0].expected.size, Some(bundles[0].layers[0].blob.size()));
    }
    let (tar, _) = layout(&[("linux", "arm64"), ("unknown", "unknown")], None, false);
    let error = read_images(&source(tar), &host()).unwrap_err();
    assert_eq!(error.to_string(), "no image for linux/amd64 in x.tar: it has linux/arm64");
}

#[test]
fn a_bare_latest_is_no_name() {
    let (tar, _) = layout(&[("linux", "amd64")], Some("latest"), false);
    assert!(read_images(&source(tar), &host()).unwrap()[0].names.is_empty());
}

#[test]
fn what_disagrees_is_told() {
    let layer = Tar::default().file("f", b"1").end();
    let good = config(&[sha256(&layer)]);
    let docker = |config_name: &str, config: &[u8], layers: serde_json::Value| {
        let list = json!([{"Config": config_name, "Layers": layers}]);
        Tar::default()
            .file("l.tar", &layer)
            .file(config_name, config)
            .file("manifest.json", list.to_string().as_bytes())
    };
    let named = format!("{}.json", "ab".repeat(32));
    for (tar, want) in [
        (docker(&named, &good, json!(["l.tar"])), "digest of"),
        (docker("c.json", &good, json!(["l.tar", "l.tar"])), "it names 1 layers, the manifest 2"),
        (docker("c.json", &good, json!(["gone.tar"])), "\"gone.tar\" is missing"),
        (docker("c.json", b"{}", json!([])), "image configuration in x.tar"),
        (Tar::default().file("manifest.json", b"[]"), "names no image"),
        (Tar::default().file("manifest.json", b"[{}]"), "corrupted manifest.json of x.tar"),
        (Tar::default().file("etc/passwd", b""), "no image archive that rctr knows"),
        (Tar::default().file("index.json", br#"{"schemaVersion":2,"manifests":[]}"#), "names no image"),
    ] {
        let error = read_images(&source(tar), &host()).unwrap_err().to_string();
        assert!(error.contains(want), "{error}\nwant {want}");
    }
    // A blob that is not what its name says.
    let (mut tar, manifests) = layout(&[("linux", "amd64")], None, false);
    let at = tar.0.windows(manifests[0].len()).position(|w| w == manifests[0]).unwrap();
    tar.0[at + 20] ^= 1;
    assert!(matches!(read_images(&source(tar), &host()), Err(ImageError::Digest { .. })));
}
