//! The official binaries: what is read and what is refused.

use std::{fs, thread};

use proptest::prelude::*;
use stl_data::{Dataset, Error, FormatFault, IMAGE_BYTES, ImageFault, Label, PIXELS, SIDE, Split};
use tempfile::TempDir;

use crate::support::{format_fault, image_fault, names, official, official_labels, value};

fn folder(images: &[u8], labels: &[u8]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("train_X.bin"), images).unwrap();
    fs::write(dir.path().join("train_y.bin"), labels).unwrap();
    dir
}

fn refusal(images: &[u8], labels: &[u8]) -> Error {
    Dataset::open(folder(images, labels).path()).unwrap_err()
}

#[test]
fn pixels_and_labels_are_where_they_belong() {
    let dir = folder(&official(12), &official_labels(12));
    let by_folder = Dataset::open(dir.path()).unwrap();
    let by_file = Dataset::open(dir.path().join("train_X.bin")).unwrap();
    let by_split = Dataset::open_split(dir.path(), Split::Train).unwrap();
    for data in [by_folder, by_file, by_split] {
        assert_eq!((data.len(), data.is_empty()), (12, false));
        assert_eq!(data.path(), dir.path().join("train_X.bin"));
        assert_eq!(data.label(0), Some(Label::Airplane));
        assert_eq!(data.label(9), Some(Label::Truck));
        assert_eq!(data.label(12), None);
        let image = data.image(7).unwrap();
        for (row, col) in [(0, 0), (0, 95), (95, 0), (3, 50), (50, 3)] {
            let expected = [0, 1, 2].map(|channel| value(7, channel, row, col));
            assert_eq!(image.rgb(row, col), expected);
        }
    }
}

#[test]
fn ranges_iterator_and_single_reads_agree() {
    let images = 300; // more than two blocks of the iterator
    let bytes = official(images);
    let dir = folder(&bytes, &official_labels(images));
    let data = Dataset::open(dir.path()).unwrap();
    let mut out = vec![1, 2, 3];
    data.read_range(100..299, &mut out).unwrap();
    assert_eq!(out, bytes[100 * IMAGE_BYTES..299 * IMAGE_BYTES]);
    data.read_range(5..5, &mut out).unwrap();
    assert!(out.is_empty());
    let mut count = 0;
    for (index, image) in data.iter().enumerate() {
        assert_eq!(image.unwrap().bytes()[..], bytes[index * IMAGE_BYTES..][..IMAGE_BYTES]);
        count += 1;
    }
    assert_eq!(count, images);
}

#[test]
fn gray_batches_follow_the_indices() {
    let dir = folder(&official(5), &official_labels(5));
    let data = Dataset::open(dir.path()).unwrap();
    let indices = [4, 0, 4, 2];
    let mut gray = vec![f32::NAN; indices.len() * PIXELS];
    data.gray_into(&indices, &mut gray).unwrap();
    for (&index, gray) in indices.iter().zip(gray.chunks_exact(PIXELS)) {
        for (row, col) in [(0, 0), (1, 0), (0, 1), (95, 17), (40, 95)] {
            let [r, g, b] = [0, 1, 2].map(|channel| f64::from(value(index, channel, row, col)));
            let expected = (0.299 * r + 0.587 * g + 0.114 * b) / 255.0;
            // A few roundings of f32 in the unit interval.
            assert!((f64::from(gray[row * SIDE + col]) - expected).abs() < 3e-7);
        }
    }
}

#[test]
fn threads_share_one_data_set() {
    let dir = folder(&official(40), &official_labels(40));
    let data = Dataset::open(dir.path()).unwrap();
    thread::scope(|scope| {
        for start in 0..4 {
            let data = &data;
            scope.spawn(move || {
                for index in (start..40).step_by(4).chain((0..40).rev()) {
                    let image = data.image(index).unwrap();
                    assert_eq!(image.rgb(9, 2)[1], value(index, 1, 9, 2));
                }
            });
        }
    });
}

#[test]
fn missing_paths_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    let binary = nowhere.join("train_X.bin");
    for path in [&nowhere, &binary] {
        assert!(matches!(Dataset::open(path), Err(Error::NotFound { path: p }) if p == *path));
    }
    let split = Dataset::open_split(&nowhere, Split::Test);
    assert!(matches!(split, Err(Error::NotFound { path }) if path == nowhere));
}

#[test]
fn a_folder_without_binaries_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let fault = format_fault(Dataset::open(dir.path()).unwrap_err());
    assert!(matches!(fault, FormatFault::NoBinaries { expected: "train_X.bin" }), "{fault}");
}

#[test]
fn an_unknown_file_name_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("train.npy");
    fs::write(&path, official(1)).unwrap();
    let fault = format_fault(Dataset::open(&path).unwrap_err());
    assert!(matches!(fault, FormatFault::UnknownFormat), "{fault}");
    let folder = dir.path().join("train_X.bin");
    fs::create_dir(&folder).unwrap();
    let error = Dataset::open_split(dir.path(), Split::Train).unwrap_err();
    assert!(
        matches!(error, Error::Format { fault: FormatFault::UnknownFormat, .. } | Error::Io { .. }),
        "{error}"
    );
}

#[test]
fn an_empty_file_is_refused() {
    let fault = format_fault(refusal(&[], &[]));
    assert!(matches!(fault, FormatFault::Empty), "{fault}");
}

#[test]
fn a_file_with_part_of_an_image_is_refused() {
    let bytes = official(2);
    let cut = format_fault(refusal(&bytes[..bytes.len() - 1], &[1, 2]));
    assert!(matches!(cut, FormatFault::PartialImage { bytes: 55_295 }), "{cut}");
    let too_long = format_fault(refusal(&[bytes, vec![0]].concat(), &[1, 2]));
    assert!(matches!(too_long, FormatFault::PartialImage { bytes: 55_297 }), "{too_long}");
}

#[test]
fn a_file_cut_or_extended_by_whole_images_is_refused() {
    let labels = official_labels(3);
    for found in [2, 4] {
        let fault = format_fault(refusal(&official(found), &labels));
        assert!(matches!(fault, FormatFault::LabelCount { images, labels: 3 } if images == found));
    }
}

#[test]
fn a_file_cut_after_opening_is_truncated() {
    let dir = folder(&official(3), &official_labels(3));
    let data = Dataset::open(dir.path()).unwrap();
    let file = fs::OpenOptions::new().write(true).open(data.path()).unwrap();
    file.set_len(2 * IMAGE_BYTES as u64 - 7).unwrap();
    data.image(0).unwrap();
    let truncated = |error| matches!(image_fault(error), (1, ImageFault::Truncated));
    assert!(truncated(data.image(1).unwrap_err()));
    let mut read = data.iter();
    assert!(truncated(read.next().unwrap().unwrap_err()));
    assert!(read.next().is_none(), "it ends after an error");
    let gray = data.gray_into(&[2], &mut vec![0.0; PIXELS]).unwrap_err();
    assert!(matches!(image_fault(gray), (2, ImageFault::Truncated)));
}

#[test]
fn labels_outside_one_to_ten_are_refused() {
    for bad in [0, 11, 255] {
        let fault = image_fault(refusal(&official(3), &[10, 1, bad]));
        let expected = i64::from(bad);
        assert!(matches!(fault, (2, ImageFault::Label { found, .. }) if found == expected));
    }
}

#[test]
fn labels_are_optional_beside_a_file_but_not_in_a_split() {
    let dir = folder(&official(2), &[1, 2]);
    fs::remove_file(dir.path().join("train_y.bin")).unwrap();
    let data = Dataset::open(dir.path().join("train_X.bin")).unwrap();
    assert_eq!(data.labels(), [None, None]);
    let split = Dataset::open_split(dir.path(), Split::Train);
    assert!(matches!(split, Err(Error::NotFound { path }) if path.ends_with("train_y.bin")));
    let rename = |to: &str| fs::rename(data.path(), dir.path().join(to));
    rename("unlabeled_X.bin").unwrap();
    assert_eq!(Dataset::open_split(dir.path(), Split::Unlabeled).unwrap().len(), 2);
}

#[test]
fn indices_and_buffers_are_checked() {
    let dir = folder(&official(2), &[1, 2]);
    let data = Dataset::open(dir.path()).unwrap();
    let mut gray = vec![0.0; PIXELS];
    assert!(matches!(data.image(2), Err(Error::IndexOutOfRange { index: 2, len: 2 })));
    let range = data.read_range(1..3, &mut Vec::new());
    assert!(matches!(range, Err(Error::IndexOutOfRange { index: 2, len: 2 })));
    let range = data.read_range(0..usize::MAX, &mut Vec::new());
    assert!(matches!(range, Err(Error::IndexOutOfRange { .. })));
    let out = data.gray_into(&[usize::MAX], &mut gray);
    assert!(matches!(out, Err(Error::IndexOutOfRange { .. })));
    let short = data.gray_into(&[0, 1], &mut gray);
    assert!(matches!(short, Err(Error::BufferLength { expected: 18_432, found: 9_216 })));
}

#[test]
fn writing_never_replaces_a_file() {
    let dir = folder(&official(2), &[1, 2]);
    let data = Dataset::open(dir.path()).unwrap();
    let error = data.write_binaries(dir.path(), Split::Train).unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { path } if path.ends_with("train_y.bin")));
    // The second file cannot be written, so the first does not appear either.
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("test_X.bin"), "mine").unwrap();
    let error = data.write_binaries(other.path(), Split::Test).unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { path } if path.ends_with("test_X.bin")));
    assert_eq!(names(other.path()), ["test_X.bin"]);
    assert_eq!(fs::read(other.path().join("test_X.bin")).unwrap(), b"mine");
}

#[test]
fn labelled_splits_need_every_label() {
    let dir = folder(&official(2), &[1, 2]);
    fs::remove_file(dir.path().join("train_y.bin")).unwrap();
    let data = Dataset::open(dir.path().join("train_X.bin")).unwrap();
    let out = dir.path().join("out");
    let error = data.write_binaries(&out, Split::Test).unwrap_err();
    let fault = image_fault(error);
    assert!(matches!(fault, (0, ImageFault::NoLabel { split: Split::Test })), "{fault:?}");
    data.write_binaries(&out, Split::Unlabeled).unwrap();
    assert_eq!(names(&out), ["unlabeled_X.bin"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_written_reads_back(
        seed in any::<u64>(),
        labels in prop::collection::vec(1_u8..=10, 1..6),
    ) {
        let mut state = seed | 1;
        let bytes: Vec<u8> = (0..labels.len() * IMAGE_BYTES)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .collect();
        let dir = folder(&bytes, &labels);
        let data = Dataset::open(dir.path()).unwrap();
        let copy = dir.path().join("copy");
        data.write_binaries(&copy, Split::Test).unwrap();
        prop_assert_eq!(fs::read(copy.join("test_X.bin")).unwrap(), bytes);
        prop_assert_eq!(fs::read(copy.join("test_y.bin")).unwrap(), labels);
        prop_assert_eq!(names(&copy), ["test_X.bin", "test_y.bin"]);
        let copy = Dataset::open_split(&copy, Split::Test).unwrap();
        prop_assert_eq!(copy.digest().unwrap(), data.digest().unwrap());
    }

    #[test]
    fn any_bytes_give_an_answer(
        images in prop::collection::vec(any::<u8>(), 0..100),
        whole in 0_usize..3,
        labels in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let images = [official(whole), images].concat();
        let valid = !images.is_empty()
            && images.len() == labels.len() * IMAGE_BYTES
            && labels.iter().all(|label| (1..=10).contains(label));
        let dir = folder(&images, &labels);
        prop_assert_eq!(Dataset::open(dir.path()).is_ok(), valid);
    }
}
