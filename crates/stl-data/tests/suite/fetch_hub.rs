//! Fetching from the mirror, against a local server that answers as the hub does.

use std::{fs, ops::ControlFlow, path::PathBuf, time::Duration};

use parquet::basic::Compression;
use stl_data::{
    Dataset, Error, FileDigest, FormatFault, HubFault, Result, Split,
    fetch::{self, FetchOptions, FetchReport},
    manifest::{MIRROR_REVISION, mirror_file},
};
use tempfile::TempDir;

use crate::{
    hub::{Faults, Hub},
    support::{format_fault, names, official, options, small_archive, valid_rows, write_parquet},
};

const IMAGES: usize = 6;

/// A hub, an empty cache, a folder to fetch into, and the digests to expect.
struct Scene {
    hub: Hub,
    body: Vec<u8>,
    root: TempDir,
    dir: PathBuf,
    options: FetchOptions,
}

fn scene(faults: Faults) -> Scene {
    let root = tempfile::tempdir().unwrap();
    let parquet = root.path().join("source.parquet");
    write_parquet(&parquet, &valid_rows(IMAGES), 4, Compression::SNAPPY);
    let body = fs::read(&parquet).unwrap();
    let hub = Hub::serve(mirror_file(Split::Train).unwrap(), body.clone(), faults);
    let mut options = options(&root.path().join("cache"), small_archive(IMAGES).expected);
    options.endpoint = hub.endpoint.clone();
    Scene { hub, body, dir: root.path().join("datasets/stl10_binary"), root, options }
}

impl Scene {
    fn fetch(&self) -> Result<FetchReport> {
        fetch::from_hub(&self.dir, &[Split::Train], &self.options)
    }

    /// The fault of the hub.
    #[track_caller]
    fn hub_fault(&self) -> HubFault {
        match self.fetch().unwrap_err() {
            Error::Hub(fault) => fault,
            error => panic!("{error}"),
        }
    }

    fn cached(&self) -> PathBuf {
        let snapshots = "cache/datasets--tanganke--stl10/snapshots";
        let file = mirror_file(Split::Train).unwrap();
        self.root.path().join(snapshots).join(MIRROR_REVISION).join(file)
    }

    fn nothing_in_place(&self) -> bool {
        names(&self.dir).is_empty()
    }
}

const FILES: [&str; 3] = ["class_names.txt", "train_X.bin", "train_y.bin"];

#[test]
fn a_split_is_fetched_and_verified_once() {
    let scene = scene(Faults::default());
    let mut calls = Vec::new();
    let splits = [Split::Train];
    let report = fetch::from_hub_with(&scene.dir, &splits, &scene.options, |done, total| {
        calls.push((done, total));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((report.written.len(), report.present.len()), (3, 0));
    assert_eq!(names(&scene.dir), FILES);
    assert!(fs::read(scene.dir.join("train_X.bin")).unwrap() == official(IMAGES));
    assert_eq!(Dataset::open(&scene.dir).unwrap().len(), IMAGES);
    let total = scene.body.len() as u64;
    calls.retain(|&(_, total)| total > 0); // 0 until it is known
    assert_eq!(calls.first(), Some(&(0, total)));
    assert_eq!(calls.last(), Some(&(total, total)));

    let requests = scene.hub.requests().len();
    let report = scene.fetch().unwrap();
    assert_eq!((report.written.len(), report.present.len()), (0, 3));
    assert_eq!(scene.hub.requests().len(), requests);
}

#[test]
fn the_cache_serves_offline() {
    let mut scene = scene(Faults::default());
    scene.fetch().unwrap();
    fs::remove_dir_all(&scene.dir).unwrap();
    scene.options.offline = true;
    scene.options.endpoint = "http://127.0.0.1:9".into();
    assert_eq!(scene.fetch().unwrap().written.len(), 3);
}

#[test]
fn offline_without_a_cache_is_an_error_and_sends_nothing() {
    let mut scene = scene(Faults::default());
    scene.options.offline = true;
    assert!(matches!(scene.hub_fault(), HubFault::Offline { .. }));
    assert!(scene.hub.requests().is_empty());
    assert!(scene.nothing_in_place());
}

#[test]
fn a_wrong_digest_leaves_nothing_and_clears_the_cache() {
    let mut scene = scene(Faults::default());
    let correct = scene.options.expected.clone();
    for file in &mut scene.options.expected {
        if file.name == "train_X.bin" {
            *file = FileDigest { md5: "0".repeat(32).into(), ..file.clone() };
        }
    }
    let error = scene.fetch().unwrap_err();
    assert!(matches!(error, Error::Digest { path, .. } if path.ends_with("train_X.bin")));
    assert!(scene.nothing_in_place());
    assert!(!scene.cached().exists());
    scene.options.expected = correct;
    assert_eq!(scene.fetch().unwrap().written.len(), 3);
}

#[test]
fn a_damaged_cache_is_replaced() {
    let scene = scene(Faults::default());
    scene.fetch().unwrap();
    fs::remove_dir_all(&scene.dir).unwrap();
    let mut damaged = scene.body.clone();
    damaged[500] ^= 0xff; // within the first PNG
    fs::write(scene.cached(), damaged).unwrap();
    assert_eq!(scene.fetch().unwrap().written.len(), 3);
    assert!(fs::read(scene.cached()).unwrap() == scene.body);
}

#[test]
fn a_damaged_cache_offline_is_reported_and_kept() {
    let mut scene = scene(Faults::default());
    scene.fetch().unwrap();
    fs::remove_dir_all(&scene.dir).unwrap();
    fs::write(scene.cached(), &scene.body[..scene.body.len() - 9]).unwrap();
    scene.options.offline = true;
    let fault = format_fault(scene.fetch().unwrap_err());
    assert!(matches!(fault, FormatFault::Parquet(_)), "{fault}");
    assert!(scene.cached().exists());
    assert!(scene.nothing_in_place());
}

#[test]
fn an_existing_file_that_differs_is_never_overwritten() {
    let scene = scene(Faults::default());
    fs::create_dir_all(&scene.dir).unwrap();
    fs::write(scene.dir.join("train_y.bin"), [1; IMAGES]).unwrap();
    let error = scene.fetch().unwrap_err();
    assert!(matches!(error, Error::Digest { path, .. } if path.ends_with("train_y.bin")));
    assert_eq!(fs::read(scene.dir.join("train_y.bin")).unwrap(), [1; IMAGES]);
    assert!(scene.hub.requests().is_empty());
}

#[test]
fn a_fetch_killed_between_two_files_is_completed() {
    let scene = scene(Faults::default());
    scene.fetch().unwrap();
    fs::remove_file(scene.dir.join("train_X.bin")).unwrap();
    let report = scene.fetch().unwrap();
    assert_eq!(report.written, [scene.dir.join("train_X.bin")]);
    assert_eq!(report.present.len(), 2);
}

#[test]
fn a_connection_that_keeps_breaking_is_an_error() {
    let scene = scene(Faults { cut: Some((usize::MAX, 100)), ..Faults::default() });
    assert!(matches!(scene.hub_fault(), HubFault::Request { .. }));
    assert!(scene.nothing_in_place());
    assert!(!scene.cached().exists());
}

#[test]
fn a_broken_download_resumes_where_it_broke() {
    let scene = scene(Faults { cut: Some((1, 1000)), ..Faults::default() });
    assert_eq!(scene.fetch().unwrap().written.len(), 3);
    let requests = scene.hub.requests();
    assert!(requests.contains(&"/storage/blob bytes=1000-".to_owned()), "{requests:?}");
}

#[test]
fn a_complete_part_file_does_not_block_the_download() {
    let scene = scene(Faults::default());
    let blobs = scene.root.path().join("cache/datasets--tanganke--stl10/blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join("0a1b2c3d.part"), &scene.body).unwrap();
    assert_eq!(scene.fetch().unwrap().written.len(), 3);
}

#[test]
fn a_missing_file_is_a_404() {
    let scene = scene(Faults { not_found: true, ..Faults::default() });
    let fault = scene.hub_fault();
    assert!(matches!(fault, HubFault::Request { .. }));
    assert!(fault.to_string().contains("404"), "{fault}");
    assert!(scene.nothing_in_place());
}

#[test]
fn a_silent_endpoint_times_out() {
    let mut scene = scene(Faults { silent: true, ..Faults::default() });
    scene.options.answer_timeout = Duration::from_millis(300);
    assert!(matches!(scene.hub_fault(), HubFault::TimedOut { .. }));
    assert!(scene.nothing_in_place());
}

#[test]
fn a_stalled_download_times_out() {
    let mut scene = scene(Faults { stall: Some(500), ..Faults::default() });
    scene.options.stall_timeout = Duration::from_millis(300);
    assert!(matches!(scene.hub_fault(), HubFault::TimedOut { .. }));
    assert!(scene.nothing_in_place());
}

#[test]
fn a_hub_without_tls_is_not_asked() {
    let mut scene = scene(Faults::default());
    scene.options.endpoint = "http://mirror.example".into();
    let fault = scene.hub_fault();
    assert!(matches!(fault, HubFault::NotTls { .. }), "{fault}");
    assert!(scene.nothing_in_place());
}

#[test]
fn a_refused_connection_is_an_error() {
    let mut scene = scene(Faults::default());
    scene.options.endpoint = "http://127.0.0.1:9".into();
    assert!(matches!(scene.hub_fault(), HubFault::Request { .. }));
}

#[test]
fn invalid_answers_are_refused() {
    for (faults, expected) in [
        (Faults { commit: Some("main"), ..Faults::default() }, "x-repo-commit"),
        (Faults { etag: Some("../../evil"), ..Faults::default() }, "etag"),
        (Faults { size: Some(1 << 40), ..Faults::default() }, "the file's size"),
        (
            Faults { no_location: true, ..Faults::default() },
            "an answer that the client cannot handle",
        ),
    ] {
        let scene = scene(faults);
        let fault = scene.hub_fault();
        assert!(matches!(fault, HubFault::Answer { what, .. } if what == expected), "{fault}");
        assert!(scene.nothing_in_place());
    }
}

#[test]
fn the_unlabeled_split_is_not_on_the_mirror() {
    let scene = scene(Faults::default());
    let result = fetch::from_hub(&scene.dir, &[Split::Unlabeled], &scene.options);
    let Err(Error::Hub(fault)) = result else { panic!("not refused by the hub") };
    assert!(matches!(fault, HubFault::NotOnMirror { split: Split::Unlabeled }));
}

#[test]
fn a_fetch_without_a_cache_or_expected_digests_is_refused() {
    let mut scene = scene(Faults::default());
    scene.options.cache_dir = None;
    assert!(matches!(scene.hub_fault(), HubFault::NoCacheDir));
    scene.options.expected.clear();
    assert!(matches!(scene.fetch(), Err(Error::NoExpectedDigest { .. })));
}
