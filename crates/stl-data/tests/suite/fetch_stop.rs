//! A fetch that is stopped leaves the folder as it was.

use std::{
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use stl_data::{
    Error, FileDigest, Result, Split,
    fetch::{self, FetchOptions, FetchReport},
    manifest::{CLASS_NAMES, mirror_file},
};
use tempfile::TempDir;

use crate::{
    hub::{Faults, Hub},
    support::{names, options, small_archive, valid_rows, write_parquet},
};

/// More than one batch of decoding (256) and two blocks of writing (128).
const IMAGES: usize = 300;

/// The same data as a parquet file and as an archive, and the folder to fetch into.
struct Scene {
    root: TempDir,
    datasets: PathBuf,
    options: FetchOptions,
}

type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>;

impl Scene {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let parquet = root.path().join("train.parquet");
        write_parquet(&parquet, &valid_rows(IMAGES), 200, parquet::basic::Compression::SNAPPY);
        let archive = small_archive(IMAGES);
        let file = fs::File::create(root.path().join("archive.tar.gz")).unwrap();
        let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
        for (name, bytes) in &archive.files {
            let mut header = tar::Header::new_ustar();
            header.set_path(format!("stl10_binary/{name}")).unwrap();
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            tar.append(&header, &bytes[..]).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
        let options = options(&root.path().join("cache"), archive.expected);
        Self { datasets: root.path().join("datasets"), root, options }
    }

    /// Does not exist yet; neither does the folder above it.
    fn dir(&self) -> PathBuf {
        self.datasets.join("stl10_binary")
    }

    fn parquet(&self, progress: Progress<'_>) -> Result<FetchReport> {
        let parquet = self.root.path().join("train.parquet");
        fetch::from_parquet_with(parquet, self.dir(), Split::Train, &self.options, progress)
    }

    fn archive(&self, progress: Progress<'_>) -> Result<FetchReport> {
        let archive = self.root.path().join("archive.tar.gz");
        fetch::from_archive_with(archive, self.dir(), &[Split::Train], &self.options, progress)
    }

    /// Stops the fetch at its first call, at its second and so on (later in longer steps) until it
    /// completes. Returns about how many calls a complete fetch makes.
    #[track_caller]
    fn stopped_at_every_call(&self, fetch: impl Fn(Progress<'_>) -> Result<FetchReport>) -> usize {
        let before = tree(&self.datasets);
        let mut stop_at = 1;
        loop {
            let mut calls = 0;
            let result = fetch(&mut |_, _| {
                calls += 1;
                assert!(calls <= stop_at, "called after it said stop");
                if calls == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            match result {
                Err(Error::Stopped) => assert_eq!(tree(&self.datasets), before, "call {stop_at}"),
                result => {
                    result.unwrap();
                    return stop_at;
                }
            }
            stop_at += 1 + stop_at / 16;
        }
    }
}

/// Every file and folder below a folder, hidden ones too, with the MD5 of files.
fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut tree(&path));
        }
        let md5 = FileDigest::of(&path).map_or(String::new(), |file| file.md5.into_owned());
        found.insert(path, md5);
    }
    if folder.exists() {
        found.insert(folder.to_path_buf(), String::new());
    }
    found
}

#[test]
fn a_parquet_file_stopped_anywhere_leaves_no_trace() {
    let scene = Scene::new();
    let calls = scene.stopped_at_every_call(|progress| scene.parquet(progress));
    assert!(calls > 5, "decoding and writing can both be stopped: {calls} calls");
    assert_eq!(names(&scene.dir()), ["class_names.txt", "train_X.bin", "train_y.bin"]);
}

#[test]
fn an_archive_stopped_anywhere_leaves_no_trace() {
    let scene = Scene::new();
    let calls = scene.stopped_at_every_call(|progress| scene.archive(progress));
    assert!(calls > 5, "{calls} calls");
    assert_eq!(names(&scene.dir()).len(), 4);
}

#[test]
fn existing_files_stay_and_their_verification_can_be_stopped() {
    let scene = Scene::new();
    scene.archive(&mut |_, _| ControlFlow::Continue(())).unwrap();
    fs::remove_file(scene.dir().join(CLASS_NAMES)).unwrap();
    let calls = scene.stopped_at_every_call(|progress| scene.archive(progress));
    assert!(calls > 10, "8 MB of images are verified a megabyte at a time: {calls} calls");
}

#[test]
fn a_download_stopped_anywhere_leaves_the_folder_as_it_was() {
    let mut scene = Scene::new();
    let body = fs::read(scene.root.path().join("train.parquet")).unwrap();
    let hub = Hub::serve(mirror_file(Split::Train).unwrap(), body, Faults::default());
    scene.options.endpoint = hub.endpoint.clone();
    scene.stopped_at_every_call(|progress| {
        fetch::from_hub_with(scene.dir(), &[Split::Train], &scene.options, progress)
    });
    assert_eq!(names(&scene.dir()).len(), 3);
}

#[test]
fn a_fetch_from_a_silent_hub_can_be_stopped() {
    let mut scene = Scene::new();
    let faults = Faults { silent: true, ..Faults::default() };
    let hub = Hub::serve(mirror_file(Split::Train).unwrap(), Vec::new(), faults);
    scene.options.endpoint = hub.endpoint.clone();
    scene.options.answer_timeout = Duration::from_secs(50);
    let start = Instant::now();
    let splits = [Split::Train];
    let result = fetch::from_hub_with(scene.dir(), &splits, &scene.options, |_, total| {
        assert_eq!(total, 0, "nothing is known of the file");
        if start.elapsed() < Duration::from_millis(300) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    assert!(matches!(result, Err(Error::Stopped)));
    assert!(start.elapsed() < Duration::from_secs(20), "long before the timeout");
    assert!(!scene.datasets.exists());
}

#[test]
fn a_panic_of_the_progress_function_reaches_the_caller() {
    let scene = Scene::new();
    let fetch = || scene.parquet(&mut |_, _| panic!("of the caller"));
    let payload = catch_unwind(AssertUnwindSafe(fetch)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"of the caller"));
    assert!(!scene.datasets.exists());
}
