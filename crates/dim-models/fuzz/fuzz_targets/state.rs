//! A training state: if the input has a digest, it is replaced by the right one, so that the rest
//! of the file is read as well.

#![no_main]

use dim_models::{Case, Device, Error, Trainer};
use dim_models_fuzz::{file_of, training};
use libfuzzer_sys::fuzz_target;
use md5::{Digest, Md5};

const NAME: &[u8] = b"digest ";
const HEX: usize = 32;

fuzz_target!(|data: &[u8]| {
    let mut bytes = data.to_vec();
    let at = bytes.windows(NAME.len()).position(|place| place == NAME);
    if let Some(digest) = at.map(|at| at + NAME.len()..at + NAME.len() + HEX)
        && digest.end <= bytes.len()
    {
        bytes[digest.clone()].fill(b'0');
        let hex: String = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        bytes[digest].copy_from_slice(hex.as_bytes());
    }
    let path = file_of(&bytes);
    match Trainer::resume(&path, Case::C, &training(), &Device::Cpu) {
        Ok(trainer) => {
            trainer.save_state(&path).unwrap();
            Trainer::resume(&path, Case::C, &training(), &Device::Cpu).unwrap();
        }
        Err(Error::Format { .. } | Error::OtherTraining { .. }) => {}
        Err(error) => panic!("{error}"),
    }
});
