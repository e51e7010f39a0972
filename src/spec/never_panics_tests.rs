//! Every parser takes any text: it may refuse, and never panics. Also: what is refused is quoted.

use proptest::prelude::*;

use super::*;
use crate::model::host::tests::plain;
use crate::model::limits::{CgroupSpec, LimitTexts, Rate};
use crate::model::run_request::{ConfinementRequest, IdMapRequest, RunRequest};

/// Texts that look a little like what the flags take.
fn texts() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        ":",
        "/",
        ",",
        "=",
        "@",
        "-",
        "+",
        "*",
        "..",
        ".",
        "0",
        "1",
        "65536",
        "4294967295",
        "-1",
        "18446744073709551615",
        "ro",
        "rw",
        "z",
        "U",
        "O",
        "size",
        "mode",
        "type=bind",
        "src",
        "dst",
        "target",
        "tmpfs",
        "host",
        "container",
        "ns",
        "private",
        "keep-id",
        "auto",
        "nomap",
        "uid",
        "gid",
        "nofile",
        "SIG",
        "RTMIN",
        "TERM",
        "ALL",
        "CAP_",
        "CHOWN",
        "net.",
        "kernel.",
        "seccomp",
        "label",
        "mask",
        "unmask",
        "slirp4netns",
        "mtu",
        "g",
        "kb",
        "\"",
        "[",
        "]",
        "\\",
        " ",
        "\n",
        "\0",
        "é",
        "\u{1F980}",
        "#",
        "%",
        "~",
    ]);
    prop_oneof![
        3 => prop::collection::vec(words, 0..9).prop_map(|words| words.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_flags(text in texts()) {
        let quoted = format!("{:?}", text.chars().take(200).collect::<String>());
        let mut refusals = Vec::new();
        macro_rules! flag {
            ($($parsed:expr),* $(,)?) => { $(refusals.extend($parsed.err());)* };
        }
        flag!(
            device::parse(&text),
            env::parse(&text),
            env::parse_label("--label", &text),
            idmaps::map_entry("--uidmap", &text),
            idmaps::userns(&text),
            limits::parse(&LimitTexts { memory: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { memory_swap: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { cpus: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { cpu_period: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { cpu_quota: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { cpu_shares: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { cpuset_cpus: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { pids_limit: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { blkio_weight: Some(text.clone()), ..LimitTexts::default() }),
            limits::parse(&LimitTexts { devices: vec![(Rate::Rbps, text.clone())], ..LimitTexts::default() }),
            limits::parse(&LimitTexts { conf: vec![text.clone()], ..LimitTexts::default() }),
            limits::parse_manager(&text),
            limits::parse_mode(&text),
            limits::check(&CgroupSpec { parent: Some(text.clone()), ..CgroupSpec::default() }),
            log::parse::<&str>(Some(&text), &[]),
            log::parse(None, &[&text]),
            log::parse(Some("json-file"), &[&text]),
            moment::parse("--since", &text, moment::Direction::Back),
            mount_flag::parse(&text),
            names::check(&text),
            namespaces::parse("--pid", &text),
            namespaces::parse_hostname(&text),
            network::parse(&text),
            network::parse_add_host(&text),
            network::parse_word("--dns-search", &text),
            parse_rootfs(&text),
            ports::parse(&text),
            ports::parse_expose(&text),
            process::parse_oom_score_adj(&text),
            process::parse_umask(&text),
            process::parse_user(&text),
            signal::parse("--stop-signal", &text),
            size::parse("--shm-size", &text),
            sysctl::parse(&text),
            tmpfs::parse(&text),
            ulimit::parse_all(&[&text]),
            volume::parse(&text),
        );
        let mut request = ConfinementRequest::default();
        flag!(security_opt::parse_all(&[&text], &mut request));
        for refusal in refusals {
            prop_assert!(refusal.to_string().contains(&quoted), "{refusal}");
        }
        let _ = caps::parse_all("--cap-add", &[&text]);
        let _ = duration::parse(&text);
        let _ = event_filter::EventFilter::parse(std::slice::from_ref(&text));
        let _ = prune_filter::PruneFilter::parse(std::slice::from_ref(&text));
        let _ = top::parse(std::slice::from_ref(&text));
        let _ = env::parse_file("--env-file", "f", &text);
        let _ = env::parse_label_file("f", &text);
        let _ = ports::parse_image(&text);
        let _ = network::parse_dns(std::slice::from_ref(&text));
        let _ = process::parse_groups(std::slice::from_ref(&text));
        let _ = process::parse_entrypoint(&text);
    }

    /// A place inside the container is absolute, clean, and never the root.
    #[test]
    fn of_places(text in texts()) {
        let mounts = [volume::parse(&text), mount_flag::parse(&text), tmpfs::parse(&text)];
        for mount in mounts.into_iter().flatten() {
            let place = &mount.destination;
            prop_assert!(place.starts_with('/') && place.len() > 1 && *place == path::clean(place), "{place:?}");
        }
        prop_assert_eq!(path::clean(&path::clean(&text)), path::clean(&text));
    }

    /// Explicit maps are the caller's own, disjoint on both sides, or refused.
    #[test]
    fn of_id_maps(entries in prop::collection::vec((0u32..70_000, 0u32..70_000, 1u32..70_000, any::<bool>()), 1..5)) {
        let uidmap = entries
            .into_iter()
            .map(|(container, host, size, absolute)| {
                let host = if absolute { host + 99_000 } else { host };
                crate::model::run_request::IdMapEntry { container, host, size, absolute }
            })
            .collect();
        let host = plain();
        let request = IdMapRequest { uidmap, ..IdMapRequest::default() };
        if let Ok(maps) = idmaps::decide(&request, &host, &[]) {
            for (at, range) in maps.uids.iter().enumerate() {
                let end = u64::from(range.host) + u64::from(range.size);
                let own = range.host == 1000 && range.size == 1;
                prop_assert!(own || (range.host >= 100_000 && end <= 165_536), "{range:?}");
                for other in &maps.uids[..at] {
                    let apart = |a: u32, b: u32| {
                        u64::from(a) + u64::from(range.size) <= u64::from(b)
                            || u64::from(b) + u64::from(other.size) <= u64::from(a)
                    };
                    prop_assert!(apart(range.host, other.host) && apart(range.container, other.container));
                }
            }
        }
    }

    /// keep-id keeps the caller where it was asked to be, whatever the numbers.
    #[test]
    fn of_keep_id(uid in 0u32..200_000, size in prop::option::of(1u32..100_000)) {
        let userns = crate::model::run_request::UsernsRequest::KeepId { uid: Some(uid), gid: None, size };
        let request = IdMapRequest { userns, ..IdMapRequest::default() };
        let maps = idmaps::decide(&request, &plain(), &[]).unwrap();
        prop_assert_eq!(crate::model::idmap::to_host(&maps.uids, uid), Some(1000));
        let ids: u64 = maps.uids.iter().map(|range| u64::from(range.size)).sum();
        prop_assert!(ids <= 65_537);
    }

    /// Whatever an image says, a container comes of it or a refusal.
    #[test]
    fn of_images(words in prop::collection::vec(texts(), 8)) {
        let config = crate::model::ImageConfig {
            user: words[0].clone(),
            env: vec![words[1].clone(), words[2].clone()],
            entrypoint: vec![words[3].clone()],
            cmd: vec![words[4].clone()],
            working_dir: words[5].clone(),
            stop_signal: words[6].clone(),
            volumes: [(words[7].clone(), serde_json::Value::Null)].into(),
            ..Default::default()
        };
        let image = crate::model::ResolvedImage {
            origin: crate::model::spec::ImageOrigin { name: "x".to_owned(), id: crate::model::Digest::from_bytes(&[0; 32]) },
            layers: vec![],
            config,
        };
        let id = crate::model::ContainerId::from_bytes([1; 32]);
        if let Ok(spec) = resolve(&RunRequest::default(), Some(&image), &plain(), &Creation::new(id, "web", 0)) {
            prop_assert!(spec.process.cwd.starts_with('/'));
            prop_assert!(!spec.process.args.is_empty());
            prop_assert!(!spec.process.cwd.contains('\0') && !spec.process.user.contains('\0'));
            prop_assert!(spec.process.args.iter().chain(&spec.process.env).all(|text| !text.contains('\0')));
            prop_assert!(spec.mounts.iter().all(|mount| !mount.destination.contains('\0')));
        }
    }
}
