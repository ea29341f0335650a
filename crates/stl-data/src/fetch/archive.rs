//! The official `.tar.gz`, not trusted until every digest has matched.
//!
//! Paths in the archive are not used: entries are matched by name against the official list and
//! written to the names of that list. Headers are read raw, so extended headers (long names, sizes,
//! sparse maps) have no effect. A size that is not the official one is refused before a byte of
//! the entry is read.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    path::Path,
};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::{
    ArchiveFault, EntryFault, Error, FileDigest, Result, Split,
    atomic_file::{self, NewFile, NewFolders, Sealed},
    fetch::{
        FetchOptions, FetchReport,
        plan::{Plan, archived_names},
        watch::Watch,
    },
    manifest::ARCHIVE_FOLDER,
};

/// Bytes unpacked between two calls of the progress function.
const BLOCK: usize = 1 << 20;
/// More than the comments and time stamps of a pax header take.
const MAX_PAX_BYTES: u64 = 64 << 10;
/// Folders and pax headers allowed: a few for each file. An archive may not consist of them.
const MAX_EXTRAS: usize = 64;

/// Extracts the files of `splits`, `class_names.txt` and `fold_indices.txt` from the official
/// archive (see [`manifest::ARCHIVE_URL`](crate::manifest::ARCHIVE_URL)) into `dir`.
///
/// This reads the whole archive, 2.6 GB, unless all files exist. Of the options, only
/// [`FetchOptions::expected`] is used.
///
/// # Errors
/// [`Error::Archive`] when the archive is missing, cannot be unpacked, lacks a file, or has an
/// entry that is not an official file of the expected size; [`Error::Digest`] when a file in it,
/// or an existing file, is not the expected one; [`Error::NoExpectedDigest`] or [`Error::Io`].
pub fn from_archive(
    tar_gz: impl AsRef<Path>,
    dir: impl AsRef<Path>,
    splits: &[Split],
    options: &FetchOptions,
) -> Result<FetchReport> {
    from_archive_with(tar_gz, dir, splits, options, |_, _| ControlFlow::Continue(()))
}

/// [`from_archive`] with a progress function: `progress(done, total)` counts the compressed bytes
/// of the archive.
///
/// # Errors
/// As [`from_archive`]; [`Error::Stopped`] when `progress` returns a break.
pub fn from_archive_with(
    tar_gz: impl AsRef<Path>,
    dir: impl AsRef<Path>,
    splits: &[Split],
    options: &FetchOptions,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<FetchReport> {
    fetch(tar_gz.as_ref(), dir.as_ref(), splits, options, &mut Watch::new(&mut progress))
}

fn fetch(
    tar_gz: &Path,
    dir: &Path,
    splits: &[Split],
    options: &FetchOptions,
    watch: &mut Watch<'_>,
) -> Result<FetchReport> {
    let mut names = Vec::new();
    for name in splits.iter().flat_map(|&split| archived_names(split)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut plan = Plan::new(dir, names, options, watch)?;
    if plan.missing.is_empty() {
        return Ok(plan.report);
    }
    let file = File::open(tar_gz).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::archive(tar_gz, ArchiveFault::NotFound),
        _ => Error::io("open", tar_gz, e),
    })?;
    let _folders = NewFolders::create(dir)?;
    let unpacked = unpack(tar_gz, file, dir, &plan.missing, options, watch)?;
    let found = |(file, sealed): (&FileDigest, Option<Sealed>)| {
        let missing = || ArchiveFault::Missing { name: file.name.to_string() };
        sealed.ok_or_else(|| Error::archive(tar_gz, missing()))
    };
    // In the order of the plan, so images come after their labels.
    let sealed = plan.missing.iter().zip(unpacked).map(found).collect::<Result<_>>()?;
    plan.report.written = atomic_file::publish(sealed)?;
    Ok(plan.report)
}

/// Unpacks files to temporary files in `dir`. Returns one for each of `missing`; `None` where the
/// archive does not have it.
fn unpack(
    tar_gz: &Path,
    file: File,
    dir: &Path,
    missing: &[FileDigest],
    options: &FetchOptions,
    watch: &mut Watch<'_>,
) -> Result<Vec<Option<Sealed>>> {
    let unreadable = |e| Error::archive(tar_gz, ArchiveFault::Unreadable(e));
    let total = file.metadata().map_err(|e| Error::io("open", tar_gz, e))?.len();
    let done = Cell::new(0);
    let counted = Counted { inner: file, done: &done };
    let mut archive = Archive::new(MultiGzDecoder::new(BufReader::with_capacity(BLOCK, counted)));

    let mut sealed: Vec<_> = missing.iter().map(|_| None).collect();
    let mut extras = 0;
    let mut seen = Vec::new();
    let mut block = vec![0; BLOCK];
    for entry in archive.entries().map_err(unreadable)?.raw(true) {
        let mut entry = entry.map_err(unreadable)?;
        let refused = |entry: &Entry<_>, fault| {
            let name = String::from_utf8_lossy(&entry.path_bytes()).chars().take(120).collect();
            Error::archive(tar_gz, ArchiveFault::Entry { name, fault })
        };
        let expected = match classify(&entry, &options.expected) {
            Ok(Some(expected)) => expected,
            Ok(None) if extras < MAX_EXTRAS => {
                extras += 1;
                continue;
            }
            Ok(None) => return Err(refused(&entry, EntryFault::UnexpectedName)),
            Err(fault) => return Err(refused(&entry, fault)),
        };
        if seen.contains(&&expected.name) {
            return Err(refused(&entry, EntryFault::Duplicate));
        }
        seen.push(&expected.name);

        let wanted = missing.iter().position(|file| file.name == expected.name);
        let mut output = wanted.map(|_| NewFile::create(dir, &expected.name)).transpose()?;
        loop {
            let n = match entry.read(&mut block) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(unreadable(e)),
            };
            if let Some(output) = &mut output {
                output.write(&block[..n])?;
            }
            watch.at(done.get(), total)?;
        }
        if let (Some(position), Some(output)) = (wanted, output) {
            sealed[position] = Some(output.seal(Some(expected))?);
        }
    }
    Ok(sealed)
}

/// The official file that an entry holds; `None` for an entry without content, to be skipped.
fn classify<'a>(
    entry: &Entry<impl Read>,
    official: &'a [FileDigest],
) -> Result<Option<&'a FileDigest>, EntryFault> {
    let header = entry.header();
    let size = entry.size();
    match header.entry_type() {
        // Comments and time stamps for the next entry, which is checked by its own header.
        EntryType::XHeader | EntryType::XGlobalHeader if size <= MAX_PAX_BYTES => return Ok(None),
        _ => {}
    }
    let path = header.path_bytes();
    if path.starts_with(b"/") {
        return Err(EntryFault::AbsolutePath);
    }
    let parts: Vec<&[u8]> =
        path.split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    if parts.contains(&&b".."[..]) {
        return Err(EntryFault::ParentPath);
    }
    let folder = ARCHIVE_FOLDER.as_bytes();
    match header.entry_type() {
        EntryType::Directory if size == 0 && (parts.is_empty() || parts == [folder]) => {
            return Ok(None);
        }
        EntryType::Directory => return Err(EntryFault::UnexpectedName),
        EntryType::Regular => {}
        _ => return Err(EntryFault::NotRegular),
    }
    let file = match parts[..] {
        [first, name] if first == folder => official.iter().find(|f| f.name.as_bytes() == name),
        _ => None,
    };
    let file = file.ok_or(EntryFault::UnexpectedName)?;
    if size != file.bytes {
        return Err(EntryFault::Size { expected: file.bytes, found: size });
    }
    Ok(Some(file))
}

/// Counts the bytes read through it.
struct Counted<'a> {
    inner: File,
    done: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.done.set(self.done.get() + n as u64);
        Ok(n)
    }
}
