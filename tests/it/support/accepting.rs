//! What a registry does that takes uploads (distribution-spec, "Push"), for scripted ones: honest, and it keeps what it got.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::image::hex;
use super::scripted::{Asked, Content, Reply, Scripted};

/// What has arrived; shared with the server.
#[derive(Clone, Default)]
pub struct Arrived(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// By number.
    sessions: BTreeMap<usize, Vec<u8>>,
    begun: usize,
    /// By digest.
    blobs: BTreeMap<String, Vec<u8>>,
    /// By repository and tag.
    manifests: BTreeMap<String, Vec<u8>>,
}

impl Arrived {
    /// A server that takes everything but for what the script says.
    pub fn serve(
        &self,
        cut: impl Fn(&Asked) -> Option<usize> + Send + Sync + 'static,
        script: impl Fn(&Asked, &Arrived) -> Option<Reply> + Send + Sync + 'static,
    ) -> Scripted {
        let arrived = self.clone();
        Scripted::cutting(Content::default(), cut, move |asked, _| {
            script(asked, &arrived).or_else(|| arrived.reply(asked))
        })
    }

    pub fn blob(&self, digest: &str) -> Option<Vec<u8>> {
        self.0.lock().expect("no panic").blobs.get(digest).cloned()
    }

    pub fn blobs(&self) -> usize {
        self.0.lock().expect("no panic").blobs.len()
    }

    pub fn manifest(&self, place: &str) -> Option<serde_json::Value> {
        let state = self.0.lock().expect("no panic");
        state.manifests.get(place).map(|bytes| serde_json::from_slice(bytes).expect("JSON"))
    }

    pub fn uploads(&self) -> usize {
        self.0.lock().expect("no panic").begun
    }

    /// What an honest registry answers.
    pub fn reply(&self, asked: &Asked) -> Option<Reply> {
        let mut state = self.0.lock().expect("no panic");
        let path = asked.path.split('?').next().unwrap_or_default();
        if let Some((_, reference)) = path.split_once("/manifests/").filter(|_| asked.method == "PUT") {
            let repository = path.split("/manifests/").next()?.strip_prefix("/v2/")?;
            state.manifests.insert(format!("{repository}:{reference}"), asked.bytes.clone());
            let digest = format!("sha256:{}", hex(&asked.bytes));
            return Some(Reply::new(201, "").header("Docker-Content-Digest", digest));
        }
        let rest = path.split_once("/blobs/")?.1;
        let Some(session) = rest.strip_prefix("uploads/") else {
            return Some(match state.blobs.get(rest) {
                Some(bytes) if asked.method == "HEAD" => Reply::new(200, bytes.clone()).cut(0),
                Some(bytes) => Reply::new(200, bytes.clone()),
                None => Reply::new(404, ""),
            });
        };
        if asked.method == "POST" {
            state.begun += 1;
            let number = state.begun;
            state.sessions.insert(number, Vec::new());
            return Some(Reply::new(202, "").header("Location", format!("{path}{number}?state=x")));
        }
        let number: usize = session.parse().ok()?;
        let Some(have) = state.sessions.get_mut(&number) else { return Some(Reply::new(404, "")) };
        if asked.method == "PATCH" {
            let from = asked.header("content-range").split('-').next().and_then(|from| from.parse().ok());
            if from.is_some_and(|from: usize| from != have.len()) {
                return Some(Reply::new(416, ""));
            }
        }
        have.extend(&asked.bytes);
        let range = format!("0-{}", have.len().saturating_sub(1));
        let here = |status| {
            Reply::new(status, "").header("Location", format!("{path}?state=x")).header("Range", range)
        };
        match asked.method.as_str() {
            "PATCH" => Some(here(202)),
            "GET" => Some(here(204)),
            "PUT" if asked.whole => {
                let digest = format!("sha256:{}", hex(have));
                if asked.param("digest").map(|digest| digest.replace("%3A", ":")) != Some(digest.clone()) {
                    return Some(Reply::new(400, r#"{"errors":[{"code":"DIGEST_INVALID"}]}"#));
                }
                let bytes = state.sessions.remove(&number).unwrap_or_default();
                state.blobs.insert(digest.clone(), bytes);
                Some(Reply::new(201, "").header("Docker-Content-Digest", digest))
            }
            "DELETE" => {
                state.sessions.remove(&number);
                Some(Reply::new(204, ""))
            }
            _ => Some(Reply::new(405, "")),
        }
    }
}
