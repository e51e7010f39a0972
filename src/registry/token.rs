//! What a challenge is answered with: a password, or a token that the registry's token service gives for it (distribution
//! spec, "Token authentication"; docker's OAuth2 for identity tokens).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::RegistryError;
use super::auth_file::Credentials;
use super::body::Payload;
use super::challenge::Challenge;
use super::http::{Answer, Asked, Http};
use super::url::{Url, encode};

/// Longest answer of a token service, in bytes.
const ANSWER_LIMIT: u64 = 1024 * 1024;

/// Who asks whom for what.
pub struct Grant<'a> {
    /// The registry's host, for messages.
    pub host: &'a str,
    /// Where the challenge came from.
    pub from: &'a Url,
    /// `repository:library/busybox:pull`, several with spaces between them; may be empty.
    pub scope: &'a str,
    /// Are certificates looked at?
    pub verify: bool,
    /// Who we are.
    pub credentials: Option<&'a Credentials>,
    /// For messages.
    pub attempt: &'a str,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl Grant<'_> {
    /// An `Authorization` that meets one of the challenges; none when that takes credentials and there are none.
    ///
    /// # Errors
    /// A token service that refuses, or that must not be asked.
    pub fn authorization(
        &self,
        http: &Http,
        challenges: &[Challenge],
    ) -> Result<Option<String>, RegistryError> {
        if let Some(bearer) = challenges.iter().find(|c| c.scheme == "bearer") {
            return self.token(http, bearer).map(|token| Some(format!("Bearer {token}")));
        }
        let basic = challenges.iter().any(|c| c.scheme == "basic");
        Ok(match self.credentials {
            Some(Credentials::Password { user, password }) if basic => Some(basic_of(user, password)),
            _ => None,
        })
    }

    fn token(&self, http: &Http, challenge: &Challenge) -> Result<String, RegistryError> {
        let realm = challenge.param("realm").unwrap_or_default();
        let Some(mut url) = Url::parse(realm) else {
            return Err(self.hostile(format!(
                "its token service is {:?}, which is no URL",
                super::http::shorten(realm)
            )));
        };
        if self.from.https && !url.https {
            return Err(self.hostile(format!("its token service {url} is not encrypted")));
        }
        let mut fields = Vec::new();
        fields.extend(challenge.param("service").map(|service| ("service", service.to_owned())));
        let scope =
            if self.scope.is_empty() { challenge.param("scope").unwrap_or_default() } else { self.scope };
        let mut asked = Asked::get(url.clone(), self.verify, self.attempt);
        match self.credentials {
            Some(Credentials::Identity(token)) => {
                fields.push(("grant_type", "refresh_token".to_owned()));
                fields.push(("client_id", "rctr".to_owned()));
                fields.push(("refresh_token", token.clone()));
                fields.extend(Some(("scope", scope.to_owned())).filter(|_| !scope.is_empty()));
                asked.method = "POST";
                asked.body = Payload::Form(query(&fields));
            }
            other => {
                if let Some(Credentials::Password { user, password }) = other {
                    fields.push(("account", user.clone()));
                    asked.authorization = Some(basic_of(user, password));
                }
                // A form has them all in one field, a query has a field for each.
                fields.extend(scope.split_whitespace().map(|scope| ("scope", scope.to_owned())));
                url.path.push(if url.path.contains('?') { '&' } else { '?' });
                url.path.push_str(&query(&fields));
                asked.url = url;
            }
        }
        let answer = http.send(&asked)?;
        self.read(http, answer)
    }

    fn read(&self, http: &Http, answer: Answer) -> Result<String, RegistryError> {
        let status = answer.status;
        let body = http.read(answer, ANSWER_LIMIT, self.attempt)?;
        if matches!(status, 401 | 403) {
            let known = self.credentials.is_some();
            let why = if known { "invalid username/password" } else { "access denied" };
            let words = super::client::words(&body).map_or(String::new(), |words| format!(": {words}"));
            return Err(RegistryError::Denied {
                attempt: self.attempt.to_owned(),
                reason: format!("unable to retrieve auth token: {why}{words}"),
                host: self.host.to_owned(),
                known,
            });
        }
        if status != 200 {
            let words = super::client::words(&body).map_or(String::new(), |words| format!(": {words}"));
            let reason = format!("unable to retrieve auth token: status {status}{words}");
            return Err(RegistryError::Answer { attempt: self.attempt.to_owned(), reason, status });
        }
        let token: Token = serde_json::from_slice(&body)
            .map_err(|e| self.hostile(format!("the answer of its token service is no token: {e}")))?;
        let token = if token.token.is_empty() { token.access_token } else { token.token };
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(self.hostile("its token service gives no token".to_owned()));
        }
        Ok(token)
    }

    fn hostile(&self, reason: String) -> RegistryError {
        RegistryError::Hostile {
            attempt: self.attempt.to_owned(),
            reason: format!("{}: {reason}", self.host),
        }
    }
}

fn basic_of(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn query(fields: &[(&str, String)]) -> String {
    let pairs: Vec<_> = fields.iter().map(|(key, value)| format!("{key}={}", encode(value))).collect();
    pairs.join("&")
}
