//! `--filter` of `prune`: what may go. All filters must fit.

use std::collections::BTreeMap;

use super::SpecError;
use super::moment::{self, Direction};
use crate::model::moment::Moment;

/// What may be taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PruneFilter {
    /// What was made before.
    pub until: Option<Moment>,
    labels: Vec<Label>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Label {
    /// `label=`; without is `label!=`.
    with: bool,
    key: String,
    value: Option<String>,
}

impl PruneFilter {
    /// Reads filters (podman-system-prune(1)).
    ///
    /// # Errors
    /// A key that there is not, a time that cannot be read.
    pub fn parse(texts: &[String]) -> Result<Self, SpecError> {
        let mut filter = Self::default();
        for text in texts {
            let refuse = |why: String| SpecError::flag("--filter", text, why);
            match text.split_once('=') {
                Some(("until", _)) if filter.until.is_some() => {
                    return Err(refuse("until can be given once".to_owned()));
                }
                Some(("until", value)) => {
                    filter.until = Some(moment::parse("--filter until", value, Direction::Back)?);
                }
                Some((key @ ("label" | "label!"), value)) => {
                    let (name, value) = match value.split_once('=') {
                        Some((name, value)) => (name, Some(value.to_owned())),
                        None => (value, None),
                    };
                    filter.labels.push(Label { with: key == "label", key: name.to_owned(), value });
                }
                Some((key, _)) => {
                    return Err(refuse(format!(
                        "{key} is an invalid filter: there are until, label and label!"
                    )));
                }
                None => return Err(refuse("want KEY=VALUE".to_owned())),
            }
        }
        Ok(filter)
    }

    /// May something go that has these labels?
    pub fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        let has = |label: &Label| {
            labels.get(&label.key).is_some_and(|have| label.value.as_ref().is_none_or(|want| want == have))
        };
        self.labels.iter().all(|label| has(label) == label.with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let parse = |text: &str| {
            let texts: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            PruneFilter::parse(&texts)
        };
        let labels = [("k".to_owned(), "v".to_owned())].into();
        for (filters, fits) in [
            ("", true),
            ("label=k", true),
            ("label=k=v", true),
            ("label=k=w", false),
            ("label!=k", false),
            ("label!=k=w", true),
            ("label=k label=other", false),
            ("until=30m label!=k", false),
        ] {
            assert_eq!(parse(filters).unwrap().fits(&labels), fits, "{filters}");
        }
        let until = parse("until=30m label=k").unwrap().until;
        assert_eq!(until, Some(Moment::FromNow(-1_800_000_000_000)));
        for (filters, why) in [
            ("foo=x", "foo is an invalid filter"),
            ("until", "want KEY=VALUE"),
            ("until=x", "invalid --filter until \"x\": unable to interpret time value"),
            ("until=1h until=2h", "until can be given once"),
        ] {
            let error = parse(filters).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
