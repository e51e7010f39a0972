//! Who we are at registries: kept, used, forgotten; and `run` that fetches.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::image::Packing;
use crate::support::registry::Registry;
use crate::support::scripted::{Content, Scripted};
use crate::support::terminal::Terminal;
use crate::support::{Image, World};

const INSECURE: &str = "--tls-verify=false";

fn locked(world: &World) -> Registry {
    let dir = world.make_dir("registry");
    Registry::plain(&dir).push("app", "1", &Image::busybox(), Packing::Gzip);
    Registry::with_password(&dir)
}

#[test]
fn a_login_lasts_until_the_logout() {
    let world = World::new();
    let registry = locked(&world);
    let host = registry.host.as_str();
    let file = world.path("run/containers/auth.json");
    let outcome = world.run(&["login", INSECURE, "-u", "user", "-p", "wrong", host]).fails(125);
    outcome.err_has(&format!("logging into {host:?}: invalid username/password"));
    assert!(!file.exists(), "nothing is kept that the registry has not taken");
    let login =
        world.rctr(&["login", INSECURE, "-v", "-u", "user", "--password-stdin", host]).stdin("secret\n");
    login.run().ok().out_is(&format!("Used:  {}\nLogin Succeeded!", file.display()));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    world.run(&["login", "--get-login", host]).ok().out_is("user");
    world.run(&["login", INSECURE, host]).ok().out_has("Existing credentials are valid");
    world.run(&["pull", "-q", INSECURE, &registry.name("app:1")]).ok();
    world.run(&["logout", host]).ok().out_is(&format!("Removed login credentials for {host}"));
    world.run(&["logout", host]).fails(125).err_has(&format!("not logged into {host}"));
    world.run(&["login", "--get-login", host]).fails(125).err_has(&format!("not logged into {host}"));
    world.run(&["rmi", "-a"]).ok();
    world.run(&["pull", INSECURE, &registry.name("app:1")]).fails(125).err_has("unauthorized");
}

#[test]
fn of_many_logins_at_once_none_is_lost() {
    let world = World::new();
    let server = Scripted::new(Content::default(), |asked, _| {
        let known = asked.header("authorization") == "Basic dXNlcjpzZWNyZXQ=";
        (!known).then(|| {
            crate::support::scripted::Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x")
        })
    });
    let key = |n: usize| format!("{}/team{n}", server.host);
    let at_once = |verb: &[&str], keys: std::ops::Range<usize>| {
        let start = |n| world.rctr(&[verb, &[key(n).as_str()]].concat()).spawn();
        let running: Vec<_> = keys.map(start).collect();
        running.into_iter().for_each(|running| drop(running.finish().ok()));
    };
    let login = ["login", INSECURE, "-u", "user", "-p", "secret"];
    let kept = || {
        let text = std::fs::read(world.path("run/containers/auth.json")).unwrap();
        let json: Value = serde_json::from_slice(&text).unwrap();
        json["auths"].as_object().unwrap().len()
    };
    at_once(&login, 0..20);
    assert_eq!(kept(), 20);
    at_once(&["logout"], 0..10);
    assert_eq!(kept(), 10);
    assert_eq!(world.files_below("run/containers"), ["auth.json"], "nothing is left beside it");
}

#[test]
fn what_is_kept_beside_stays() {
    let world = World::new();
    let registry = locked(&world);
    let before = json!({"auths": {"other.example": {"auth": "YTpi"}}, "psFormat": "x", "auth-unknown": [1]});
    let file = world.write("auth.json", before.to_string());
    let path = file.to_str().unwrap();
    let host = registry.host.as_str();
    let repository = registry.name("app");
    world.run(&["login", INSECURE, "--authfile", path, "-u", "user", "-p", "secret", &repository]).ok();
    let read = || serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()).unwrap();
    let mut after = before.clone();
    after["auths"][&repository] = json!({"auth": "dXNlcjpzZWNyZXQ="});
    assert_eq!(read(), after);
    // The repository's own credentials open it, and only it.
    let env = |words: &[&str]| world.rctr(words).env("REGISTRY_AUTH_FILE", path).run();
    env(&["pull", INSECURE, &registry.name("app:1")]).ok();
    env(&["pull", INSECURE, &registry.name("other")]).fails(125).err_has("unauthorized");
    env(&["login", "--get-login", host]).fails(125);
    env(&["logout", &repository]).ok();
    assert_eq!(read(), before);
    env(&["logout", "--all"]).ok().out_is("Removed login credentials for all registries");
    assert_eq!(read()["auths"], json!({}));
    assert_eq!(read()["psFormat"], "x");
}

#[test]
fn a_helper_keeps_the_secret() {
    let world = World::new();
    let registry = locked(&world);
    let bin = world.make_dir("bin");
    let helper = world.write(
        "bin/docker-credential-box",
        "#!/bin/sh\nf=$HOME/box\ncase $1 in\n\
         store) cat >$f ;;\n\
         get) [ -e $f ] || { echo credentials not found in native keychain; exit 1; }; cat $f ;;\n\
         erase) rm $f ;;\n\
         esac\n",
    );
    crate::support::world::set_mode(&helper, 0o755);
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let rctr = |words: &[&str]| world.rctr(words).env("PATH", &path).run();
    world.make_dir("run/containers");
    let file =
        world.write("run/containers/auth.json", json!({"credHelpers": {&registry.host: "box"}}).to_string());
    let host = registry.host.as_str();
    rctr(&["login", "--get-login", host]).fails(125).err_has("not logged into");
    rctr(&["login", INSECURE, "-v", "-u", "user", "-p", "secret", host])
        .ok()
        .out_has("docker-credential-box");
    assert!(!std::fs::read_to_string(&file).unwrap().contains("auths"));
    rctr(&["login", "--get-login", host]).ok().out_is("user");
    rctr(&["pull", "-q", INSECURE, &registry.name("app:1")]).ok();
    rctr(&["logout", host]).ok();
    assert!(!world.path("home/box").exists());
    // One that fails is no reason to go on as nobody.
    world.write("bin/docker-credential-box", "#!/bin/sh\necho locked; exit 1\n");
    rctr(&["pull", INSECURE, &registry.name("app:1")]).fails(125).err_has("docker-credential-box: locked");
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let world = World::new();
    let registry = locked(&world);
    let host = registry.host.as_str();
    world.run(&["login", INSECURE, host]).fails(125).err_has("reading username: EOF");
    let outcome = world.run(&["login", INSECURE, "-u", "user", host]).fails(125);
    outcome.err_has("reading password").err_has("--password-stdin");
    world.run(&["login", INSECURE, "--password-stdin", host]).fails(125).err_has("Must provide --username");
    world.run(&["login", "a b"]).fails(125).err_has("\"a b\" is no registry");
    world.run(&["logout", "-a", "x"]).fails(125).err_has("--all takes no arguments");
}

#[test]
fn a_terminal_does_not_show_the_password() {
    let world = World::new();
    let registry = locked(&world);
    let mut terminal = Terminal::start(world.rctr(&["login", INSECURE, &registry.host]));
    terminal.expect("Username: ");
    terminal.write("user\n");
    terminal.expect("Password: ");
    terminal.write("secret\n");
    let said = terminal.expect("Login Succeeded!");
    assert!(!said.contains("secret"), "{said:?}");
    assert_eq!(terminal.code(), Some(0));
    assert!(terminal.settings().local_modes.contains(rustix::termios::LocalModes::ECHO), "shown again");
}

#[test]
fn a_password_that_is_not_given_leaves_the_terminal_as_it_was() {
    let world = World::new();
    let mut terminal = Terminal::start(world.rctr(&["login", "-u", "user", "localhost:1"]));
    terminal.expect("Password: ");
    assert!(!terminal.settings().local_modes.contains(rustix::termios::LocalModes::ECHO));
    terminal.write("\x03");
    // What setsid(1) makes of SIGINT.
    assert_eq!(terminal.code(), Some(2));
    assert!(terminal.settings().local_modes.contains(rustix::termios::LocalModes::ECHO));
}

#[test]
fn run_fetches_what_is_not_here() {
    let world = World::new();
    let mut content = Content::default();
    content.image("app", "1", &Image::busybox(), Packing::Gzip);
    let server = Scripted::new(content, |_, _| None);
    let name = server.name("app:1");
    let run = |flags: &[&str], name: &str| {
        let words =
            [&["run", "--rm", "--network", "none", INSECURE][..], flags, &[name, "echo", "ran"]].concat();
        world.run(&words)
    };
    run(&["--pull", "never"], &name).fails(125).err_has(&format!("no such image: {name}"));
    assert_eq!(server.requests().len(), 0);
    run(&["--dry-run"], &name).fails(125).err_has("no such image");
    let outcome = run(&[], &name).ok().out_is("ran");
    outcome.err_has(&format!("Trying to pull {name}..."));
    server.forget();
    run(&[], &name).ok().out_is("ran");
    run(&["--pull=missing"], &name).ok();
    assert_eq!(server.requests().len(), 0, "one that is here is not asked for");
    run(&["--pull=always", "-q"], &name).ok();
    run(&["--pull=newer"], &name).ok();
    assert_eq!(server.count("/manifests/"), 2);
    assert_eq!(server.count("/blobs/"), 0);
    let id = world.run(&["images", "-q"]).ok().out.trim().to_owned();
    run(&[], &id).ok();
    // Where the registry does not have it what is here will do, unless it must be asked.
    let empty = Scripted::new(Content::default(), |_, _| None);
    world.run(&["tag", &name, &empty.name("app:1")]).ok();
    run(&["--pull=newer"], &empty.name("app:1")).ok().out_is("ran");
    run(&["--pull=always"], &empty.name("app:1")).fails(125).err_has("manifest unknown");
    run(&["--pull=sometimes"], &name).fails(125).err_has("sometimes");
    let made = world.run(&["create", INSECURE, &name, "true"]).ok();
    assert_eq!(made.out.trim().len(), 64);
    world.run(&["rm", made.out.trim()]).ok();
}
