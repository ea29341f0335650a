//! The Hugging Face mirror, through `hf-hub` and its cache.
//!
//! `hf-hub` 0.5 sets no timeout of any kind and cannot be given one, and it panics on some
//! answers that no hub sends (a redirect to nowhere). So it runs on a thread of its own, which
//! reports over a channel; the caller waits for each report a bounded time. This bounds name
//! lookup, proxies and stalls alike, which probing the endpoint first would not. A thread given
//! up on stays blocked in its read, and ends with the next bytes that arrive; it holds nothing but
//! its part file in the cache.

use std::{
    fs,
    ops::ControlFlow,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use hf_hub::{
    Cache, Repo, RepoType,
    api::{
        Progress,
        sync::{ApiBuilder, ApiError, ApiRepo},
    },
};

use super::{FetchOptions, Plan, Report, Watch, install_parquet, mirrored_names};
use crate::{
    Error, Result, Split,
    known::{MIRROR, MIRROR_REVISION, mirror_file},
    mirror::panic_message,
};

/// Several times the largest file of the mirror.
const MAX_FILE_BYTES: usize = 1 << 30;
/// Times a download that breaks off is continued before the error is reported.
const ATTEMPTS: usize = 3;
/// Longest time between two calls of the progress function while a download is waited for.
const POLL: Duration = Duration::from_millis(100);

/// Fetches labelled splits from the mirror into `dir`: official binaries and `class_names.txt`.
///
/// A parquet file in the hub's cache is used as it is; one there that turns out damaged is
/// removed and downloaded again. A broken-off download is continued by the next call.
/// `progress(done, total)` is called with the bytes of the file being downloaded: each split
/// starts anew with its own total, which stays 0 for what needs no download. A fetch that it stops
/// leaves the splits before in place, and the part downloaded in the cache.
///
/// # Errors
/// [`Error::Stopped`] when `progress` asks for it; [`Error::NotOnMirror`] for the unlabeled split; [`Error::Offline`], [`Error::NotTls`],
/// [`Error::TimedOut`], [`Error::Hub`] or [`Error::HubAnswer`] when there is no download to be had;
/// [`Error::NoCacheDir`]; else as [`from_parquet`](super::from_parquet).
pub fn from_hub(
    dir: &Path,
    splits: &[Split],
    options: &FetchOptions,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Report> {
    let mut watch = Watch::new(progress);
    let mut report = Report::default();
    for &split in splits {
        watch.reset();
        let file = mirror_file(split).ok_or(Error::NotOnMirror { split })?;
        let plan = Plan::new(dir, mirrored_names(split)?, options, &mut watch)?;
        for present in plan.report.present {
            if !report.written.contains(&present) && !report.present.contains(&present) {
                report.present.push(present);
            }
        }
        if plan.missing.is_empty() {
            continue;
        }
        let mirror = Mirror::new(options)?;
        let install = |parquet: &Path, watch: &mut Watch<'_>| {
            install_parquet(parquet, dir, split, &plan.missing, watch, |watch, _, _| watch.again())
        };
        report.written.extend(mirror.with_file(file, options, &mut watch, install)?);
    }
    Ok(report)
}

/// The mirror at its pinned revision, and its corner of the cache.
#[derive(Clone)]
struct Mirror {
    endpoint: String,
    cache: Cache,
}

impl Mirror {
    fn new(options: &FetchOptions) -> Result<Self> {
        let dir = options.cache_dir.as_deref().ok_or(Error::NoCacheDir)?;
        let dir = std::path::absolute(dir).map_err(|e| Error::io("resolve", dir, e))?;
        Ok(Self { endpoint: options.endpoint.clone(), cache: Cache::new(dir) })
    }

    fn repo() -> Repo {
        Repo::with_revision(MIRROR.into(), RepoType::Dataset, MIRROR_REVISION.into())
    }

    fn url(&self, file: &str) -> String {
        format!("{}/datasets/{MIRROR}/resolve/{MIRROR_REVISION}/{file}", self.endpoint)
    }

    /// Where the cache holds a file. The revision is a commit, so no reference need be looked up;
    /// files put there by the Python client, which writes none for commits, are found too.
    fn pointer(&self, file: &str) -> PathBuf {
        self.cache.repo(Self::repo()).pointer_path(MIRROR_REVISION).join(file)
    }

    /// Hands the file to `install`, downloading it where the cache has no good copy.
    fn with_file<T>(
        &self,
        file: &'static str,
        options: &FetchOptions,
        watch: &mut Watch<'_>,
        install: impl Fn(&Path, &mut Watch<'_>) -> Result<T>,
    ) -> Result<T> {
        let cached = self.pointer(file);
        if cached.exists() {
            match install(&cached, watch) {
                Err(error) if content_is_bad(&error) && !options.offline => self.evict(&cached),
                result => return result,
            }
        } else if options.offline {
            let cache = self.cache.path().clone();
            return Err(Error::Offline { file: file.to_owned(), cache });
        }
        options.require_tls()?;
        let downloaded = self.download(file, options, watch)?;
        install(&downloaded, watch).inspect_err(|error| {
            if content_is_bad(error) {
                self.evict(&downloaded);
            }
        })
    }

    /// Removes a damaged file and the blob it points to, so that the next download starts clean.
    /// Failing to is no error of its own: the same damage would be found again.
    fn evict(&self, pointer: &Path) {
        let within_cache = |blob: &PathBuf| {
            fs::canonicalize(self.cache.path()).is_ok_and(|cache| blob.starts_with(cache))
        };
        if let Some(blob) = fs::canonicalize(pointer).ok().filter(within_cache) {
            let _ = fs::remove_file(blob);
        }
        let _ = fs::remove_file(pointer);
    }

    fn download(
        &self,
        file: &'static str,
        options: &FetchOptions,
        watch: &mut Watch<'_>,
    ) -> Result<PathBuf> {
        let url = self.url(file);
        let (sender, receiver) = mpsc::channel();
        let worker = thread::spawn({
            let mirror = self.clone();
            move || mirror.download_blocking(file, &sender)
        });
        let mut patience = options.answer_timeout;
        let mut heard = Instant::now();
        loop {
            let left = patience.saturating_sub(heard.elapsed());
            match receiver.recv_timeout(left.min(POLL)) {
                Ok((done, total)) => {
                    patience = options.stall_timeout;
                    watch.at(done, total)?;
                    heard = Instant::now();
                }
                Err(RecvTimeoutError::Timeout) if heard.elapsed() < patience => watch.again()?,
                Err(RecvTimeoutError::Timeout) => return Err(timed_out(url, patience)),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        worker.join().unwrap_or_else(|payload| {
            let found = panic_message(&*payload);
            Err(Error::HubAnswer { url, what: "an answer that the client cannot handle", found })
        })
    }

    /// Downloads into the cache; reports bytes done and in all.
    fn download_blocking(&self, file: &str, reports: &Sender<(u64, u64)>) -> Result<PathBuf> {
        let url = self.url(file);
        let hub = |source: ApiError| Error::Hub { url: url.clone(), source: Box::new(source) };
        let api = ApiBuilder::from_cache(self.cache.clone())
            .with_endpoint(self.endpoint.clone())
            .with_token(None)
            .with_progress(false)
            .build()
            .map_err(hub)?;
        let metadata = api.metadata(&url).map_err(hub)?;
        let answer = |what, found: String| Error::HubAnswer { url: url.clone(), what, found };
        if metadata.commit_hash() != MIRROR_REVISION {
            return Err(answer("x-repo-commit", metadata.commit_hash().to_owned()));
        }
        if metadata.size() > MAX_FILE_BYTES {
            return Err(answer("the file's size", metadata.size().to_string()));
        }
        // The client makes a file name of it.
        let etag = metadata.etag();
        if etag.is_empty() || !etag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(answer("etag", etag.to_owned()));
        }
        let total = metadata.size();
        let _ = reports.send((0, total as u64)); // the hub has answered
        let part = self.cache.repo(Self::repo()).blob_path(etag).with_extension("part");
        let repo = api.repo(Self::repo());
        let mut attempt = 1;
        loop {
            // A part file that is complete but was never renamed would make the client ask for
            // the bytes after the last one, which servers refuse.
            if fs::metadata(&part).is_ok_and(|part| part.len() >= total as u64) {
                fs::remove_file(&part).map_err(|e| Error::io("remove", &part, e))?;
            }
            match download_once(&repo, file, total, reports) {
                Err(ApiError::IoError(_)) if attempt < ATTEMPTS => attempt += 1,
                result => return result.map_err(hub),
            }
        }
    }
}

fn download_once(
    repo: &ApiRepo,
    file: &str,
    total: usize,
    reports: &Sender<(u64, u64)>,
) -> Result<PathBuf, ApiError> {
    repo.download_with_progress(file, Forward { reports: reports.clone(), done: 0, total })
}

/// Passes the client's progress on. The client starts over (`init`) without notice.
struct Forward {
    reports: Sender<(u64, u64)>,
    done: usize,
    total: usize,
}

impl Forward {
    fn send(&self) {
        let sent = self.reports.send((self.done as u64, self.total as u64));
        // Nobody listens any more: the caller has given up. The client knows no other way to stop
        // than an unwinding, which goes unseen, nobody joining this thread. (Built with
        // `panic = "abort"`, the download goes on to its end in vain.)
        if sent.is_err() && cfg!(panic = "unwind") {
            resume_unwind(Box::new("the fetch was given up"));
        }
    }
}

impl Progress for Forward {
    fn init(&mut self, size: usize, _: &str) {
        (self.done, self.total) = (0, size);
        self.send();
    }

    fn update(&mut self, size: usize) {
        self.done += size;
        self.send();
    }

    fn finish(&mut self) {}
}

/// Whether the parquet file, not the disk or the target folder, is at fault.
fn content_is_bad(error: &Error) -> bool {
    !matches!(
        error,
        Error::Io { .. }
            | Error::Spill { .. }
            | Error::NotFound { .. }
            | Error::AlreadyExists { .. }
            | Error::NoExpectedDigest { .. }
            | Error::Stopped
    )
}

fn timed_out(url: String, waited: Duration) -> Error {
    Error::TimedOut { url, waited_s: waited.as_secs_f64() }
}
