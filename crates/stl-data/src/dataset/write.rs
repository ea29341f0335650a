//! Writing a data set as official binaries.

use std::path::Path;

use crate::{
    Dataset, Error, FileDigest, ImageFault, Label, Result, Split,
    atomic_file::{self, NewFile, Sealed},
};

impl Dataset {
    /// Writes the official files of `split` into `dir`: the images and, for train and test, the
    /// labels.
    ///
    /// Each file appears complete, the images last. Existing files are never overwritten.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`]; [`ImageFault::NoLabel`] when train or test lacks a label;
    /// [`Error::Io`], or as [`Self::image`].
    pub fn write_binaries(&self, dir: impl AsRef<Path>, split: Split) -> Result<()> {
        let dir = dir.as_ref();
        let names = split.labels_file().into_iter().chain([split.images_file()]);
        let files = names.map(|name| self.seal_binary(dir, split, name, None, &mut || Ok(())));
        atomic_file::publish(files.collect::<Result<_>>()?).map(drop)
    }

    /// Writes the official file `name` of `split`, not yet visible.
    ///
    /// Calls `watch` after every 128 images; its first error stops the writing.
    pub(crate) fn seal_binary(
        &self,
        dir: &Path,
        split: Split,
        name: &str,
        expected: Option<&FileDigest>,
        watch: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Sealed> {
        let mut file = NewFile::create(dir, name)?;
        if name == split.images_file() {
            self.for_each_block(|block| {
                file.write(block)?;
                watch()
            })?;
        } else {
            let no_label = |index| Error::image(self.path(), index, ImageFault::NoLabel { split });
            let label = |(index, label): (_, &Option<Label>)| {
                label.map(Label::official).ok_or_else(|| no_label(index))
            };
            let labels: Vec<u8> =
                self.labels().iter().enumerate().map(label).collect::<Result<_>>()?;
            file.write(&labels)?;
        }
        file.seal(expected)
    }
}
