//! `cargo xtask fetch`: puts STL-10 into `datasets/stl10_binary/`.

use anyhow::{Result, bail};
use stl_data::fetch::{self, FetchOptions};

use crate::run::disk_budget;
use crate::run::download::{FetchProgress, continue_unless_interrupted, from_hub, interrupted};
use crate::settings::cli::FetchArgs;
use crate::support::paths;
use crate::support::progress::status;

/// Downloads, unpacks or decodes the splits, and verifies them.
pub fn fetch(args: &FetchArgs) -> Result<()> {
    let folder = args.datasets.clone().unwrap_or_else(paths::datasets).join("stl10_binary");
    let options = FetchOptions::from_env();
    let report = match (&args.archive, &args.parquet) {
        (Some(archive), _) => {
            disk_budget::check_fetch(&folder, &args.splits)?;
            let mut bar = FetchProgress::new("unpacking");
            let update = |done, total| bar.update(done, total);
            fetch::from_archive_with(archive, &folder, &args.splits, &options, update)
                .map_err(|error| interrupted(error, "files that were being unpacked are removed"))?
        }
        (None, Some(parquet)) => {
            let &[split] = args.splits.as_slice() else {
                bail!("--parquet has one split: name it with --splits");
            };
            disk_budget::check_fetch(&folder, &args.splits)?;
            let update = |_, _| continue_unless_interrupted();
            fetch::from_parquet_with(parquet, &folder, split, &options, update)
                .map_err(|error| interrupted(error, "files that were being decoded are removed"))?
        }
        (None, None) => from_hub(&folder, &args.splits, &options)?,
    };
    for path in &report.present {
        status(&format!("{}: exists, verified", path.display()));
    }
    for path in &report.written {
        status(&format!("{}: written, verified", path.display()));
    }
    Ok(())
}
