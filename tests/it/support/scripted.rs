//! A registry that does what a test says: it serves images from memory, and a script may answer anything else to any
//! request. Plain HTTP, one request a connection; every request is kept.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::image::{Image, Packing, hex};

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What a client asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// All of it came; else the connection is closed without an answer.
    pub whole: bool,
    /// How many requests for the same path came before.
    pub before: usize,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        let pairs = self.path.split_once('?')?.1.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    }

    pub fn is_blob(&self) -> bool {
        self.path.contains("/blobs/")
    }
}

/// What it gets.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: Option<usize>,
    then: Then,
}

/// What comes after the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Close,
    /// Nothing, for as long as the client holds out.
    Silence,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), length: None, then: Then::Close }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn redirect(to: impl Into<String>) -> Self {
        Self::new(307, "").header("Location", to)
    }

    /// Another body.
    pub fn map_body(mut self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Self {
        self.body = change(self.body);
        self
    }

    /// Sends so much of the body, claims all of it, and closes.
    pub fn cut(mut self, at: usize) -> Self {
        self.length = Some(self.body.len());
        self.body.truncate(at);
        self
    }

    /// Sends so much of the body, claims all of it, and then nothing.
    pub fn stalled(self, at: usize) -> Self {
        Self { then: Then::Silence, ..self.cut(at) }
    }
}

/// An image's parts by digest, and the name of its manifest.
#[derive(Clone, Default)]
pub struct Content {
    blobs: BTreeMap<String, (String, Vec<u8>)>,
    /// By repository and tag.
    tags: BTreeMap<(String, String), String>,
}

impl Content {
    pub fn put(&mut self, media_type: &str, bytes: impl Into<Vec<u8>>) -> String {
        let bytes = bytes.into();
        let digest = format!("sha256:{}", hex(&bytes));
        self.blobs.insert(digest.clone(), (media_type.to_owned(), bytes));
        digest
    }

    pub fn tag(&mut self, repository: &str, tag: &str, digest: &str) {
        self.tags.insert((repository.to_owned(), tag.to_owned()), digest.to_owned());
    }

    pub fn bytes(&self, digest: &str) -> &[u8] {
        &self.blobs[digest].1
    }

    /// Puts an image under a name; the digest of its manifest.
    pub fn image(&mut self, repository: &str, tag: &str, image: &Image, packing: Packing) -> String {
        let members = image.layout(packing);
        let index: Value = members
            .iter()
            .find(|(name, _)| name == "index.json")
            .map(|(_, bytes)| serde_json::from_slice(bytes).expect("JSON"))
            .expect("an index");
        let digest = index["manifests"][0]["digest"].as_str().expect("a digest").to_owned();
        for (name, bytes) in members {
            if let Some(hex) = name.strip_prefix("blobs/sha256/") {
                self.blobs.insert(format!("sha256:{hex}"), (MANIFEST.to_owned(), bytes));
            }
        }
        self.tag(repository, tag, &digest);
        digest
    }

    /// Puts an index of manifests, each with its platform, under a name.
    pub fn index(&mut self, repository: &str, tag: &str, manifests: &[(&str, Value)]) -> String {
        let manifests: Vec<Value> = manifests
            .iter()
            .map(|(digest, platform)| {
                json!({"mediaType": MANIFEST, "digest": digest, "size": self.bytes(digest).len(), "platform": platform})
            })
            .collect();
        let text = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).to_string();
        let digest = self.put(INDEX, text);
        self.tag(repository, tag, &digest);
        digest
    }

    /// The layers of a manifest, the lowest first.
    pub fn layers(&self, manifest: &str) -> Vec<String> {
        let manifest: Value = serde_json::from_slice(self.bytes(manifest)).expect("JSON");
        let layers = manifest["layers"].as_array().expect("layers");
        layers.iter().map(|layer| layer["digest"].as_str().expect("a digest").to_owned()).collect()
    }

    /// What an honest registry answers.
    pub fn reply(&self, asked: &Asked) -> Reply {
        let path = asked.path.split('?').next().unwrap_or_default();
        if path == "/v2/" {
            return Reply::new(200, "{}");
        }
        let unknown = |code: &str| {
            let message = code.to_ascii_lowercase().replace('_', " ");
            Reply::new(404, json!({"errors": [{"code": code, "message": message}]}).to_string())
        };
        let rest = path.strip_prefix("/v2/").unwrap_or_default();
        if let Some(repository) = rest.strip_suffix("/tags/list") {
            let tags: Vec<_> =
                self.tags.keys().filter(|(name, _)| name == repository).map(|(_, tag)| tag).collect();
            return Reply::new(200, json!({"name": repository, "tags": tags}).to_string());
        }
        if let Some((_, digest)) = rest.split_once("/blobs/") {
            let Some((_, bytes)) = self.blobs.get(digest) else { return unknown("BLOB_UNKNOWN") };
            let range = asked.header("range").strip_prefix("bytes=").and_then(|r| r.strip_suffix('-'));
            return match range.and_then(|from| from.parse::<usize>().ok()) {
                Some(from) => Reply::new(206, &bytes[from..])
                    .header("Content-Range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len())),
                None => Reply::new(200, bytes.clone()),
            };
        }
        let Some((repository, reference)) = rest.split_once("/manifests/") else {
            return unknown("UNSUPPORTED");
        };
        let tagged = self.tags.get(&(repository.to_owned(), reference.to_owned()));
        match self.blobs.get(tagged.map_or(reference, String::as_str)) {
            Some((media_type, bytes)) => Reply::new(200, bytes.clone()).header("Content-Type", media_type),
            None => unknown("MANIFEST_UNKNOWN"),
        }
    }
}

type Cut = dyn Fn(&Asked) -> Option<usize> + Send + Sync;
type Script = dyn Fn(&Asked, &Content) -> Option<Reply> + Send + Sync;

/// The server; it ends with the test.
pub struct Scripted {
    /// `127.0.0.1:PORT`.
    pub host: String,
    requests: Arc<Mutex<Vec<Asked>>>,
    arrivals: Mutex<Receiver<String>>,
}

impl Scripted {
    /// Serves `content`; where the script has an answer that one counts.
    pub fn new(
        content: Content,
        script: impl Fn(&Asked, &Content) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::cutting(content, |_| None, script)
    }

    /// The same; of some requests only so many bytes of the body are read before the connection breaks.
    pub fn cutting(
        content: Content,
        cut: impl Fn(&Asked) -> Option<usize> + Send + Sync + 'static,
        script: impl Fn(&Asked, &Content) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("listen");
        let host = listener.local_addr().expect("an address").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (arrived, arrivals) = channel();
        let (log, content): (_, Arc<Content>) = (Arc::clone(&requests), Arc::new(content));
        let script: Arc<Script> = Arc::new(script);
        let cut: Arc<Cut> = Arc::new(cut);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (log, content, script, arrived) =
                    (Arc::clone(&log), Arc::clone(&content), Arc::clone(&script), arrived.clone());
                let cut = Arc::clone(&cut);
                std::thread::spawn(move || {
                    // A client that goes away in the middle is what some tests are about.
                    let _ = serve(client, &log, &content, (&*cut, &*script), &arrived);
                });
            }
        });
        Self { host, requests, arrivals: Mutex::new(arrivals) }
    }

    /// A name there.
    pub fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.host)
    }

    /// All that was asked so far.
    pub fn requests(&self) -> Vec<Asked> {
        self.requests.lock().expect("no panic").clone()
    }

    /// The paths that were asked for, pings aside.
    pub fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|asked| asked.path).filter(|path| path != "/v2/").collect()
    }

    /// How often something was asked for.
    pub fn count(&self, part: &str) -> usize {
        self.paths().iter().filter(|path| path.contains(part)).count()
    }

    /// Waits until somebody asks for a path with this in it.
    pub fn wait_for(&self, part: &str) {
        let arrivals = self.arrivals.lock().expect("no panic");
        loop {
            let path = arrivals.recv_timeout(std::time::Duration::from_secs(60));
            if path.unwrap_or_else(|_| panic!("nobody asks for {part}")).contains(part) {
                return;
            }
        }
    }

    pub fn forget(&self) {
        self.requests.lock().expect("no panic").clear();
    }
}

fn serve(
    client: TcpStream,
    log: &Mutex<Vec<Asked>>,
    content: &Content,
    (cut, script): (&Cut, &Script),
    arrived: &Sender<String>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = Vec::new();
    // A TLS greeting has no line in it that starts like a request: it gets no answer.
    reader.by_ref().take(4).read_to_end(&mut first)?;
    if !first.is_ascii() || first.first().is_none_or(|b| !b.is_ascii_uppercase()) {
        return client.shutdown(Shutdown::Both);
    }
    let mut line = String::from_utf8_lossy(&first).into_owned();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut asked =
        Asked { method, path, headers, body: String::new(), bytes: Vec::new(), whole: true, before: 0 };
    asked.before = log.lock().expect("no panic").iter().filter(|other| other.path == asked.path).count();
    let cut = cut(&asked);
    asked.whole = cut.is_none();
    reader.take(cut.map_or(length, |cut| length.min(cut as u64))).read_to_end(&mut asked.bytes)?;
    asked.body = String::from_utf8_lossy(&asked.bytes).into_owned();
    log.lock().expect("no panic").push(asked.clone());
    let _nobody_waits = arrived.send(asked.path.clone());
    let reply = script(&asked, content).unwrap_or_else(|| content.reply(&asked));
    if asked.whole { write(client, &reply) } else { Ok(()) }
}

fn write(mut client: TcpStream, reply: &Reply) -> std::io::Result<()> {
    let length = reply.length.unwrap_or(reply.body.len());
    let mut head =
        format!("HTTP/1.1 {} X\r\nContent-Length: {length}\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    client.write_all(format!("{head}\r\n").as_bytes())?;
    client.write_all(&reply.body)?;
    if reply.then == Then::Silence {
        // Until the client has had enough.
        let _ = client.read(&mut [0; 16]);
    }
    client.shutdown(Shutdown::Write)
}
