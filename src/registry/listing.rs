//! What a registry has: the tags of a repository (distribution-spec, "Listing Tags"), and repositories by a word in their
//! name, as docker's first protocol finds them or else from the list of all.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::http::Asked;
use super::url::{Url, encode};
use super::{Client, Endpoint, RegistryError};
use crate::model::reference::DEFAULT_DOMAIN;

/// Longest page of a list, and how many pages there may be.
const PAGE_LIMIT: u64 = 4 << 20;
const PAGES: usize = 1000;

/// A repository that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FoundRepository {
    /// Without the registry.
    pub name: String,
    /// Its first words.
    pub description: String,
    /// How many people like it.
    pub star_count: u64,
    /// The registry looks after it itself.
    pub is_official: bool,
    /// The registry builds it itself.
    #[serde(alias = "is_trusted")]
    pub is_automated: bool,
}

impl Client {
    /// All tags of a repository.
    ///
    /// # Errors
    /// As [`Self::manifest`].
    pub fn tags(&self, at: &Endpoint) -> Result<Vec<String>, RegistryError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let attempt = format!("fetching tags list of {}", at.repository());
        let mut tags = Vec::new();
        let scope = format!("repository:{}:pull", at.path);
        self.pages(at, &format!("{}/tags/list", at.path), &scope, &attempt, |page: Page| {
            tags.extend(page.tags.unwrap_or_default().iter().map(|tag| plain(tag)));
            true
        })?;
        Ok(tags)
    }

    /// At most so many repositories of a registry with a word in their name or description.
    ///
    /// # Errors
    /// As [`Self::manifest`]; a registry that lists nothing.
    pub fn search(
        &self,
        at: &Endpoint,
        term: &str,
        limit: usize,
    ) -> Result<Vec<FoundRepository>, RegistryError> {
        #[derive(Deserialize)]
        struct Page {
            repositories: Option<Vec<String>>,
        }
        let attempt = format!("searching {} for {term:?}", at.domain);
        if !term.is_empty()
            && let Some(found) = self.search_v1(at, term, limit, &attempt)?
        {
            return Ok(found);
        }
        let mut found = Vec::new();
        self.pages(at, "_catalog", "registry:catalog:*", &attempt, |page: Page| {
            let fitting =
                page.repositories.unwrap_or_default().into_iter().filter(|name| name.contains(term));
            found.extend(fitting.map(|name| FoundRepository { name: plain(&name), ..Default::default() }));
            found.len() < limit
        })?;
        found.truncate(limit);
        Ok(found)
    }

    /// None where the registry does not know the protocol.
    fn search_v1(
        &self,
        at: &Endpoint,
        term: &str,
        limit: usize,
        attempt: &str,
    ) -> Result<Option<Vec<FoundRepository>>, RegistryError> {
        #[derive(Deserialize)]
        struct Page {
            results: Vec<FoundRepository>,
        }
        let (https, verify) = self.way(at)?;
        let host = if at.domain == DEFAULT_DOMAIN { "index.docker.io" } else { at.host() };
        let url = Url::new(https, host, format!("/v1/search?q={}&n={limit}", encode(term)));
        let answer = self.http.send(&Asked::get(url, verify, attempt))?;
        if answer.status != 200 {
            return Ok(None);
        }
        let bytes = self.http.read(answer, PAGE_LIMIT, attempt)?;
        // Some servers have a page of their own for everything.
        let Ok(mut page) = serde_json::from_slice::<Page>(&bytes) else { return Ok(None) };
        page.results.truncate(limit);
        for found in &mut page.results {
            (found.name, found.description) = (plain(&found.name), plain(&found.description));
        }
        Ok(Some(page.results))
    }

    /// Reads a list page by page, for as long as `take` wants more.
    fn pages<T: DeserializeOwned>(
        &self,
        at: &Endpoint,
        path: &str,
        scope: &str,
        attempt: &str,
        mut take: impl FnMut(T) -> bool,
    ) -> Result<(), RegistryError> {
        let (https, verify) = self.way(at)?;
        let mut query = "n=1000".to_owned();
        for _ in 0..PAGES {
            let url = Url::new(https, at.host(), format!("/v2/{path}?{query}"));
            let answer = self.ask(at, Asked::get(url, verify, attempt), scope)?;
            if answer.status != 200 {
                return Err(self.failure(at, answer, attempt.to_owned()));
            }
            let next = answer.header("link").and_then(next_page).map(str::to_owned);
            let bytes = self.http.read(answer, PAGE_LIMIT, attempt)?;
            let page = serde_json::from_slice(&bytes).map_err(|e| RegistryError::Hostile {
                attempt: attempt.to_owned(),
                reason: format!("the answer is no list: {e}"),
            })?;
            // Only the cursor is taken over: the next page is of the same list on the same host.
            let more = take(page);
            match next.as_deref().and_then(|next| next.split_once('?')) {
                Some((_, next)) if more => query = next.to_owned(),
                _ => return Ok(()),
            }
        }
        Err(RegistryError::TooLong { attempt: attempt.to_owned(), limit: PAGE_LIMIT * PAGES as u64 })
    }
}

/// A stranger's text, fit to be shown.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The target of `Link: <…>; rel="next"` (RFC 8288).
fn next_page(link: &str) -> Option<&str> {
    let (target, params) = link.trim().strip_prefix('<')?.split_once('>')?;
    params.contains("next").then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        assert_eq!(
            next_page(r#"</v2/a/tags/list?last=b&n=2>; rel="next""#),
            Some("/v2/a/tags/list?last=b&n=2")
        );
        assert_eq!(next_page("</v2/a>; rel=prev"), None);
        assert_eq!(next_page("next"), None);
    }
}
