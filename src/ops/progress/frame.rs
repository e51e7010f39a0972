//! The pictures of a pull or push: pure text of numbers.

use serde_json::{Value, json};

use crate::model::Digest;

/// One moment of a pull.
pub(super) struct Frame {
    /// The lowest layer first.
    pub rows: Vec<Row>,
    /// Bytes in a second.
    pub rate: f64,
}

/// One layer.
pub(super) struct Row {
    /// Of its packed bytes.
    pub digest: Digest,
    /// How many bytes have come.
    pub current: u64,
    /// How many there are.
    pub total: u64,
    /// What becomes of it.
    pub state: State,
}

/// What becomes of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It was here before.
    Here,
    /// On its way.
    Coming,
    /// All of it has come.
    Done,
}

impl Frame {
    fn current(&self) -> u64 {
        self.fetched().map(|row| row.current).fold(0, u64::saturating_add)
    }

    fn total(&self) -> u64 {
        self.fetched().map(|row| row.total).fold(0, u64::saturating_add)
    }

    fn fetched(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.state != State::Here)
    }
}

/// What a terminal is to be told so that it shows this moment in the place of the last one, which had `drawn` lines; and
/// how many lines it has now. Never more than fit: a line that is scrolled away cannot be drawn again.
pub(super) fn picture(frame: &Frame, rows: usize, columns: usize, drawn: usize) -> (String, usize) {
    let room = rows.saturating_sub(2).max(1);
    let mut lines: Vec<String> = Vec::new();
    if frame.rows.len() <= room {
        lines.extend(frame.rows.iter().map(|row| shown(row, columns)));
    } else {
        let coming = frame.rows.iter().filter(|row| row.state == State::Coming && row.current > 0);
        lines.extend(coming.take(room).map(|row| shown(row, columns)));
    }
    lines.push(summary(frame));
    // Not fewer than before, or the last of the old ones would stay.
    while lines.len() < drawn {
        lines.insert(lines.len() - 1, String::new());
    }
    let mut text = String::new();
    if drawn > 0 {
        text.push_str(&format!("\x1b[{drawn}A"));
    }
    for line in &lines {
        let line: String = line.chars().take(columns.saturating_sub(1)).collect();
        text.push_str(&format!("\r{line}\x1b[K\n"));
    }
    (text, lines.len())
}

fn shown(row: &Row, columns: usize) -> String {
    let name = row.digest.short();
    match row.state {
        State::Here => format!("Copying blob {name} skipped: already exists"),
        State::Done => format!("Copying blob {name} done  {}", bytes(row.total)),
        State::Coming => {
            let numbers = format!("{} / {}", bytes(row.current), bytes(row.total));
            let width = columns.saturating_sub(30 + numbers.len()).min(40);
            let share = row.current as f64 / row.total.max(1) as f64;
            let filled = (share * width as f64) as usize;
            let bar: String = (0..width).map(|at| if at < filled { '=' } else { ' ' }).collect();
            format!("Copying blob {name} [{bar}] {numbers}")
        }
    }
}

fn summary(frame: &Frame) -> String {
    let (current, total) = (frame.current(), frame.total());
    let mut text = format!("Total {} / {}", bytes(current), bytes(total));
    if current < total && frame.rate >= 1.0 {
        let left = (total - current) as f64 / frame.rate;
        text.push_str(&format!("  {}/s  {} left", bytes(frame.rate as u64), span(left as u64)));
    }
    text
}

/// podman's line for a layer that needs no more.
pub(super) fn line(row: &Row) -> String {
    let end = if row.state == State::Here { "skipped: already exists" } else { "done" };
    format!("Copying blob {} {end}", row.digest)
}

/// The same moment for a program.
pub(super) fn object(image: &str, verb: &str, frame: &Frame) -> Value {
    let layer = |row: &Row| {
        let state = match row.state {
            State::Here => "exists",
            State::Coming => verb,
            State::Done => "done",
        };
        json!({"digest": row.digest, "current": row.current, "total": row.total, "state": state})
    };
    json!({
        "image": image,
        "current": frame.current(),
        "total": frame.total(),
        "bytesPerSecond": frame.rate as u64,
        "layers": frame.rows.iter().map(layer).collect::<Vec<_>>(),
    })
}

fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count}b");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1}{}", UNITS[unit])
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        _ => format!("{}h{}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u8, current: u64, total: u64, state: State) -> Row {
        Row { digest: Digest::from_bytes(&[n; 32]), current, total, state }
    }

    fn frame() -> Frame {
        let rows = vec![
            row(1, 0, 5 << 20, State::Here),
            row(2, 1 << 20, 1 << 20, State::Done),
            row(3, 512 << 10, 1 << 20, State::Coming),
        ];
        Frame { rows, rate: 256.0 * 1024.0 }
    }

    #[test]
    fn a_picture_replaces_the_one_before() {
        let (text, lines) = picture(&frame(), 24, 70, 0);
        assert_eq!(lines, 4);
        assert_eq!(
            text.replace("\x1b[K", "").replace('\r', ""),
            "Copying blob 010101010101 skipped: already exists\n\
             Copying blob 020202020202 done  1.0MiB\n\
             Copying blob 030303030303 [===========            ] 512.0KiB / 1.0MiB\n\
             Total 1.5MiB / 2.0MiB  256.0KiB/s  2s left\n"
        );
        let (again, _) = picture(&frame(), 24, 70, lines);
        assert!(again.starts_with("\x1b[4A\r"), "{again:?}");
        assert!(again.lines().all(|line| line.ends_with("\x1b[K")));
    }

    #[test]
    fn it_never_grows_beyond_the_terminal() {
        let rows = (0..100).map(|n| row(n, 1, 2, State::Coming)).collect();
        let frame = Frame { rows, rate: 0.0 };
        for (rows, columns) in [(24, 80), (5, 20), (1, 1), (0, 0)] {
            let (text, lines) = picture(&frame, rows, columns, 0);
            assert!(lines <= rows.max(3), "{rows}: {lines}");
            for line in text.lines() {
                let visible = line.trim_start_matches('\r').trim_end_matches("\x1b[K").chars().count();
                assert!(visible <= columns, "{columns}: {line:?}");
            }
        }
        let few = Frame { rows: vec![row(1, 2, 2, State::Done)], rate: 0.0 };
        assert_eq!(picture(&few, 24, 80, 7).1, 7, "old lines are cleared");
    }

    #[test]
    fn programs_get_numbers() {
        let object = object("h/a:1", "downloading", &frame());
        assert_eq!((object["current"].as_u64(), object["total"].as_u64()), (Some(3 << 19), Some(2 << 20)));
        assert_eq!(object["layers"][0]["state"], "exists");
        assert_eq!(object["layers"][2]["current"], 512 << 10);
        assert!(line(&frame().rows[0]).ends_with("skipped: already exists"));
    }

    #[test]
    fn an_empty_layer_divides_nothing() {
        let frame = Frame { rows: vec![row(1, 0, 0, State::Coming)], rate: 0.0 };
        assert!(picture(&frame, 24, 80, 0).0.contains("0b / 0b"));
    }
}
