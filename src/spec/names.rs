//! Container names: what is one, and one for a container that was not given any.

use super::SpecError;

const MOODS: [&str; 40] = [
    "able", "airy", "ample", "bold", "brave", "bright", "brisk", "busy", "calm", "cheerful", "civil",
    "clever", "crisp", "eager", "fair", "frank", "gentle", "glad", "grand", "handy", "hardy", "jolly",
    "keen", "kind", "lively", "lucid", "merry", "mellow", "nimble", "patient", "placid", "proud", "quick",
    "quiet", "ready", "sincere", "steady", "sunny", "upbeat", "witty",
];
const PEOPLE: [&str; 48] = [
    "abel",
    "ampere",
    "babbage",
    "bernoulli",
    "bohr",
    "boole",
    "cantor",
    "cerf",
    "church",
    "codd",
    "curie",
    "darwin",
    "dijkstra",
    "euclid",
    "euler",
    "faraday",
    "fermat",
    "franklin",
    "galois",
    "gauss",
    "germain",
    "hamming",
    "hilbert",
    "hopper",
    "huffman",
    "kepler",
    "knuth",
    "kolmogorov",
    "lamport",
    "laplace",
    "leibniz",
    "liskov",
    "lovelace",
    "maxwell",
    "mendel",
    "newton",
    "noether",
    "pascal",
    "perlman",
    "ritchie",
    "shannon",
    "tesla",
    "thompson",
    "torvalds",
    "turing",
    "volta",
    "wirth",
    "wu",
];

/// `mood_person`, and from the `attempt`-th try on with a number: names must be unique on a machine.
pub fn random(number: u64, attempt: u32) -> String {
    let (moods, people) = (MOODS.len() as u64, PEOPLE.len() as u64);
    let mood = MOODS[(number % moods) as usize];
    let person = PEOPLE[(number / moods % people) as usize];
    match attempt {
        0..4 => format!("{mood}_{person}"),
        _ => format!("{mood}_{person}{}", number / (moods * people) % 10_000),
    }
}

/// Checks a name (podman's and docker's rule, and their words).
pub fn check(name: &str) -> Result<(), SpecError> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let fine = name.len() <= 255
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(inner);
    match fine {
        true => Ok(()),
        false => Err(SpecError::flag("--name", name, "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_random_name_is_a_name() {
        for number in (0..5000u64).chain([u64::MAX, u64::MAX / 7]) {
            for attempt in [0, 3, 4, 9] {
                let name = random(number, attempt);
                check(&name).unwrap();
                assert!(name.contains('_'));
            }
        }
        assert_eq!(random(0, 0), "able_abel");
        assert_eq!(random(41, 0), "airy_ampere");
        assert_eq!(random(1920 * 7, 4), "able_abel7");
    }

    #[test]
    fn table() {
        for good in ["a", "web", "web-1", "a.b_c", "0", &"x".repeat(255)] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "-a", ".a", "_a", "a b", "a/b", "ä", "a\n", &"x".repeat(256)] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.contains("names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*"), "{error}");
        }
    }
}
