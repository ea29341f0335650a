//! The Hugging Face mirror, through `hf-hub` and its cache.
//!
//! `hf-hub` 0.5 has no timeouts, and it panics on some invalid answers (a redirect without a
//! target). So it runs on its own thread, which reports over a channel, and the caller waits a
//! limited time for each report. This limits name lookup, proxies and stalls alike; probing the
//! endpoint first would not. A thread that is given up on stays blocked in its read and ends with
//! the next bytes that arrive. It holds only its part file in the cache.

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

use crate::{
    Error, HubFault, Result, Split,
    fetch::{
        FetchOptions, FetchReport, parquet,
        plan::{Plan, mirrored_names},
        watch::Watch,
    },
    manifest::{MIRROR, MIRROR_REVISION, mirror_file},
    panic_message::panic_message,
};

/// Several times the largest file of the mirror.
const MAX_FILE_BYTES: usize = 1 << 30;
/// Attempts at a download that keeps breaking, before the error is reported.
const ATTEMPTS: usize = 3;
/// Longest time between two calls of the progress function during a download.
const POLL: Duration = Duration::from_millis(100);

/// Fetches labelled splits from the mirror into `dir`: official binaries and `class_names.txt`.
///
/// A parquet file in the hub's cache is used without a download; if it is damaged, it is removed
/// and downloaded again. The next call resumes a broken download.
///
/// # Errors
/// [`Error::Hub`] when the split is not on the mirror or the download fails; else as
/// [`from_parquet`](super::from_parquet).
pub fn from_hub(
    dir: impl AsRef<Path>,
    splits: &[Split],
    options: &FetchOptions,
) -> Result<FetchReport> {
    from_hub_with(dir, splits, options, |_, _| ControlFlow::Continue(()))
}

/// [`from_hub`] with a progress function: `progress(done, total)` counts the bytes of the file
/// being downloaded.
///
/// Each split starts again at 0 with its own total, which stays 0 if there is no download. A fetch
/// that `progress` stops keeps the splits it has completed, and the part downloaded in the cache.
///
/// # Errors
/// As [`from_hub`]; [`Error::Stopped`] when `progress` returns a break.
pub fn from_hub_with(
    dir: impl AsRef<Path>,
    splits: &[Split],
    options: &FetchOptions,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<FetchReport> {
    fetch(dir.as_ref(), splits, options, &mut Watch::new(&mut progress))
}

fn fetch(
    dir: &Path,
    splits: &[Split],
    options: &FetchOptions,
    watch: &mut Watch<'_>,
) -> Result<FetchReport> {
    let mut report = FetchReport::default();
    for &split in splits {
        watch.reset();
        let file = mirror_file(split).ok_or(Error::Hub(HubFault::NotOnMirror { split }))?;
        let plan = Plan::new(dir, mirrored_names(split)?, options, watch)?;
        for present in plan.report.present {
            if !report.written.contains(&present) && !report.present.contains(&present) {
                report.present.push(present);
            }
        }
        if plan.missing.is_empty() {
            continue;
        }
        let mirror = Mirror::new(options)?;
        let install = |file: &Path, watch: &mut Watch<'_>| {
            parquet::install(file, dir, split, &plan.missing, watch, |watch, _, _| watch.again())
        };
        report.written.extend(mirror.with_file(file, options, watch, install)?);
    }
    Ok(report)
}

/// The mirror at its pinned revision, and the cache.
#[derive(Clone)]
struct Mirror {
    endpoint: String,
    cache: Cache,
}

impl Mirror {
    fn new(options: &FetchOptions) -> Result<Self> {
        let dir = options.cache_dir.as_deref().ok_or(Error::Hub(HubFault::NoCacheDir))?;
        let dir = std::path::absolute(dir).map_err(|e| Error::io("resolve", dir, e))?;
        Ok(Self { endpoint: options.endpoint.clone(), cache: Cache::new(dir) })
    }

    fn repo() -> Repo {
        Repo::with_revision(MIRROR.into(), RepoType::Dataset, MIRROR_REVISION.into())
    }

    fn url(&self, file: &str) -> String {
        format!("{}/datasets/{MIRROR}/resolve/{MIRROR_REVISION}/{file}", self.endpoint)
    }

    /// The path of a file in the cache. The revision is a commit, so there is no reference to look
    /// up. This also finds the files of the Python client, which writes no reference for commits.
    fn pointer(&self, file: &str) -> PathBuf {
        self.cache.repo(Self::repo()).pointer_path(MIRROR_REVISION).join(file)
    }

    /// Passes the file to `install`; downloads it if the cache has no good copy.
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
            return Err(Error::Hub(HubFault::Offline { file: file.to_owned(), cache }));
        }
        options.require_tls()?;
        let downloaded = self.download(file, options, watch)?;
        install(&downloaded, watch).inspect_err(|error| {
            if content_is_bad(error) {
                self.evict(&downloaded);
            }
        })
    }

    /// Removes a damaged file and the blob it points to, so the next download starts clean. Its
    /// failures are ignored: the next call would find the same damage.
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
            let what = "an answer that the client cannot handle";
            Err(Error::Hub(HubFault::Answer { url, what, found }))
        })
    }

    /// Downloads into the cache; reports the bytes done and the total.
    fn download_blocking(&self, file: &str, reports: &Sender<(u64, u64)>) -> Result<PathBuf> {
        let url = self.url(file);
        let failed =
            |e: ApiError| Error::Hub(HubFault::Request { url: url.clone(), source: Box::new(e) });
        let api = ApiBuilder::from_cache(self.cache.clone())
            .with_endpoint(self.endpoint.clone())
            .with_token(None)
            .with_progress(false)
            .build()
            .map_err(failed)?;
        let metadata = api.metadata(&url).map_err(failed)?;
        let answer = |what, found| Error::Hub(HubFault::Answer { url: url.clone(), what, found });
        if metadata.commit_hash() != MIRROR_REVISION {
            return Err(answer("x-repo-commit", metadata.commit_hash().to_owned()));
        }
        if metadata.size() > MAX_FILE_BYTES {
            return Err(answer("the file's size", metadata.size().to_string()));
        }
        // The client uses it as a file name.
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
            // If a part file is complete but was not renamed, the client asks for the bytes after
            // the last one, which servers refuse.
            if fs::metadata(&part).is_ok_and(|part| part.len() >= total as u64) {
                fs::remove_file(&part).map_err(|e| Error::io("remove", &part, e))?;
            }
            match download_once(&repo, file, total, reports) {
                Err(ApiError::IoError(_)) if attempt < ATTEMPTS => attempt += 1,
                result => return result.map_err(failed),
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

/// Forwards the client's progress. The client may start again (`init`) at any time.
struct Forward {
    reports: Sender<(u64, u64)>,
    done: usize,
    total: usize,
}

impl Forward {
    fn send(&self) {
        let sent = self.reports.send((self.done as u64, self.total as u64));
        // The caller has given up and does not listen. Only unwinding stops the client; nothing
        // joins this thread, so nobody sees it. (Built with `panic = "abort"`, the download runs
        // to its end unused.)
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

/// Whether the parquet file is at fault, rather than the disk or the target folder.
fn content_is_bad(error: &Error) -> bool {
    !matches!(
        error,
        Error::Io { .. }
            | Error::TempFile { .. }
            | Error::NotFound { .. }
            | Error::AlreadyExists { .. }
            | Error::NoExpectedDigest { .. }
            | Error::Stopped
    )
}

fn timed_out(url: String, waited: Duration) -> Error {
    Error::Hub(HubFault::TimedOut { url, waited_s: waited.as_secs_f64() })
}
