//! Verbs that change what the store has of images are killed, all of their processes at once, at any instant: what is
//! there stays whole, and the next command sweeps the rest.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};

use crate::support::image::Packing;
use crate::support::scripted::{Content, Scripted};
use crate::support::{Image, Layer, Outcome, World, program, without};

const INSECURE: &str = "--tls-verify=false";

/// How often each of the six verbs is killed at a random moment, and at how many of its changes about: so often, or what
/// RCTR_TEST_KILLS says.
fn kills() -> u32 {
    std::env::var("RCTR_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

/// Three layers, of which one does not list its directories.
fn image() -> Image {
    let many = |salt: u32| {
        let layer = Layer::new().dir("d/", 0o755);
        (0..40).fold(layer, |layer, n| {
            layer.file(&format!("d/{salt}-{n}"), 0o644, format!("{salt} {n}").repeat(500))
        })
    };
    Image::new("app").layer(many(1)).layer(many(2)).layer(Layer::new().file("d/x/y", 0o644, "z"))
}

/// A user, a registry that has `app:1`, the same in an archive, and the words for both.
struct Scene {
    world: World,
    server: Scripted,
    archive: String,
    /// What every command runs under.
    under: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        world.leaves_processes();
        let mut content = Content::default();
        content.image("app", "1", &image(), Packing::Gzip);
        let archive = world.path("app.tar");
        image().docker_archive(&archive);
        let server = Scripted::new(content, |_, _| None);
        Self { world, server, archive: archive.to_str().unwrap().to_owned(), under: Vec::new() }
    }

    /// The same, where there is a single id: a traced setuid helper has no privileges.
    fn without_helpers() -> Option<Self> {
        Some(Self { under: without(&["newuidmap", "newgidmap"])?, ..Self::new() })
    }

    fn name(&self) -> String {
        self.server.name("app:1")
    }

    fn run(&self, words: &[&str]) -> Outcome {
        self.under(&[], words)
    }

    /// Runs rctr under something else, too.
    fn under(&self, more: &[&str], words: &[&str]) -> Outcome {
        let under: Vec<&str> = self.under.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let run = self.world.rctr(words);
        if under.is_empty() { run.run() } else { run.under(&under).run() }
    }

    fn pull(&self) {
        self.run(&["pull", "-q", INSECURE, &self.name()]).ok();
    }

    /// Nothing is damaged, whatever else is there; and the next pull works.
    #[track_caller]
    fn is_whole(&self, what: &str) {
        let check = self.run(&["system", "check"]);
        assert!(check.code == 0 && check.out.contains("no damage"), "{what}: {check}");
        self.pull();
        left_nothing(&self.world, what);
        let create = self.run(&["create", "--name", "probe", "--network", "none", &self.name(), "true"]);
        assert_eq!(create.code, 0, "{what}: {create}");
        self.run(&["rm", "probe"]).ok();
    }

    /// At the end nothing is left that no image needs, and with the images goes all the rest.
    fn ends_clean(&self) {
        self.run(&["rm", "-a"]).ok();
        self.run(&["image", "prune", "-f"]).ok();
        self.run(&["system", "check"]).ok().out_has("no damage");
        self.run(&["rmi", "-a", "-f"]).ok();
        self.run(&["image", "prune", "-a", "-f"]).ok();
        self.run(&["system", "check"]).ok().out_is("0 images, 0 layers: no damage");
        for dir in ["layers", "images/blobs/sha256", "images/refs", "images/ids"] {
            let left: Vec<_> =
                std::fs::read_dir(self.world.store().join(dir)).into_iter().flatten().collect();
            assert!(left.is_empty(), "{dir}: {left:?}");
        }
        left_nothing(&self.world, "the end");
    }
}

#[track_caller]
fn left_nothing(world: &World, what: &str) {
    let left: Vec<_> =
        std::fs::read_dir(world.store().join("tmp")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, [".lock"], "{what}");
}

/// A verb, and what makes it possible.
type Verb = (&'static str, fn(&Scene), fn(&Scene) -> Vec<String>);

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

const VERBS: [Verb; 6] = [
    ("pull", away, |s| words(&["pull", "-q", INSECURE, &s.name()])),
    ("load", away, |s| words(&["load", "-q", "-i", &s.archive])),
    ("rmi", Scene::pull, |s| words(&["rmi", &s.name()])),
    ("prune", Scene::pull, |_| words(&["image", "prune", "-a", "-f"])),
    ("tag", Scene::pull, |s| words(&["tag", &s.name(), "other:1", "other:2"])),
    ("commit", container, |_| words(&["commit", "-q", "one", "made:1"])),
];

fn away(scene: &Scene) {
    scene.run(&["rmi", "-a", "-f"]).ok();
}

/// Something to commit: a container with a file of its own.
fn container(scene: &Scene) {
    if scene.run(&["container", "exists", "one"]).code == 0 {
        return;
    }
    scene.pull();
    scene.run(&["create", "--name", "one", "--network", "none", &scene.name(), "true"]).ok();
    let file = scene.world.write("home/mine", vec![7; 100_000]);
    scene.run(&["cp", file.to_str().unwrap(), "one:/mine"]).ok();
}

/// Numbers that are the same every time (LCG of Numerical Recipes), from 0 to 1.
fn next(state: &mut u32) -> f64 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    f64::from(*state >> 8) / f64::from(1 << 24)
}

/// Cuts the power at moments that a seed chooses, from a verb's beginning to a little after its end.
fn cut_at_random(verbs: &[Verb], mut seed: u32) {
    let scene = Scene::new();
    let mut killed = 0;
    for (name, before, words) in verbs {
        before(&scene);
        let words = words(&scene);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let begun = Instant::now();
        scene.run(&words).ok();
        let whole = begun.elapsed();
        for n in 0..kills() {
            before(&scene);
            let running = scene.world.rctr(&words).spawn();
            wait(whole.mul_f64(1.1 * next(&mut seed)));
            // With everything it has started; a third of the times it alone, and its helpers have to see that.
            if n % 3 == 2 {
                running.signal(Signal::SIGKILL);
            } else {
                killpg(running.pid(), Signal::SIGKILL).unwrap();
            }
            killed += u32::from(running.finish().code != 0);
            scene.is_whole(&format!("{name}, kill {n}"));
        }
    }
    assert!(killed > 1, "only {killed} of the kills met somebody");
    scene.ends_clean();
}

/// The moment is the test's subject here, there is no event to wait for.
fn wait(time: Duration) {
    let (_never, nothing) = std::sync::mpsc::channel::<()>();
    let _timed_out = nothing.recv_timeout(time);
}

#[test]
fn images_on_their_way_in() {
    cut_at_random(&VERBS[..2], 1);
}

#[test]
fn images_on_their_way_out() {
    cut_at_random(&VERBS[2..4], 2);
}

#[test]
fn names_and_commits() {
    cut_at_random(&VERBS[4..], 3);
}

/// Whatever changes a directory or makes a change last.
const CHANGES: &str =
    "mkdir,mkdirat,link,linkat,rename,renameat,renameat2,unlink,unlinkat,rmdir,fsync,syncfs";

/// Kills a verb right after its n-th change, for every n until it comes through.
fn every_change(verb: &Verb) {
    let (Some(strace), Some(scene)) = (program(&["strace"]), Scene::without_helpers()) else {
        crate::skip!("strace or unshare is missing");
    };
    let (name, before, words) = verb;
    let words = words(&scene);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut killed = 0;
    let step = (24 / kills()).max(1);
    let mut n = 1;
    loop {
        before(&scene);
        let inject = format!("inject={CHANGES}:signal=SIGKILL:when={n}");
        let trace = format!("trace={CHANGES}");
        let strace = [strace.to_str().unwrap(), "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
        let outcome = scene.under(&strace, &words);
        if outcome.err.contains("ptrace") {
            crate::skip!("strace may not trace here");
        }
        scene.is_whole(&format!("{name}, change {n}"));
        if outcome.code == 0 {
            break;
        }
        assert!(killed < 1000, "{name} never comes through: {outcome}");
        killed += 1;
        // Later ones are mostly those of one file after the other.
        n += step + n / 16;
    }
    println!("{name}: {killed} kills, up to change {n}");
    assert!(killed > 1, "{name}: only {killed} of the kills met somebody");
    scene.ends_clean();
}

#[test]
fn every_change_of_a_pull() {
    every_change(&VERBS[0]);
}

#[test]
fn every_change_of_a_load() {
    every_change(&VERBS[1]);
}

#[test]
fn every_change_of_a_removal() {
    every_change(&VERBS[2]);
    every_change(&VERBS[3]);
}

#[test]
fn every_change_of_a_tag_and_a_commit() {
    every_change(&VERBS[4]);
    every_change(&VERBS[5]);
}

/// Nobody is in anybody's way: whoever comes too late says so, and everything else works.
#[test]
fn pulls_removals_and_prunes_at_once() {
    let scene = Scene::new();
    let name = scene.name();
    for round in 0..40 {
        let pull = ["pull", "-q", INSECURE, name.as_str()];
        let prune = ["image", "prune", "-a", "-f"];
        let all: [&[&str]; 4] = [&pull, &["rmi", &name], &pull, &prune];
        // Each of them is the first to start now and then.
        let running: Vec<_> = (0..4).map(|n| scene.world.rctr(all[(n + round) % 4]).spawn()).collect();
        for outcome in running.into_iter().map(|running| running.finish()) {
            let late = outcome.code == 1 && outcome.err.contains("image not known");
            assert!(outcome.code == 0 || late, "round {round}: {outcome}");
        }
        left_nothing(&scene.world, "a round");
    }
    scene.is_whole("the end");
    scene.ends_clean();
}
