//! Disks that are full, from nothing at all to just enough: every verb says so and what to do, leaves nothing half-made, and
//! works when there is room. And on a full disk room can be made.

use crate::support::image::Packing;
use crate::support::scripted::{Content, Scripted};
use crate::support::{Image, Layer, Outcome, World, in_own_mounts, rctr_binary};

/// Two layers: one large file, and many small ones.
fn image() -> Image {
    let small = (0..60).fold(Layer::new().dir("d/", 0o755), |layer, n| {
        layer.file(&format!("d/{n}"), 0o644, vec![b'x'; 3000])
    });
    Image::busybox().named("app:1").layer(small).layer(Layer::new().file("large", 0o644, vec![7; 900_000]))
}

/// Functions of the shell that the steps are written in. There is a single id, and the home lies on a tmpfs of its own, as
/// does `$full`.
///
/// `room DIR KB` leaves so much room there. `step DIR FROM TO BY WORDS…` gives rctr from FROM to TO kilobytes until it
/// succeeds, and says for each try: `= KB CODE`, what is in tmp/ and what was said.
const SHELL: &str = r#"
r() { setpriv --ambient-caps=-all --inh-caps=-all "$rctr" "$@"; }
room() { mount -o "remount,size=$(($(df -k --output=used "$1" | tail -n 1) + $2))k" none "$1"; }
step() {
    dir=$1 kb=$2 to=$3 by=$4
    shift 4
    while [ "$kb" -le "$to" ]; do
        room "$dir" "$kb"
        code=0
        said=$(r "$@" 2>&1 >/dev/null) || code=$?
        echo "= $kb $code tmp $(ls -A "$HOME/.local/share/rctr/tmp" 2>/dev/null | tr '\n' ' '): $(echo "$said" | tr '\n' ' ')"
        [ "$code" != 0 ] || break
        [ -z "${after:-}" ] || $after
        kb=$((kb + by))
    done
    mount -o remount,size=64m none "$dir"
}
set -e
mount -t tmpfs -o size=64m,mode=755 none "$HOME"
mount -t tmpfs -o size=64m,mode=755 none "$full"
"#;

/// Runs the steps as a user whose disks they make small.
fn steps(world: &World, script: &str) -> Option<Outcome> {
    let hide = "for f in newuidmap newgidmap; do mount --bind /dev/null $(command -v $f); done; exec \"$@\"";
    let under = in_own_mounts(hide)?;
    let under: Vec<&str> = under.iter().map(String::as_str).collect();
    let sh = world.program("/bin/sh").args(["-c", &format!("{SHELL}{script}")]);
    let sh = sh.env("rctr", rctr_binary()).env("full", world.make_dir("full"));
    Some(sh.cwd(world.path("run")).under(&under).run())
}

/// The tries of all steps: `(failed, succeeded)`. Each failure says what is wrong and what to do, and leaves nothing in
/// tmp/.
#[track_caller]
fn tries(outcome: &Outcome, hint: &str) -> (usize, usize) {
    assert_eq!(outcome.code, 0, "{outcome}");
    let (mut failed, mut succeeded) = (0, 0);
    for line in outcome.out.lines().filter_map(|line| line.strip_prefix("= ")) {
        let code = line.split(' ').nth(1).unwrap();
        let (place, said) = line.split_once(": ").unwrap_or((line, ""));
        assert!(place.ends_with("tmp .lock ") || place.ends_with("tmp "), "something half-made: {line}");
        if code == "0" {
            succeeded += 1;
            continue;
        }
        assert_eq!(code, "125", "{line}");
        assert!(said.contains("no space left on device") && said.contains(hint), "{line}");
        failed += 1;
    }
    (failed, succeeded)
}

const STORE: &str = "Hint: make room (rctr system df";
const WHOLE: &str = "r system check | grep -q 'no damage'";

#[test]
fn images_that_come() {
    let world = World::new();
    let archive = world.path("app.tar");
    image().docker_archive(&archive);
    let mut content = Content::default();
    content.image("app", "1", &image(), Packing::Gzip);
    let server = Scripted::new(content, |_, _| None);
    let (archive, name) = (archive.display(), server.name("app:1"));
    let script = format!(
        "step $HOME 4 40 12 load -q -i {archive}; step $HOME 300 9000 130 load -q -i {archive}
         {WHOLE}; r rmi -a -f >/dev/null
         step $HOME 4 40 12 pull -q --tls-verify=false {name}; step $HOME 300 9000 130 pull -q --tls-verify=false {name}
         {WHOLE}; r run --rm --network none app:1 true 2>/dev/null || r run --rm --network none {name} true 2>/dev/null"
    );
    let Some(outcome) = steps(&world, &script) else { crate::skip!("cannot mount in a user namespace") };
    let (failed, succeeded) = tries(&outcome, STORE);
    assert!(failed >= 12 && succeeded == 2, "{outcome}");
}

#[test]
fn what_is_made_of_them() {
    let world = World::new();
    let archive = world.path("app.tar");
    image().docker_archive(&archive);
    let script = format!(
        "r load -q -i {} >/dev/null
         step $HOME 0 200 4 tag app:1 other:1
         step $HOME 0 200 4 run --rm --network none app:1 true
         step $HOME 0 200 4 create --name two --network none app:1 true
         head -c 300000 /dev/zero | tr '\\0' x >$XDG_RUNTIME_DIR/f; r cp $XDG_RUNTIME_DIR/f two:/f 2>/dev/null
         step $HOME 0 2000 80 commit -q two made:1
         {WHOLE}; r ps -aq | wc -l; r run --rm --network none made:1 wc -c /f 2>/dev/null
         room $HOME 0; r rm two >/dev/null; r untag other:1; r rmi -a -f >/dev/null; {WHOLE}; r images -q",
        archive.display()
    );
    let Some(outcome) = steps(&world, &script) else { crate::skip!("cannot mount in a user namespace") };
    let (failed, succeeded) = tries(&outcome, STORE);
    assert!(failed >= 7 && succeeded == 4, "{outcome}");
    let rest: Vec<_> = outcome.out.lines().filter(|line| !line.starts_with("= ")).collect();
    assert_eq!(rest, ["1", "300000 /f"], "one container, its file committed, and then nothing: {outcome}");
}

#[test]
fn what_goes_out() {
    let world = World::new();
    let archive = world.path("app.tar");
    image().docker_archive(&archive);
    let script = format!(
        "empty() {{ ls -A $full; }}
         after=empty
         r load -q -i {} >/dev/null; r create --name two --network none app:1 true >/dev/null 2>&1
         step $full 4 9000 800 save -o $full/x.tar app:1; rm $full/x.tar
         step $full 4 9000 800 export -o $full/x.tar two; rm $full/x.tar
         after=
         step $full 4 9000 800 save --format oci-dir -o $full/d app:1; rm -r $full/d
         step $full 4 9000 800 bundle app:1 $full/b; ls $full/b",
        archive.display()
    );
    let Some(outcome) = steps(&world, &script) else { crate::skip!("cannot mount in a user namespace") };
    let (failed, succeeded) = tries(&outcome, "Hint: make room where");
    assert!(failed >= 12 && succeeded == 4, "{outcome}");
    let rest: Vec<_> = outcome.out.lines().filter(|line| !line.starts_with("= ")).collect();
    assert_eq!(rest, ["config.json", "rootfs"], "nothing is left of what failed: {outcome}");
}
