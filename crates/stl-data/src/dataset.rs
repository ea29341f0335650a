//! One split: its images, wherever they lie, and its labels.

use std::{
    fs::File,
    io,
    ops::Range,
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};
use rayon::prelude::*;

use crate::{
    Error, FileDigest, IMAGE_BYTES, Image, Label, PIXELS, Result, Split, binary, digest::hex,
    gray_image_into, mirror, place, positioned::read_exact_at,
};

/// Images read at a time when streaming: 3.5 MB.
const BLOCK: usize = 128;

/// Images of one split and a label, or none, for each.
///
/// Images stay on the disk and are read where asked for, so the 2.8 GB unlabeled split costs no
/// more memory than the train split, but for its labels (a byte an image). A parquet file is
/// decoded into a file in the temporary folder (see [`Self::open_parquet`]). Reads take
/// `&self` and name their offset: threads may share one `Dataset`.
///
/// ```
/// use stl_data::{Dataset, IMAGE_BYTES, PIXELS};
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("train_X.bin");
/// std::fs::write(&path, vec![255; 3 * IMAGE_BYTES])?;
/// std::fs::write(path.with_file_name("train_y.bin"), [1, 7, 10])?;
///
/// let data = Dataset::open(&path)?;
/// assert_eq!(data.len(), 3);
/// assert_eq!(data.label(1).unwrap().name(), "horse");
/// assert_eq!(data.image(2)?.rgb(95, 0), [255, 255, 255]);
/// let mut gray = vec![0.0; 2 * PIXELS];
/// data.gray_into(&[2, 0], &mut gray)?;
/// assert!((gray[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Dataset {
    path: PathBuf,
    /// Images in the official layout, one after the other.
    file: File,
    /// What errors of `file` name: `path`, or words where `file` is decoded from it.
    file_name: PathBuf,
    /// As many as images.
    labels: Vec<Option<Label>>,
}

impl Dataset {
    /// Opens an image file `*_X.bin` (with the labels of the `*_y.bin` beside it, where there is
    /// one), a `.parquet` file, or a folder of official binaries (its train split).
    ///
    /// # Errors
    /// [`Error::UnknownFormat`] for another name, else as [`Self::open_split`] and
    /// [`Self::open_parquet`].
    pub fn open(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|e| Error::io("open", path, e))?;
        if metadata.is_dir() {
            return Self::open_split(path, Split::Train);
        }
        if path.extension().is_some_and(|extension| extension == "parquet") {
            return Self::open_parquet(path);
        }
        if !binary::is_images_file(path) {
            return Err(Error::UnknownFormat { path: path.to_path_buf() });
        }
        let (file, images) = binary::open_images(path)?;
        let labels = match binary::labels_beside(path) {
            Some(beside) if beside.exists() => binary::read_labels(&beside, images)?,
            _ => vec![None; images],
        };
        Ok(Self { path: path.to_path_buf(), file, file_name: path.to_path_buf(), labels })
    }

    /// Opens a split of a folder of official binaries; train and test must have their labels.
    ///
    /// # Errors
    /// [`Error::NoBinaries`] without the image file; [`Error::NotFound`] without the folder or the
    /// labels; [`Error::Empty`], [`Error::RaggedFile`], [`Error::LabelCount`] or
    /// [`Error::LabelValue`] when a file is not what it should be.
    pub fn open_split(dir: &Path, split: Split) -> Result<Self> {
        std::fs::metadata(dir).map_err(|e| Error::io("open", dir, e))?;
        let path = dir.join(split.images_file());
        let (file, images) = binary::open_images(&path).map_err(|error| match error {
            Error::NotFound { .. } => {
                Error::NoBinaries { dir: dir.to_path_buf(), expected: split.images_file() }
            }
            error => error,
        })?;
        let labels = match split.labels_file() {
            Some(labels) => binary::read_labels(&dir.join(labels), images)?,
            None => vec![None; images],
        };
        Ok(Self { file_name: path.clone(), path, file, labels })
    }

    /// Decodes a parquet file: column `image.bytes` holds PNG files of 96 x 96 8-bit RGB, column
    /// `label` zero-based classes or nulls.
    ///
    /// The images go, 256 at a time, to a file of no lasting name in the temporary folder
    /// ([`std::env::temp_dir`]; `TMPDIR` on Unix): 27,648 bytes an image, freed with the `Dataset`.
    /// Where that folder is a tmpfs (by default `/tmp` of Fedora, Arch and Debian 13) they are in
    /// memory after all; `TMPDIR=/var/tmp` puts them on the disk.
    ///
    /// # Errors
    /// [`Error::Spill`] when the temporary folder cannot take the images; [`Error::Parquet`],
    /// [`Error::ParquetPanic`], [`Error::AbsurdMetadata`], [`Error::MissingColumn`],
    /// [`Error::ColumnType`], [`Error::MissingRow`] or [`Error::Empty`] for the table;
    /// [`Error::NullImage`], [`Error::Png`], [`Error::PngSize`], [`Error::PngFormat`] or
    /// [`Error::LabelValue`] for a row.
    pub fn open_parquet(path: &Path) -> Result<Self> {
        Self::open_parquet_in(path, &std::env::temp_dir(), &mut |_, _| Ok(()))
    }

    /// [`Self::open_parquet`] with the decoded images in `dir`; `watch(done, total)` counts them,
    /// and its first error ends it.
    pub(crate) fn open_parquet_in(
        path: &Path,
        dir: &Path,
        watch: &mut dyn FnMut(u64, u64) -> Result<()>,
    ) -> Result<Self> {
        let (file, labels) = mirror::read(path, dir, watch)?;
        let file_name = format!("temporary file of {} in {}", path.display(), dir.display()).into();
        Ok(Self { path: path.to_path_buf(), file, file_name, labels })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images; never true of an opened file.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The file opened: the image file, or the parquet file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The class of an image; `None` where it has none, or beyond the end.
    pub fn label(&self, index: usize) -> Option<Label> {
        self.labels.get(index).copied().flatten()
    }

    /// Every label, in order.
    pub fn labels(&self) -> &[Option<Label>] {
        &self.labels
    }

    /// Reads one image.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`], [`Error::Truncated`] or [`Error::Io`].
    pub fn image(&self, index: usize) -> Result<Image> {
        if index >= self.len() {
            return Err(self.out_of_range(index));
        }
        let mut bytes = [0; IMAGE_BYTES];
        self.read(index, &mut bytes)?;
        Image::from_official(&bytes)
    }

    /// Replaces `out` with the images of `range`, one after the other in the official layout.
    ///
    /// # Errors
    /// As [`Self::image`]; a range that ends before it starts is empty.
    pub fn read_range(&self, range: Range<usize>, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        if range.is_empty() {
            return Ok(());
        }
        if range.end > self.len() {
            return Err(self.out_of_range(range.end - 1));
        }
        out.resize(range.len() * IMAGE_BYTES, 0); // no overflow: the file holds these bytes
        self.read(range.start, out)
    }

    /// Every image in order, read 128 at a time. After an error there is nothing more.
    pub fn iter(&self) -> impl Iterator<Item = Result<Image>> {
        let mut block = Vec::new();
        let mut first = 0;
        let mut next = 0;
        std::iter::from_fn(move || {
            if next >= self.len() {
                return None;
            }
            if next == first + block.len() / IMAGE_BYTES {
                first = next;
                let range = first..self.len().min(first + BLOCK);
                if let Err(error) = self.read_range(range, &mut block) {
                    next = self.len();
                    return Some(Err(error));
                }
            }
            let image = &block[(next - first) * IMAGE_BYTES..][..IMAGE_BYTES];
            next += 1;
            Some(Image::from_official(image))
        })
    }

    /// Reads images, in any order and with repeats, as gray; several at a time.
    ///
    /// # Shapes
    /// `out`: `[indices.len(), 96, 96]` row-major, values in [0, 1] (see [`gray_image_into`]).
    ///
    /// # Errors
    /// [`Error::BufferLength`] when `out` has another length, else as [`Self::image`].
    pub fn gray_into(&self, indices: &[usize], out: &mut [f32]) -> Result<()> {
        let expected = indices.len().saturating_mul(PIXELS);
        if out.len() != expected {
            return Err(Error::BufferLength { expected, found: out.len() });
        }
        if let Some(&index) = indices.iter().find(|&&index| index >= self.len()) {
            return Err(self.out_of_range(index));
        }
        indices.par_iter().zip(out.par_chunks_exact_mut(PIXELS)).with_min_len(16).try_for_each_init(
            || Box::new([0; IMAGE_BYTES]),
            |bytes, (&index, gray)| {
                self.read(index, &mut bytes[..])?;
                gray_image_into(bytes, gray);
                Ok(())
            },
        )
    }

    /// MD5, in hexadecimal, of every image in the official layout and then every official label
    /// byte (0 where there is none). The same images and labels give the same digest from
    /// binaries and from parquet; it identifies the data of a run.
    ///
    /// # Errors
    /// As [`Self::image`].
    pub fn digest(&self) -> Result<String> {
        let mut md5 = Md5::new();
        self.for_each_block(|block| {
            md5.update(block);
            Ok(())
        })?;
        let labels: Vec<u8> =
            self.labels.iter().map(|label| label.map_or(0, Label::official)).collect();
        md5.update(labels);
        Ok(hex(md5))
    }

    /// Writes the official image file of `split` into `dir` and, for train and test, the label
    /// file. Each appears whole, the images last; neither replaces an existing file.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`]; [`Error::Unlabelled`] when train or test lacks a label;
    /// [`Error::Io`], or as [`Self::image`].
    pub fn write_binaries(&self, dir: &Path, split: Split) -> Result<()> {
        let names = split.labels_file().into_iter().chain([split.images_file()]);
        let files = names.map(|name| self.seal_binary(dir, split, name, None, &mut || Ok(())));
        place::publish(files.collect::<Result<_>>()?).map(drop)
    }

    /// Writes the official file `name` of `split`, not yet visible. The first error of `watch`,
    /// which is called after every 128 images, ends it.
    pub(crate) fn seal_binary(
        &self,
        dir: &Path,
        split: Split,
        name: &str,
        expected: Option<&FileDigest>,
        watch: &mut dyn FnMut() -> Result<()>,
    ) -> Result<place::Sealed> {
        let mut file = place::NewFile::create(dir, name)?;
        if name == split.images_file() {
            self.for_each_block(|block| {
                file.write(block)?;
                watch()
            })?;
        } else {
            let unlabelled = |index| Error::Unlabelled { index, split };
            let label = |(index, label): (_, &Option<Label>)| {
                label.map(Label::official).ok_or_else(|| unlabelled(index))
            };
            let labels: Vec<u8> =
                self.labels.iter().enumerate().map(label).collect::<Result<_>>()?;
            file.write(&labels)?;
        }
        file.seal(expected)
    }

    fn for_each_block(&self, mut visit: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut block = Vec::new();
        for first in (0..self.len()).step_by(BLOCK) {
            self.read_range(first..self.len().min(first + BLOCK), &mut block)?;
            visit(&block)?;
        }
        Ok(())
    }

    /// Fills `out` from the first byte of image `first`.
    fn read(&self, first: usize, out: &mut [u8]) -> Result<()> {
        let offset = first as u64 * IMAGE_BYTES as u64;
        read_exact_at(&self.file, out, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Error::Truncated { path: self.file_name.clone(), index: self.first_missing(first) }
            }
            _ => Error::io("read", &self.file_name, error),
        })
    }

    /// The first image at or after `first` that a shrunken file no longer holds.
    fn first_missing(&self, first: usize) -> usize {
        let bytes = self.file.metadata().map_or(0, |metadata| metadata.len());
        usize::try_from(bytes / IMAGE_BYTES as u64).map_or(first, |whole| whole.max(first))
    }

    fn out_of_range(&self, index: usize) -> Error {
        Error::IndexOutOfRange { index, len: self.len() }
    }
}
