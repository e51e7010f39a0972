//! `--log`: errors as runc writes them, for callers that read them from a file.

use std::fs::{File, OpenOptions};
use std::io::Write;

use jiff::Timestamp;
use serde_json::json;

use super::args::{Global, LogFormat};
use crate::cli::Failure;

/// The file, open from the start: paths mean something else once a container was joined.
pub(super) struct Log {
    file: File,
    format: LogFormat,
}

impl Log {
    pub fn open(global: &Global) -> Result<Option<Self>, Failure> {
        let Some(path) = global.log.as_deref() else { return Ok(None) };
        // crun's spelling of the same.
        let path = path.strip_prefix("file:").unwrap_or(path);
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|error| Failure::new(format!("cannot open the log {path}: {error}")))?;
        Ok(Some(Self { file, format: global.log_format }))
    }

    /// One line.
    pub fn error(&mut self, message: &str) {
        let line = line(self.format, message, Timestamp::now());
        // stderr has it as well.
        let _ = self.file.write_all(line.as_bytes());
    }
}

fn line(format: LogFormat, message: &str, now: Timestamp) -> String {
    let time = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    match format {
        LogFormat::Json => format!("{}\n", json!({"level": "error", "msg": message, "time": time})),
        LogFormat::Text => format!("time={:?} level=error msg={message:?}\n", time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_runcs() {
        let now = Timestamp::from_second(0).unwrap();
        assert_eq!(
            line(LogFormat::Json, "no \"x\"", now),
            "{\"level\":\"error\",\"msg\":\"no \\\"x\\\"\",\"time\":\"1970-01-01T00:00:00Z\"}\n"
        );
        assert_eq!(
            line(LogFormat::Text, "no x", now),
            "time=\"1970-01-01T00:00:00Z\" level=error msg=\"no x\"\n"
        );
    }
}
