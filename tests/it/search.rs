//! `rctr search`.

use serde_json::json;

use crate::support::image::Packing;
use crate::support::registry::Registry;
use crate::support::scripted::{Content, Reply, Scripted};
use crate::support::{Image, Layer, World};

const INSECURE: &str = "--tls-verify=false";

#[test]
fn a_registry_that_cannot_search_lists_what_it_has() {
    let world = World::new();
    let registry = Registry::plain(&world.make_dir("registry"));
    let image = Image::new("x").layer(Layer::new().file("f", 0o644, "f"));
    for (name, tag) in [("team/app", "1"), ("team/app", "2"), ("team/other", "1"), ("apple", "1")] {
        registry.push(name, tag, &image, Packing::Gzip);
    }
    let search = |words: &[&str]| world.run(&[&["search", INSECURE][..], words].concat());
    let term = registry.name("app");
    search(&[&term])
        .ok()
        .out_has("NAME")
        .out_has(&registry.name("team/app"))
        .out_has(&registry.name("apple"));
    search(&["--format", "{{.Name}}", "--limit", "1", &term]).ok().out_is(&registry.name("apple"));
    search(&["--format", "{{.Index}}", &registry.name("none")]).ok().out_is("");
    search(&["--filter", "stars=1", &term]).ok().out_is("");
    search(&["--filter", "color=red", &term]).fails(125).err_has("filters are");
    let tags = ["--list-tags", "--format", "{{.Name}} {{.Tag}}"];
    let app = registry.name("team/app");
    let shown = search(&[&tags[..], &[&app]].concat()).ok();
    let shown = shown.out_has(&format!("{app} 1\n")).out_has(&format!("{app} 2\n"));
    assert_eq!(shown.out.lines().count(), 2, "{shown}");
    search(&["--list-tags", "--format", "json", "--limit", "1", &app]).ok().out_has(&app).out_has("\"Tags\"");
    search(&["--list-tags", &registry.name("none")]).fails(125).err_has("fetching tags list");
    world.run(&["search", "--tls-verify=false", "127.0.0.1:9/x"]).fails(125).err_has("connection refused");
}

#[test]
fn a_registry_that_can_is_asked() {
    let world = World::new();
    let found = |name: &str, stars: u64| {
        json!({"name": name, "description": format!("{name}\u{1b}[2J {}", "long ".repeat(20)), "star_count": stars,
               "is_official": stars > 5, "is_automated": false})
    };
    let answer = json!({"results": [found("library/app", 9), found("x/app", 1)]}).to_string();
    let server = Scripted::new(Content::default(), move |asked, _| {
        asked.path.starts_with("/v1/search?").then(|| Reply::new(200, answer.clone()))
    });
    let search =
        |words: &[&str]| world.run(&[&["search", INSECURE][..], words, &[&server.name("app")]].concat());
    let shown = search(&["--compatible"]).ok();
    let shown = shown.out_has("STARS").out_has("[OK]").out_has("...");
    assert!(!shown.out.contains('\u{1b}'), "{shown}");
    assert!(server.paths().iter().any(|path| path == "/v1/search?q=app&n=25"), "{:?}", server.paths());
    search(&["--filter", "is-official", "--format", "{{.Name}} {{.Stars}}"])
        .ok()
        .out_is(&format!("{} 9", server.name("library/app")));
    let whole = search(&["--no-trunc", "--format", "json"]).ok().json();
    let description = whole[0]["Description"].as_str().unwrap();
    assert!(description.len() > 80 && !description.contains('\u{1b}'), "{whole}");
}
