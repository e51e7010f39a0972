//! What a log has lost, in words for the container's record.

use super::Lost;

/// Counts what was dropped.
#[derive(Debug, Default)]
pub struct Counted {
    bytes: u64,
    why: String,
    /// The last attempt failed.
    failing: bool,
}

impl Counted {
    /// Takes the result of a write in. True: failing has begun or ended.
    pub fn add(&mut self, done: Result<(), Lost>) -> bool {
        let failing = done.is_err();
        if let Err(lost) = done {
            self.bytes += lost.bytes;
            self.why = lost.why;
        }
        std::mem::replace(&mut self.failing, failing) != failing
    }

    /// None as long as nothing was lost and nothing fails.
    pub fn text(&self) -> Option<String> {
        let now = if self.failing { "" } else { " (it is written again)" };
        (self.failing || self.bytes > 0)
            .then(|| format!("{}: {} bytes of output lost{now}", self.why, self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begin_and_end_are_news_and_all_is_counted() {
        let lost = |bytes| Err(Lost { bytes, why: "write /x: no space left on device".to_owned(), errno: 0 });
        let mut counted = Counted::default();
        assert!(!counted.add(Ok(())) && counted.text().is_none());
        assert!(counted.add(lost(5)));
        assert!(!counted.add(lost(7)));
        let text = "write /x: no space left on device: 12 bytes of output lost";
        assert_eq!(counted.text().as_deref(), Some(text));
        assert!(counted.add(Ok(())));
        assert_eq!(counted.text(), Some(format!("{text} (it is written again)")));
    }
}
