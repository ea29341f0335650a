//! One split: its images, read from the disk, and its labels.

#[cfg(feature = "candle")]
mod tensor;
mod write;

use std::{
    fs::{self, File},
    io,
    ops::Range,
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};
use rayon::prelude::*;

use crate::{
    Error, FormatFault, IMAGE_BYTES, Image, ImageFault, Label, PIXELS, Result, Split, binary,
    digest::hex, gray::gray_image_into, parquet, read_at::read_exact_at,
};

/// Images read at a time when streaming: 3.5 MB.
const BLOCK: usize = 128;

/// The images of one split, with a label or none for each.
///
/// Images stay on the disk and each is read when it is asked for. Memory holds only the labels, a
/// byte an image, so the 2.8 GB unlabeled split fits. A parquet file is decoded into a
/// temporary file first (see [`Self::open_parquet`]). Reads take `&self`: threads may share one
/// `Dataset`.
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
    /// The name of `file` in errors: `path`, or words for a temporary file.
    file_name: PathBuf,
    /// One for each image.
    labels: Vec<Option<Label>>,
}

impl Dataset {
    /// Opens an image file `*_X.bin`, a `.parquet` file, or a folder of official binaries.
    ///
    /// - `*_X.bin`: labels come from the `*_y.bin` beside it, if that exists.
    /// - `.parquet`: see [`Self::open_parquet`].
    /// - A folder: its train split. See [`Self::open_split`] for the others.
    ///
    /// # Errors
    /// [`FormatFault::UnknownFormat`] for any other name; else as [`Self::open_split`] and
    /// [`Self::open_parquet`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let metadata = fs::metadata(path).map_err(|e| Error::io("open", path, e))?;
        if metadata.is_dir() {
            return Self::open_split(path, Split::Train);
        }
        if path.extension().is_some_and(|extension| extension == "parquet") {
            return Self::open_parquet(path);
        }
        if !binary::is_images_file(path) {
            return Err(Error::format(path, FormatFault::UnknownFormat));
        }
        let (file, images) = binary::open_images(path)?;
        let labels = match binary::labels_beside(path) {
            Some(beside) if beside.exists() => binary::read_labels(&beside, images)?,
            _ => vec![None; images],
        };
        Ok(Self { path: path.to_path_buf(), file, file_name: path.to_path_buf(), labels })
    }

    /// Opens a split in a folder of official binaries. Train and test need their label file.
    ///
    /// # Errors
    /// [`FormatFault::NoBinaries`] without the image file; [`Error::NotFound`] without the folder
    /// or the label file; [`FormatFault::Empty`], [`FormatFault::PartialImage`],
    /// [`FormatFault::LabelCount`] or [`ImageFault::Label`] when a file is invalid;
    /// [`Error::Io`].
    pub fn open_split(dir: impl AsRef<Path>, split: Split) -> Result<Self> {
        let dir = dir.as_ref();
        fs::metadata(dir).map_err(|e| Error::io("open", dir, e))?;
        let path = dir.join(split.images_file());
        let (file, images) = binary::open_images(&path).map_err(|error| match error {
            Error::NotFound { .. } => {
                Error::format(dir, FormatFault::NoBinaries { expected: split.images_file() })
            }
            error => error,
        })?;
        let labels = match split.labels_file() {
            Some(labels) => binary::read_labels(&dir.join(labels), images)?,
            None => vec![None; images],
        };
        Ok(Self { file_name: path.clone(), path, file, labels })
    }

    /// Decodes a parquet file whose column `image.bytes` holds PNG files (96 x 96, 8-bit RGB) and
    /// whose column `label` holds zero-based classes or nulls. Other columns are ignored.
    ///
    /// The decoded images go to a nameless file in the temporary folder ([`std::env::temp_dir`];
    /// `TMPDIR` on Unix): 27,648 bytes an image, freed when the `Dataset` is dropped. Where that
    /// folder is a tmpfs (by default `/tmp` of Fedora, Arch and Debian 13), they take memory
    /// instead of disk; `TMPDIR=/var/tmp` avoids that.
    ///
    /// # Errors
    /// [`Error::Format`] when the table is invalid; [`Error::Image`] for the first row that is;
    /// [`Error::TempFile`] when the temporary folder cannot store the images;
    /// [`Error::NotFound`] or [`Error::Io`].
    pub fn open_parquet(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_parquet_in(path.as_ref(), &std::env::temp_dir(), &mut |_, _| Ok(()))
    }

    /// [`Self::open_parquet`] with the decoded images in `dir`.
    ///
    /// `watch(done, total)` counts the images; its first error stops the decoding.
    pub(crate) fn open_parquet_in(
        path: &Path,
        dir: &Path,
        watch: &mut dyn FnMut(u64, u64) -> Result<()>,
    ) -> Result<Self> {
        let (file, labels) = parquet::read(path, dir, watch)?;
        let file_name = format!("temporary file of {} in {}", path.display(), dir.display()).into();
        Ok(Self { path: path.to_path_buf(), file, file_name, labels })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images; always false, since opening an empty file is an error.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The image file or the parquet file that was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The class of an image; `None` when it has none or `index` is past the end.
    pub fn label(&self, index: usize) -> Option<Label> {
        self.labels.get(index).copied().flatten()
    }

    /// All labels, in order.
    pub fn labels(&self) -> &[Option<Label>] {
        &self.labels
    }

    /// Reads one image.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`]; [`ImageFault::Truncated`] when the file shrank after it was
    /// opened; [`Error::Io`].
    pub fn image(&self, index: usize) -> Result<Image> {
        if index >= self.len() {
            return Err(self.out_of_range(index));
        }
        let mut bytes = [0; IMAGE_BYTES];
        self.read(index, &mut bytes)?;
        Image::from_official(&bytes)
    }

    /// Replaces the contents of `out` with the images of `range`, one after the other in the
    /// official layout (see [`Image`]). A range that ends before it starts is empty.
    ///
    /// # Errors
    /// As [`Self::image`].
    pub fn read_range(&self, range: Range<usize>, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        if range.is_empty() {
            return Ok(());
        }
        if range.end > self.len() {
            return Err(self.out_of_range(range.end - 1));
        }
        out.resize(range.len() * IMAGE_BYTES, 0); // no overflow: the file has these bytes
        self.read(range.start, out)
    }

    /// Iterates over all images in order, 128 at a time from the disk. Ends after the first error.
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

    /// Reads images as gray, in parallel. `indices` may have any order and repeats.
    ///
    /// `gray = (0.299 R + 0.587 G + 0.114 B) / 255` (BT.601 luma), the same bits on every machine
    /// and with any number of threads.
    ///
    /// # Shapes
    /// `out`: `[indices.len(), 96, 96]` row-major, values in [0, 1].
    ///
    /// # Errors
    /// [`Error::BufferLength`] when `out` has any other length; else as [`Self::image`].
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

    /// A digest that identifies images and labels, the same from binaries and from parquet.
    ///
    /// It is the MD5, in hexadecimal, of every image in the official layout and then every
    /// official label byte (0 for no label).
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
                Error::image(&self.file_name, self.first_missing(first), ImageFault::Truncated)
            }
            _ => Error::io("read", &self.file_name, error),
        })
    }

    /// The first image at or after `first` that a shrunken file no longer has.
    fn first_missing(&self, first: usize) -> usize {
        let bytes = self.file.metadata().map_or(0, |metadata| metadata.len());
        usize::try_from(bytes / IMAGE_BYTES as u64).map_or(first, |whole| whole.max(first))
    }

    fn out_of_range(&self, index: usize) -> Error {
        Error::IndexOutOfRange { index, len: self.len() }
    }
}
