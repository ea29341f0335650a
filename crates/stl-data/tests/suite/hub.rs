//! A server that answers as the Hugging Face hub does for one file, over `std::net`.
//!
//! `GET /datasets/.../resolve/REVISION/FILE` is a redirect that carries the commit and the etag;
//! its target on the "storage" serves ranges.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use stl_data::manifest::{MIRROR, MIRROR_REVISION};

/// How the server differs from a real hub.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Answer 404 to everything.
    pub not_found: bool,
    /// Accept connections and say nothing.
    pub silent: bool,
    /// In the first so many downloads, close the connection after so many bytes.
    pub cut: Option<(usize, usize)>,
    /// Redirect without a target.
    pub no_location: bool,
    /// Another commit than the pinned one.
    pub commit: Option<&'static str>,
    /// Another etag.
    pub etag: Option<&'static str>,
    /// Another size in `Content-Range`.
    pub size: Option<u64>,
    /// Stop sending, without closing, after this many bytes.
    pub stall: Option<usize>,
}

/// The running server; its threads end with the test process.
pub struct Hub {
    pub endpoint: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    /// Serves `body` as the mirror's `file`.
    pub fn serve(file: &str, body: Vec<u8>, faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let site = Arc::new(Site {
            resolve: format!("/datasets/{MIRROR}/resolve/{MIRROR_REVISION}/{file}"),
            storage: format!("{endpoint}/storage/blob"),
            body,
            downloads: Mutex::new(0),
            faults,
            log: log.clone(),
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = site.clone();
                thread::spawn(move || site.answer(stream));
            }
        });
        Self { endpoint, log }
    }

    /// Each request so far, as `PATH RANGE`.
    pub fn requests(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

struct Site {
    resolve: String,
    storage: String,
    body: Vec<u8>,
    downloads: Mutex<usize>,
    faults: Faults,
    log: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// Answers one request a connection. Errors are ignored: the client may hang up at any time.
    fn answer(&self, stream: TcpStream) {
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let Some(request) = lines.next() else { return };
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut range = String::new();
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            let line = line.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("range:") {
                range = value.trim().to_owned();
            }
        }
        self.log.lock().unwrap().push(format!("{path} {range}"));
        if self.faults.silent {
            thread::sleep(Duration::from_secs(60));
        } else if self.faults.not_found {
            send(&stream, "404 Not Found", "", b"");
        } else if path == self.resolve {
            let commit = self.faults.commit.unwrap_or(MIRROR_REVISION);
            let etag = self.faults.etag.unwrap_or("0a1b2c3d");
            let location = match self.faults.no_location {
                true => String::new(),
                false => format!("Location: {}\r\n", self.storage),
            };
            let headers = format!(
                "X-Repo-Commit: {commit}\r\nX-Linked-Etag: \"{etag}\"\r\nETag: \"other\"\r\n{location}"
            );
            send(&stream, "302 Found", &headers, b"");
        } else if path == "/storage/blob" {
            self.send_range(&stream, &range);
        } else {
            send(&stream, "404 Not Found", "", b"");
        }
    }

    fn send_range(&self, mut stream: &TcpStream, range: &str) {
        let range = range.strip_prefix("bytes=").unwrap_or("0-");
        let (first, last) = range.split_once('-').unwrap();
        let first: usize = first.parse().unwrap();
        let end = last.parse().map_or(self.body.len(), |last: usize| last + 1);
        if first >= end || end > self.body.len() {
            return send(stream, "416 Range Not Satisfiable", "", b"");
        }
        let total = self.faults.size.unwrap_or(self.body.len() as u64);
        let headers = format!("Content-Range: bytes {first}-{}/{total}\r\n", end - 1);
        let body = &self.body[first..end];
        let mut sent = body.len();
        if body.len() > 1 {
            let mut downloads = self.downloads.lock().unwrap();
            *downloads += 1;
            match self.faults.cut {
                Some((times, bytes)) if *downloads <= times => sent = bytes.min(sent),
                _ => {}
            }
            sent = self.faults.stall.unwrap_or(sent).min(sent);
        }
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body[..sent]);
        if sent < body.len() && self.faults.stall.is_some() {
            thread::sleep(Duration::from_secs(60));
        }
    }
}

fn send(mut stream: &TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}
