//! Damaged and hostile training states are refused with the reason.

use std::fs;
use std::ops::ControlFlow;

use super::*;
use crate::images::InMemoryImages;

fn config() -> TrainConfig {
    let model =
        ModelConfig { channels: [1, 2, 1, 2], hidden_channels: 2, ..ModelConfig::default() };
    TrainConfig { model, batch_size: 2, ..TrainConfig::default() }
}

/// The state after the first batch of three.
fn state(folder: &Path) -> Vec<u8> {
    let images = InMemoryImages::new(vec![0.5; 6 * 81], 9, 9).unwrap();
    let mut trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
    assert!(trainer.train_epoch_with(&images, |_, _| ControlFlow::Break(())).is_err());
    let path = folder.join("good.safetensors");
    trainer.save_state(&path).unwrap();
    fs::read(path).unwrap()
}

fn resume(folder: &Path, bytes: &[u8]) -> Result<Trainer> {
    let path = folder.join("bad.safetensors");
    fs::write(&path, bytes).unwrap();
    Trainer::resume(&path, Case::C, &config(), &Device::Cpu)
}

/// The reason for which `bytes` are refused.
fn refusal(folder: &Path, bytes: &[u8]) -> String {
    match resume(folder, bytes) {
        Err(Error::Format { reason, .. }) => reason,
        other => panic!("expected a refused state, got {other:?}"),
    }
}

fn find(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|place| place == text.as_bytes()).unwrap()
}

/// `good` with `from`, which is once in the header, replaced by `to` of the same length, and with
/// the digest of the new content.
fn forged(good: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = good.to_vec();
    let at = find(&bytes, from);
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    resealed(bytes)
}

fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = find(&bytes, "digest ");
    bytes[at..at + NO_DIGEST.len()].copy_from_slice(NO_DIGEST.as_bytes());
    sealed(bytes).unwrap()
}

#[test]
fn one_bit_flipped_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = state(folder.path());
    assert!(resume(folder.path(), &good).is_ok());
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(resume(folder.path(), &bytes).is_err(), "byte {at} of {}", good.len());
    }
}

#[test]
fn a_torn_or_longer_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = state(folder.path());
    for len in (0..good.len()).step_by(97).chain([1, 7, 8, 9, good.len() - 1]) {
        assert!(resume(folder.path(), &good[..len]).is_err(), "{len} of {} bytes", good.len());
    }
    // A file whose space was allocated but not written reads as zeros.
    let mut torn = good.clone();
    torn[good.len() - 16..].fill(0);
    assert!(refusal(folder.path(), &torn).contains("damaged"));
    assert!(resume(folder.path(), &[&good[..], &[0]].concat()).is_err());
}

#[test]
fn hostile_headers_with_the_right_digest_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = state(folder.path());
    assert!(resume(folder.path(), &forged(&good, "step 1", "step 1")).is_ok());
    for (from, to, reason) in [
        ("step 1", "step x", "`step` is x"),
        ("step 1", "stop 1", "no `step`"),
        ("batches 1", "batches 4", "4 batches of 3"),
        ("batches 1", "batches -", "`batches` is -"),
        ("total-loss ", "total-lost ", "no `total-loss`"),
        ("epoch 0", "epoch +", "`epoch` is +"),
        ("\"encoder.3.weight", "\"encoder.3.wxight", "no tensor `encoder.3.weight`"),
        ("adam.mean.local.0.bias", "adam.mean.local.0.bits", "no tensor `adam.mean.local.0.bias`"),
        ("F32", "F64", "not a safetensors file"),
    ] {
        let found = refusal(folder.path(), &forged(&good, from, to));
        assert!(found.contains(reason), "{from} -> {to}: {found}");
    }
    let other = resume(folder.path(), &forged(&good, "format 2", "format 1"));
    assert!(matches!(other, Err(Error::OtherTraining { setting: "format", .. })), "{other:?}");

    let mut not_finite = good.clone();
    let at = good.len() - 4;
    not_finite[at..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(refusal(folder.path(), &resealed(not_finite)).contains("NaN or infinity"));
}

#[test]
fn other_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let trainer = Trainer::new(Case::C, &config(), &Device::Cpu).unwrap();
    trainer.model().save(&path).unwrap();
    let reason = refusal(folder.path(), &fs::read(&path).unwrap());
    assert!(reason.contains("not a training state"), "{reason}");
    let hostile = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    assert!(refusal(folder.path(), &hostile).contains("not a safetensors file"));
    let missing = Path::new("/no/such/state");
    let error = Trainer::resume(missing, Case::C, &config(), &Device::Cpu).unwrap_err();
    assert!(error.to_string().contains("/no/such/state"), "{error}");
}
