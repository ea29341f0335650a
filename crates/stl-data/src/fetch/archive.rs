//! The official `.tar.gz`, treated as untrusted until every digest has matched.
//!
//! Nothing is unpacked where the archive says: entries are matched by name against the official
//! list and written to names of ours. Headers are read raw, so that extended headers (long names,
//! sizes, sparse maps) have no effect; a size that is not the official one is refused before a
//! byte of the entry is read.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    path::Path,
};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::{FetchOptions, Plan, Report, Watch, archived_names};
use crate::{
    ArchiveFault, Error, FileDigest, Result, Split,
    known::ARCHIVE_FOLDER,
    place::{self, NewFile, NewFolders, Sealed},
};

/// Bytes unpacked between two calls of the progress function.
const BLOCK: usize = 1 << 20;
/// More than any comment or time stamp in a pax header takes.
const MAX_PAX_BYTES: u64 = 64 << 10;
/// Folders and pax headers tolerated: a few a file, so that an archive of nothing else ends.
const MAX_EXTRAS: usize = 64;

/// Takes the files of `splits`, `class_names.txt` and `fold_indices.txt` out of the archive.
///
/// The whole archive is read, 2.6 GB. `progress(done, total)` counts its compressed bytes.
///
/// # Errors
/// [`Error::NoArchive`] when it is not there and needed; [`Error::Stopped`] when `progress` asks
/// for it; [`Error::Archive`] when it cannot be unpacked; [`Error::ArchiveEntry`] for anything in it that
/// is not an official file of the expected size; [`Error::ArchiveMissing`];
/// [`Error::WrongDigest`] when a file, or one in place, is not the expected one;
/// [`Error::NoExpectedDigest`] or [`Error::Io`].
pub fn from_archive(
    tar_gz: &Path,
    dir: &Path,
    splits: &[Split],
    options: &FetchOptions,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Report> {
    let mut watch = Watch::new(progress);
    let mut names = Vec::new();
    for name in splits.iter().flat_map(|&split| archived_names(split)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut plan = Plan::new(dir, names, options, &mut watch)?;
    if plan.missing.is_empty() {
        return Ok(plan.report);
    }
    let file = File::open(tar_gz).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::NoArchive { path: tar_gz.to_path_buf() },
        _ => Error::io("open", tar_gz, e),
    })?;
    let _folders = NewFolders::create(dir)?;
    let unpacked = unpack(tar_gz, file, dir, &plan.missing, options, &mut watch)?;
    let found = |(file, sealed): (&FileDigest, Option<Sealed>)| {
        let name = file.name.to_string();
        sealed.ok_or_else(|| Error::ArchiveMissing { path: tar_gz.to_path_buf(), name })
    };
    // In the order of the plan, so that images come after their labels.
    let sealed = plan.missing.iter().zip(unpacked).map(found).collect::<Result<_>>()?;
    plan.report.written = place::publish(sealed)?;
    Ok(plan.report)
}

/// Unpacks files to temporary siblings; one result for each of `missing`, `None` if not there.
fn unpack(
    tar_gz: &Path,
    file: File,
    dir: &Path,
    missing: &[FileDigest],
    options: &FetchOptions,
    watch: &mut Watch<'_>,
) -> Result<Vec<Option<Sealed>>> {
    let unsound = |source| Error::Archive { path: tar_gz.to_path_buf(), source };
    let total = file.metadata().map_err(|e| Error::io("open", tar_gz, e))?.len();
    let done = Cell::new(0);
    let counted = Counted { inner: file, done: &done };
    let mut archive = Archive::new(MultiGzDecoder::new(BufReader::with_capacity(BLOCK, counted)));

    let mut sealed: Vec<_> = missing.iter().map(|_| None).collect();
    let mut extras = 0;
    let mut seen = Vec::new();
    let mut block = vec![0; BLOCK];
    for entry in archive.entries().map_err(unsound)?.raw(true) {
        let mut entry = entry.map_err(unsound)?;
        let refused = |entry: &Entry<_>, fault| Error::ArchiveEntry {
            path: tar_gz.to_path_buf(),
            entry: String::from_utf8_lossy(&entry.path_bytes()).chars().take(120).collect(),
            fault,
        };
        let expected = match classify(&entry, &options.expected) {
            Ok(Some(expected)) => expected,
            Ok(None) if extras < MAX_EXTRAS => {
                extras += 1;
                continue;
            }
            Ok(None) => return Err(refused(&entry, ArchiveFault::UnexpectedName)),
            Err(fault) => return Err(refused(&entry, fault)),
        };
        if seen.contains(&&expected.name) {
            return Err(refused(&entry, ArchiveFault::Duplicate));
        }
        seen.push(&expected.name);

        let wanted = missing.iter().position(|file| file.name == expected.name);
        let mut output = wanted.map(|_| NewFile::create(dir, &expected.name)).transpose()?;
        loop {
            let n = match entry.read(&mut block) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(unsound(e)),
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

/// The official file that an entry is; `None` for one without content that may be passed over.
fn classify<'a>(
    entry: &Entry<impl Read>,
    official: &'a [FileDigest],
) -> Result<Option<&'a FileDigest>, ArchiveFault> {
    let header = entry.header();
    let size = entry.size();
    match header.entry_type() {
        // Comments and time stamps for the next entry, which is judged by its own header.
        EntryType::XHeader | EntryType::XGlobalHeader if size <= MAX_PAX_BYTES => return Ok(None),
        _ => {}
    }
    let path = header.path_bytes();
    if path.starts_with(b"/") {
        return Err(ArchiveFault::AbsolutePath);
    }
    let parts: Vec<&[u8]> =
        path.split(|&b| b == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    if parts.contains(&&b".."[..]) {
        return Err(ArchiveFault::ParentPath);
    }
    let folder = ARCHIVE_FOLDER.as_bytes();
    match header.entry_type() {
        EntryType::Directory if size == 0 && (parts.is_empty() || parts == [folder]) => {
            return Ok(None);
        }
        EntryType::Directory => return Err(ArchiveFault::UnexpectedName),
        EntryType::Regular => {}
        _ => return Err(ArchiveFault::NotRegular),
    }
    let file = match parts[..] {
        [first, name] if first == folder => official.iter().find(|f| f.name.as_bytes() == name),
        _ => None,
    };
    let file = file.ok_or(ArchiveFault::UnexpectedName)?;
    if size != file.bytes {
        return Err(ArchiveFault::Size { expected: file.bytes, found: size });
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
