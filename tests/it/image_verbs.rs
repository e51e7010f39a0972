//! What looks at images: history, tree, diff, filters.

use crate::support::image::Layer;
use crate::support::{Image, World};

/// `base` and, on top of it, `above`.
fn two() -> World {
    let world = World::new();
    let base = || Image::new("base").layer(Layer::new().dir("etc/", 0o755).file("etc/one", 0o644, "12345"));
    world.load(&base());
    let upper = Layer::new().file("etc/one", 0o644, "1").file("etc/two", 0o644, "22");
    world.load(&base().named("above").layer(upper));
    world
}

#[test]
fn history_has_podmans_columns() {
    let world = two();
    let id = world.run(&["images", "-q", "--no-trunc", "--filter", "reference=above"]).ok().out;
    let id = id.trim().trim_start_matches("sha256:");
    let table = world.run(&["history", "above"]).ok().out;
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("ID            CREATED"), "{table}");
    assert!(lines[0].ends_with("CREATED BY      SIZE        COMMENT"), "{table}");
    // The configuration tells of one step; the second layer stands for itself.
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[1].starts_with(&id[..12]) && lines[1].contains("3 B"), "{table}");
    assert!(lines[2].starts_with("<missing>") && lines[2].contains("the test suite  5 B"), "{table}");
    world.run(&["image", "history", "-q", "--no-trunc", "above"]).ok().out_is(&format!("{id}\n<missing>"));
    let json = world.run(&["history", "--format", "json", "above"]).ok().json();
    assert_eq!((json[0]["id"].as_str(), json[1]["size"].as_u64()), (Some(id), Some(5)));
    world.run(&["history", "nosuch"]).fails(125).err_has("nosuch: image not known");
}

#[test]
fn a_tree_tells_what_is_shared() {
    let world = two();
    let tree = world.run(&["image", "tree", "above"]).ok().out;
    let lines: Vec<_> = tree.lines().collect();
    assert_eq!(lines[1], "Tags:     [docker.io/library/above:latest]");
    assert_eq!(lines[2], "Size:     8B (3B shared with no other image)");
    let base =
        "Size: 5B Top Layer of: [docker.io/library/base:latest] Shared with: [docker.io/library/base:latest]";
    assert!(lines[4].starts_with("├── ID: ") && lines[4].ends_with(base), "{tree}");
    assert!(
        lines[5].starts_with("└── ID: ")
            && lines[5].contains("Size: 3B Top Layer of: [docker.io/library/above")
    );
    let above = world.run(&["image", "tree", "--whatrequires", "base"]).ok().out;
    assert!(above.contains("Top Layer of: [docker.io/library/above:latest]"), "{above}");
    assert!(
        !world.run(&["image", "tree", "base"]).ok().out.contains("Top Layer of: [docker.io/library/above")
    );
}

#[test]
fn filters_and_columns() {
    let world = two();
    let names = |filters: &[&str]| {
        let mut words = vec!["images", "--format", "{{.Repository}}", "--sort", "repository"];
        filters.iter().for_each(|filter| words.extend(["--filter", filter]));
        let out = world.run(&words).ok().out;
        out.lines().map(|l| l.trim_start_matches("docker.io/library/").to_owned()).collect::<Vec<_>>()
    };
    world.run(&["create", "base", "true"]).ok();
    for (filters, want) in [
        (vec!["until=2026-01-01"], vec![]),
        (vec!["until=2026-02-01"], vec!["above", "base"]),
        (vec!["containers=true"], vec!["base"]),
        (vec!["containers=false"], vec!["above"]),
        (vec!["intermediate=true"], vec![]),
        (vec!["intermediate=false", "readonly=false"], vec!["above", "base"]),
        (vec!["readonly=true"], vec![]),
    ] {
        assert_eq!(names(&filters), want, "{filters:?}");
    }
    world.run(&["images", "--filter", "foo=1"]).fails(125).err_has("filters are reference, dangling");
    let table = world.run(&["images", "--history", "--digests"]).ok().out;
    assert!(table.lines().next().unwrap().ends_with("SIZE        HISTORY"), "{table}");
    assert!(table.contains("docker.io/library/base:latest"), "{table}");
    world.run(&["image", "prune", "-a", "--filter", "until=2026-01-01"]).ok().out_is("");
    assert_eq!(names(&[]), ["above", "base"]);
}

#[test]
fn diff_and_mount() {
    let world = two();
    world.run(&["image", "diff", "above"]).ok().out_is("C /etc\nC /etc/one\nA /etc/two");
    let json = world.run(&["image", "diff", "--format", "json", "above"]).ok().json();
    assert_eq!(json["added"][0], "/etc/two");
    world.run(&["image", "mount"]).ok().out_is("");
    world
        .run(&["image", "mount", "base"])
        .fails(125)
        .err_has("cannot mount image base where you would see it")
        .err_has("Hint: rctr bundle IMAGE DIR");
    world.run(&["image", "mount", "nosuch"]).fails(125).err_has("image not known");
}

#[test]
fn a_copy_to_another_machine_is_refused_with_what_does_it() {
    let world = World::new();
    for (words, instead) in [
        (&["app:1", "me@there::"][..], "rctr save app:1 | ssh me@there rctr load"),
        (&["me@there::app:1"], "ssh me@there rctr save app:1 | rctr load"),
        (&["app:1"], "rctr save IMAGE | ssh USER@HOST rctr load"),
    ] {
        let outcome = world.run(&[&["image", "scp"], words].concat()).fails(125);
        outcome.err_has("image scp is not supported").err_has(&format!("Hint: {instead}"));
    }
}
