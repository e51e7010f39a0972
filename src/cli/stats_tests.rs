use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: StatsArgs,
}

fn args(words: &str) -> StatsArgs {
    Line::try_parse_from(std::iter::once("stats").chain(words.split_whitespace())).unwrap().args
}

fn sample(n: u8, name: &str, cpu: u64, memory: u64) -> ContainerSample {
    ContainerSample {
        id: ContainerId::from_bytes([n; 32]),
        name: name.to_owned(),
        paused: false,
        taken: 20_000_000_000,
        age: 10_000_000_000,
        cpu,
        cpu_system: 1,
        memory,
        memory_limit: 16_700_000_000,
        net_in: 1000,
        net_out: 42,
        block_in: 0,
        block_out: 4096,
        pids: 2,
    }
}

#[test]
fn podmans_table_and_json() {
    let samples = [sample(0xab, "web", 2_500_000_000, 3_092_000)];
    let none = BTreeMap::new();
    let text = show(&args(""), &samples, &none).unwrap();
    assert_eq!(
        text,
        "ID            NAME        CPU %       MEM USAGE / LIMIT  MEM %       NET IO      BLOCK IO      PIDS        CPU TIME    AVG CPU %\n\
         abababababab  web         25.00%      3.092MB / 16.7GB   0.02%       1kB / 42B   0B / 4.096kB  2           2.5s        25.00%\n"
    );
    let objects: Value =
        serde_json::from_str(&show(&args("--format json"), &samples, &none).unwrap()).unwrap();
    assert_eq!(
        objects,
        json!([{
            "id": "abababababab", "name": "web", "cpu_time": "2.5s", "cpu_percent": "25.00%", "avg_cpu": "25.00%",
            "mem_usage": "3.092MB / 16.7GB", "mem_percent": "0.02%", "net_io": "1kB / 42B",
            "block_io": "0B / 4.096kB", "pids": "2",
        }])
    );
    for (words, want) in [
        ("--format {{.Name}}:{{.PIDs}}", "web:2\n"),
        ("--format {{.MemUsageBytes}}", "2.949MiB / 15.55GiB\n"),
        ("--no-trunc --format {{.ID}}", &format!("{}\n", "ab".repeat(32))),
        ("--format {{json.BlockOutput}}", ""),
    ] {
        match show(&args(words), &samples, &none) {
            Ok(text) => assert_eq!(text, want, "{words}"),
            Err(failure) => {
                assert!(want.is_empty() && failure.message.starts_with("bad --format"), "{words}")
            }
        }
    }
}

#[test]
fn the_second_look_tells_of_the_time_between() {
    let first = ContainerSample { taken: 15_000_000_000, ..sample(1, "web", 2_000_000_000, 0) };
    let second = sample(1, "web", 3_000_000_000, 0);
    assert!((percent_now(&second, Some(&first)) - 20.0).abs() < 0.001);
    assert!((percent_now(&second, None) - 30.0).abs() < 0.001);
    // It was started anew meanwhile.
    let again = sample(1, "web", 1_000_000_000, 0);
    assert!((percent_now(&again, Some(&first)) - 10.0).abs() < 0.001);
    assert!(share(1, 0) < 0.001);
}

#[test]
fn orders() {
    let names = |by| {
        let mut all = [sample(1, "b", 1, 30), sample(2, "c", 3, 10), sample(3, "a", 2, 20)];
        sort(&mut all, by, &BTreeMap::new());
        all.map(|sample| sample.name).join("")
    };
    for (words, want) in [("", "bca"), ("--sort cpu", "cab"), ("--sort mem", "bac"), ("--sort name", "abc")] {
        assert_eq!(names(args(words).sort), want, "{words}");
    }
}
