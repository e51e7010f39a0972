//! Debian's docker-registry on loopback, plain, with passwords or with TLS; it ends with the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::image::{Image, Packing, hex};
use super::program;

/// A server that runs.
pub struct Registry {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub host: String,
}

impl Registry {
    /// No TLS, no passwords, a store of its own below `dir`.
    pub fn plain(dir: &Path) -> Self {
        Self::start(dir, "", "")
    }

    /// The same store for `user` with `secret` alone.
    pub fn with_password(dir: &Path) -> Self {
        let file = dir.join("htpasswd");
        // bcrypt of "secret".
        std::fs::write(&file, format!("user:{BCRYPT}\n")).expect("write htpasswd");
        Self::start(
            dir,
            "",
            &format!("auth: {{htpasswd: {{realm: \"a \\\"test\\\"\", path: {}}}}}", file.display()),
        )
    }

    /// The same store with a certificate of [`Authority`], for clients with a certificate of it if `clients`.
    pub fn with_tls(dir: &Path, authority: &Authority, clients: bool) -> Self {
        let (cert, key) = authority.issue("server");
        let ca = if clients {
            format!(", clientcas: [{}]", authority.certificate().display())
        } else {
            String::new()
        };
        let tls = format!(", tls: {{certificate: {}, key: {}{ca}}}", cert.display(), key.display());
        Self::start(dir, &tls, "")
    }

    /// The same store, for reading alone.
    pub fn read_only(dir: &Path) -> Self {
        Self::started(dir, "", "", ", maintenance: {readonly: {enabled: true}}")
    }

    /// A pull-through cache of another registry, with a store of its own below `dir`.
    pub fn mirror_of(dir: &Path, other: &Self) -> Self {
        Self::start(dir, "", &format!("proxy: {{remoteurl: \"http://{}\"}}", other.host))
    }

    fn start(dir: &Path, tls: &str, more: &str) -> Self {
        Self::started(dir, tls, more, "")
    }

    fn started(dir: &Path, tls: &str, more: &str, storage: &str) -> Self {
        let binary =
            program(&["docker-registry"]).expect("docker-registry is installed (contrib/test.sh does it)");
        let store = dir.join("store");
        let config = dir.join(format!("registry-{}.yml", tls.len() + more.len() + storage.len()));
        let text = format!(
            "version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {}}}{storage}}}\n\
             http: {{addr: \"127.0.0.1:0\"{tls}}}\n{more}\n",
            store.display()
        );
        std::fs::create_dir_all(&store).expect("make the store");
        std::fs::write(&config, text).expect("write the configuration");
        let mut child = Command::new(binary)
            .arg("serve")
            .arg(&config)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("start docker-registry");
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        let mut said = String::new();
        let port = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).expect("read its log") > 0, "docker-registry has ended: {said}");
            if let Some((_, after)) = line.split_once("listening on 127.0.0.1:") {
                let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
                break digits;
            }
            said.push_str(&line);
        };
        // Somebody has to read on, or it stops when the pipe is full.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, host: format!("127.0.0.1:{port}") }
    }

    /// A name there.
    pub fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.host)
    }

    /// Uploads an image to this plain registry; the digest of its manifest.
    pub fn push(&self, repository: &str, tag: &str, image: &Image, packing: Packing) -> String {
        let mut manifest = Vec::new();
        for (name, bytes) in image.layout(packing) {
            if name == "index.json" {
                let index: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
                manifest = index["manifests"][0]["digest"].as_str().expect("a digest").as_bytes().to_vec();
            }
            if !name.starts_with("blobs/") {
                continue;
            }
            let (status, head) = self.request("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
            assert_eq!(status, 202, "{head}");
            let location = head
                .lines()
                .find_map(|line| line.strip_prefix("Location: "))
                .unwrap_or_else(|| panic!("no place to upload to: {head}"));
            let path = location.split_once(&self.host).map_or(location, |(_, path)| path).trim();
            let (status, head) = self.request(
                "PUT",
                &format!("{path}&digest=sha256:{}", hex(&bytes)),
                "application/octet-stream",
                &bytes,
            );
            assert_eq!(status, 201, "{head}");
        }
        let digest = String::from_utf8(manifest).expect("UTF-8");
        let members = image.layout(packing);
        let place = format!("blobs/sha256/{}", &digest["sha256:".len()..]);
        let (_, bytes) = members.iter().find(|(name, _)| *name == place).expect("the manifest");
        let (status, head) = self.request(
            "PUT",
            &format!("/v2/{repository}/manifests/{tag}"),
            "application/vnd.oci.image.manifest.v1+json",
            bytes,
        );
        assert_eq!(status, 201, "{head}");
        digest
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.host).expect("connect");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read the answer");
        let status = answer.split_whitespace().nth(1).and_then(|code| code.parse().ok());
        (status.unwrap_or_else(|| panic!("no answer: {answer}")), answer)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself; what counts is that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const BCRYPT: &str = "$2y$05$aop0KYin4zV4kIzcYU.gpeMUngwrAnH5Tt.QISALFdLCzrm89FEFu";

/// A private certificate authority.
pub struct Authority {
    dir: PathBuf,
}

impl Authority {
    pub fn new(dir: &Path) -> Self {
        let dir = dir.join("ca");
        std::fs::create_dir_all(&dir).expect("make a directory");
        let authority = Self { dir };
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=test authority",
            "-keyout",
            "ca.key",
            "-out",
            "ca.crt",
        ]);
        authority
    }

    pub fn certificate(&self) -> PathBuf {
        self.dir.join("ca.crt")
    }

    /// A certificate for 127.0.0.1 and its key, for a server as for a client.
    pub fn issue(&self, name: &str) -> (PathBuf, PathBuf) {
        let file = |end: &str| format!("{name}.{end}");
        self.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=test",
            "-keyout",
            &file("key"),
            "-out",
            &file("csr"),
        ]);
        std::fs::write(
            self.dir.join("ext"),
            "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n",
        )
        .expect("write a file");
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &file("csr"),
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "ext",
            "-out",
            &file("cert"),
        ]);
        (self.dir.join(file("cert")), self.dir.join(file("key")))
    }

    fn openssl(&self, args: &[&str]) {
        let binary = program(&["openssl"]).expect("openssl is installed (contrib/test.sh does it)");
        let done = Command::new(binary).args(args).current_dir(&self.dir).output().expect("run openssl");
        assert!(done.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}
