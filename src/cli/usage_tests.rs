use clap::Parser;

use super::*;
use crate::cli::Cli;

fn refused(line: &str) -> String {
    let words: Vec<OsString> = line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
    let Err(error) = Cli::try_parse_from(&words) else { return "taken".to_owned() };
    let failure = answer(&error, &words).unwrap_err();
    assert_eq!(failure.code, 125, "{line}");
    match failure.hint {
        Some(hint) => format!("{} | {hint}", failure.message),
        None => failure.message,
    }
}

#[test]
fn command_lines_that_cannot_be_taken() {
    for (line, want) in [
        ("rctr", "missing command | see rctr --help"),
        ("rctr --foo", "unknown flag: --foo"),
        ("rctr rnu", "unrecognized command `rctr rnu` | did you mean run? See rctr --help"),
        ("rctr frobnicate x", "unrecognized command `rctr frobnicate` | see rctr --help"),
        ("rctr run", "missing argument: IMAGE | see rctr run --help"),
        ("rctr run --rm", "missing argument: IMAGE"),
        ("rctr run --nmae x img", "unknown flag: --nmae | did you mean --name? See rctr run --help"),
        ("rctr run --reed-only img", "unknown flag: --reed-only | did you mean --read-only?"),
        ("rctr run --zzz img", "unknown flag: --zzz | see rctr run --help"),
        ("rctr run -Z img", "unknown shorthand flag: 'Z' in -Z | see rctr run --help"),
        ("rctr run -itZ img", "unknown shorthand flag: 'Z' in -Z"),
        (
            "rctr run -p 80 img",
            "unknown shorthand flag: 'p' in -p | podman has -p, rctr does not support it yet",
        ),
        ("rctr run -itp 80 img", "podman has -p, rctr does not support it yet"),
        ("rctr run -p 80:80 img", "podman has -p, rctr does not support it yet"),
        (
            "rctr run --publish 80 img",
            "unknown flag: --publish | podman has --publish, rctr does not support it yet",
        ),
        ("rctr run --publish=80 img", "podman has --publish,"),
        ("rctr run --pod p img", "podman has --pod,"),
        ("rctr run --secret s img", "podman has --secret,"),
        (
            "rctr --runroot /x run img",
            "unknown flag: --runroot | podman has --runroot, rctr does not support it yet",
        ),
        ("rctr run --name", "flag needs an argument: --name | see rctr run --help"),
        ("rctr run -e", "flag needs an argument: --env"),
        ("rctr run --tty=maybe img", "invalid argument \"maybe\" for --tty: want true or false"),
        ("rctr run --timeout x img", "invalid argument \"x\" for --timeout: invalid digit found in string"),
        ("rctr run --timeout -1 img", "invalid argument \"-1\" for --timeout"),
        ("rctr run --pull=alwys img", "invalid argument \"alwys\" for --pull | did you mean always?"),
        (
            "rctr run --pull=x img",
            "invalid argument \"x\" for --pull | choose one of always, missing, never, newer",
        ),
        ("rctr --log-level loud run img", "invalid argument \"loud\" for --log-level | choose one of"),
        ("rctr completion", "missing argument: SHELL | see rctr completion --help"),
        ("rctr completion bsah", "invalid argument \"bsah\" for <SHELL> | did you mean bash?"),
        ("rctr image", "missing command | see rctr image --help"),
        (
            "rctr image inspcet x",
            "unrecognized command `rctr image inspcet` | did you mean inspect? See rctr image --help",
        ),
        ("rctr images --qiet", "unknown flag: --qiet | did you mean --quiet? See rctr images --help"),
        ("rctr images --memory 5m", "unknown flag: --memory | see rctr images --help"),
        ("rctr run --rm=false --tty=0 -i=true --init=T img --nmae -Z", "taken"),
        ("rctr run --name --rm img", "taken"),
        ("rctr run --oom-score-adj -500 img", "taken"),
        ("rctr run --net host --dns-opt x img", "taken"),
        ("rctr run --log-level=DEBUG img", "taken"),
        ("rctr --log-level warning run img", "taken"),
    ] {
        let got = refused(line);
        assert!(got.contains(want), "{line}\n got: {got}\nwant: {want}");
    }
}
