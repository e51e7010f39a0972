//! One request at a time over HTTP/1.1: redirects that give nothing away, a second attempt where one may help, and no
//! wait without an end. Knows nothing of registries.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ureq::http::{self, HeaderMap};
use ureq::tls::Certificate;
use ureq::{Agent, Body, SendBody};

use super::RegistryError;
use super::body::Payload;
use super::certs::{CertPlaces, tls_config};
use super::proxy::proxy_for;
use super::retry::{RetryPolicy, is_passing, retry_after};
use super::url::Url;
use crate::sys::clock;

/// How many redirects are followed.
const REDIRECTS: usize = 8;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(30);

/// What to ask.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: &'static str,
    /// Where.
    pub url: Url,
    /// Is the server's certificate looked at?
    pub verify: bool,
    /// For this server's eyes alone: not sent on to where it redirects.
    pub authorization: Option<String>,
    /// Others.
    pub headers: Vec<(&'static str, String)>,
    /// What goes with it.
    pub body: Payload<'a>,
    /// May it be asked again as it is? Not where the server keeps what it got of the body.
    pub again: bool,
    /// For messages: `reading manifest latest in example.org/app`.
    pub attempt: &'a str,
}

impl<'a> Asked<'a> {
    /// A plain `GET`.
    pub fn get(url: Url, verify: bool, attempt: &'a str) -> Self {
        let (headers, body) = (Vec::new(), Payload::None);
        Self { method: "GET", url, verify, authorization: None, headers, body, again: true, attempt }
    }
}

/// What came back.
pub struct Answer {
    /// HTTP's.
    pub status: u16,
    /// All of them.
    pub headers: HeaderMap,
    /// Nobody redirected elsewhere: the one who was asked answers.
    pub own: bool,
    /// Not read yet.
    pub body: Body,
}

impl Answer {
    /// A header's value, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server wants to be left alone.
    pub fn wait(&self) -> Option<Duration> {
        retry_after(self.header("retry-after")?, clock::now().milliseconds() / 1000)
    }
}

/// Makes requests; may be used from several threads, and after a fork.
pub struct Http {
    env: Vec<(String, String)>,
    places: CertPlaces,
    /// Of every request.
    pub policy: RetryPolicy,
    /// The longest silence of a server.
    pub stall: Duration,
    system: OnceLock<Vec<Certificate<'static>>>,
    agents: Mutex<HashMap<AgentKey, Agent>>,
}

/// A connection belongs to the process that made it: a fork has agents of its own.
#[derive(Clone, PartialEq, Eq, Hash)]
struct AgentKey {
    process: u32,
    https: bool,
    authority: String,
    verify: bool,
}

impl Http {
    /// Nothing is read and nothing opened before the first request.
    pub fn new(env: &[(String, String)], places: CertPlaces, policy: RetryPolicy, stall: Duration) -> Self {
        Self {
            env: env.to_vec(),
            places,
            policy,
            stall,
            system: OnceLock::new(),
            agents: Mutex::new(HashMap::new()),
        }
    }

    /// Asks, again where that may help, and follows redirects. Whatever status the server ends with is an answer.
    ///
    /// # Errors
    /// No connection, a broken one, a redirect that leads astray.
    pub fn send(&self, asked: &Asked<'_>) -> Result<Answer, RegistryError> {
        let mut failures = 0;
        loop {
            let (wait, failed) = match self.follow(asked) {
                done if !asked.again => return done,
                Ok(answer) if is_passing(answer.status) => (answer.wait(), Ok(answer)),
                Err(error @ RegistryError::Broken { .. }) => (None, Err(error)),
                done => return done,
            };
            failures += 1;
            match self.policy.wait(failures, wait) {
                // Nothing tells when a server is there again.
                Some(wait) => std::thread::sleep(wait),
                None => return failed,
            }
        }
    }

    /// Asks once, and follows redirects.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn follow(&self, asked: &Asked<'_>) -> Result<Answer, RegistryError> {
        let mut asked = asked.clone();
        let first = asked.url.clone();
        for _ in 0..=REDIRECTS {
            let answer = self.once(&asked)?;
            let leads = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            let Some(location) = answer.header("location").filter(|_| leads) else {
                return Ok(Answer { own: first.same_origin(&asked.url), ..answer });
            };
            let astray =
                |reason: String| RegistryError::Hostile { attempt: asked.attempt.to_owned(), reason };
            if answer.status < 307 && !matches!(asked.method, "GET" | "HEAD") {
                return Err(astray(format!("{} answers with another page", asked.url.authority)));
            }
            if matches!(asked.body, Payload::Form(_)) {
                return Err(astray(format!(
                    "{} redirects a request that has a secret in it",
                    asked.url.authority
                )));
            }
            let next = asked.url.join(location).ok_or_else(|| {
                astray(format!(
                    "{} redirects to {:?}, which is no place",
                    asked.url.authority,
                    shorten(location)
                ))
            })?;
            if asked.url.https && !next.https {
                return Err(astray(format!(
                    "{} redirects to {next}, which is not encrypted",
                    asked.url.authority
                )));
            }
            if !next.same_origin(&first) {
                asked.authorization = None;
            }
            asked.url = next;
        }
        Err(RegistryError::Hostile {
            attempt: asked.attempt.to_owned(),
            reason: format!("{} redirects without an end", first.authority),
        })
    }

    fn once(&self, asked: &Asked<'_>) -> Result<Answer, RegistryError> {
        let agent = self.agent(&asked.url, asked.verify)?;
        let mut request = http::Request::builder().method(asked.method).uri(asked.url.to_string());
        for (name, value) in &asked.headers {
            request = request.header(*name, value);
        }
        if let Some(authorization) = &asked.authorization {
            request = request.header("authorization", authorization);
        }
        let bad = |e: http::Error| RegistryError::Hostile {
            attempt: asked.attempt.to_owned(),
            reason: e.to_string(),
        };
        let result = match &asked.body {
            Payload::Form(form) => {
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                agent.run(request.body(form.as_str()).map_err(bad)?)
            }
            Payload::Part(part) => {
                let request = request.header("content-length", part.length);
                let mut reader = part.reader();
                agent.run(request.body(SendBody::from_reader(&mut reader)).map_err(bad)?)
            }
            // Servers want a length with these, be it 0.
            Payload::None if matches!(asked.method, "POST" | "PUT" | "PATCH") => {
                agent.run(request.body("").map_err(bad)?)
            }
            Payload::None => agent.run(request.body(()).map_err(bad)?),
        };
        let (parts, body) = result.map_err(|error| translate(error, asked))?.into_parts();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, own: true, body })
    }

    fn agent(&self, url: &Url, verify: bool) -> Result<Agent, RegistryError> {
        let process = std::process::id();
        let key = AgentKey { process, https: url.https, authority: url.authority.clone(), verify };
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = agents.get(&key) {
            return Ok(agent.clone());
        }
        let proxy = proxy_for(url, &self.env).map(|proxy| {
            ureq::Proxy::new(&proxy).map_err(|_| RegistryError::Unreachable {
                host: url.authority.clone(),
                // Not the whole of it, there may be a password in it.
                reason: "the proxy that the environment names is no URL".to_owned(),
                tls: false,
            })
        });
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy.transpose()?)
            .user_agent(concat!("rctr/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(self.stall))
            .timeout_per_read(Some(self.stall))
            .timeout_per_write(Some(self.stall))
            .max_idle_connections_per_host(8);
        if url.https {
            config = config.tls_config(tls_config(&self.places, &url.authority, verify, &self.system)?);
        }
        let agent = config.build().new_agent();
        agents.insert(key, agent.clone());
        Ok(agent)
    }

    /// Reads a small body whole.
    ///
    /// # Errors
    /// [`RegistryError::TooLong`]; a connection that breaks, or that trickles for longer than any silence may last.
    pub fn read(&self, answer: Answer, limit: u64, attempt: &str) -> Result<Vec<u8>, RegistryError> {
        use std::io::Read;
        let began = Instant::now();
        let broken = |reason: String| RegistryError::Broken { attempt: attempt.to_owned(), reason };
        let mut reader = answer.body.into_with_config().limit(limit + 1).reader();
        let mut bytes = Vec::new();
        let mut piece = vec![0; 16 * 1024];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(bytes),
                Ok(n) => bytes.extend_from_slice(&piece[..n]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(words_of_io(&error))),
            }
            if bytes.len() as u64 > limit {
                return Err(RegistryError::TooLong { attempt: attempt.to_owned(), limit });
            }
            if began.elapsed() > self.stall {
                return Err(broken(format!("the answer is not complete after {} s", self.stall.as_secs())));
            }
        }
    }
}

fn translate(error: ureq::Error, asked: &Asked<'_>) -> RegistryError {
    let unreachable = |words: String, tls: bool| RegistryError::Unreachable {
        host: asked.url.authority.clone(),
        reason: format!("{} {:?}: {words}", title(asked.method), asked.url.to_string()),
        tls,
    };
    let broken = |words: String| RegistryError::Broken {
        attempt: asked.attempt.to_owned(),
        reason: format!("{} {:?}: {words}", title(asked.method), asked.url.to_string()),
    };
    match error {
        ureq::Error::HostNotFound => {
            unreachable(format!("dial tcp: lookup {}: no such host", asked.url.host()), false)
        }
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            unreachable("i/o timeout".to_owned(), false)
        }
        ureq::Error::Timeout(_) => broken("i/o timeout".to_owned()),
        ureq::Error::Rustls(error) => unreachable(tls_words(&error), true),
        ureq::Error::Tls(words) => unreachable(words.to_owned(), true),
        ureq::Error::ConnectProxyFailed(words) => unreachable(format!("proxy: {words}"), false),
        ureq::Error::Io(error) => {
            use std::io::ErrorKind as K;
            if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                return unreachable(tls_words(tls), true);
            }
            let words = words_of_io(&error);
            let dial = |words: &str| {
                unreachable(format!("dial tcp {}: connect: {words}", asked.url.authority), false)
            };
            match error.kind() {
                // std's own word for what getaddrinfo(3) says.
                _ if words.starts_with("failed to lookup address") => {
                    unreachable(format!("dial tcp: lookup {}: no such host", asked.url.host()), false)
                }
                K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable | K::AddrNotAvailable => {
                    dial(&words)
                }
                _ => broken(words),
            }
        }
        other => broken(other.to_string()),
    }
}

/// Go's spelling, which podman shows.
fn title(method: &str) -> &'static str {
    match method {
        "HEAD" => "Head",
        "POST" => "Post",
        "PUT" => "Put",
        "PATCH" => "Patch",
        "DELETE" => "Delete",
        _ => "Get",
    }
}

fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) => "http: server gave HTTP response to HTTPS client".to_owned(),
        rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
            "x509: certificate signed by unknown authority".to_owned()
        }
        other => format!("tls: {other}"),
    }
}

/// The words of an I/O error, whichever crate wrapped it.
pub fn words_of_io(error: &std::io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(ureq::Error::Timeout(_)) => "i/o timeout".to_owned(),
        Some(ureq::Error::Io(inner)) => words_of_io(inner),
        Some(other) => other.to_string(),
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        None => crate::sys::describe(error),
    }
}

/// A stranger's text for a message.
pub fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}
