//! Damaged and hostile checkpoints give an error before memory is allocated for what they claim.
//! (Training states have a digest; see `src/trainer/state/tests.rs`.)

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::fs;
use std::sync::OnceLock;

use candle_core::DType;
use dim_models::{Case, DeepInfoMax, Device, Error, ModelConfig, Tensor};
use proptest::prelude::*;
use proptest::sample::Index;

fn load(bytes: &[u8]) -> dim_models::Result<DeepInfoMax> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    DeepInfoMax::load(file.path(), &Device::Cpu)
}

fn refusal(bytes: &[u8]) -> String {
    match load(bytes) {
        Err(Error::Format { reason, .. }) => reason,
        other => panic!("expected a refused checkpoint, got {other:?}"),
    }
}

/// A checkpoint of a few kilobytes.
fn valid() -> &'static [u8] {
    static VALID: OnceLock<Vec<u8>> = OnceLock::new();
    VALID.get_or_init(|| {
        let config =
            ModelConfig { channels: [1, 2, 1, 2], hidden_channels: 2, ..ModelConfig::default() };
        let model = DeepInfoMax::new(Case::B, &config, 5, DType::F32, &Device::Cpu).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        model.save(file.path()).unwrap();
        fs::read(file.path()).unwrap()
    })
}

/// A file that has only the tensors from which the sizes of the layers are read.
fn biases(channels: [usize; 4], hidden_channels: usize) -> Vec<u8> {
    let tensor =
        |name: &str, n| (name.to_owned(), Tensor::zeros(n, DType::U8, &Device::Cpu).unwrap());
    let names = ["encoder.0.bias", "encoder.3.bias", "encoder.6.bias", "encoder.9.bias"];
    let mut tensors: Vec<_> =
        names.into_iter().zip(channels).map(|(name, n)| tensor(name, n)).collect();
    tensors.push(tensor("local.0.bias", hidden_channels));
    let case = HashMap::from([("case".to_owned(), "c".to_owned())]);
    safetensors::serialize(tensors, Some(case)).unwrap()
}

#[test]
fn biases_without_weights_are_refused_before_weights_are_allocated() {
    // 20 kilobytes that claim a model of 3 GB.
    for (channels, hidden_channels) in
        [([4096; 4], 4096), ([1, 1, 1, 4096], 4096), ([4096, 4096, 1, 1], 1)]
    {
        let reason = refusal(&biases(channels, hidden_channels));
        assert!(reason.contains("values; the layers have more"), "{reason}");
    }
    let reason = refusal(&biases([5000, 1, 1, 1], 1));
    assert!(reason.contains("channels"), "{reason}");
    let reason = refusal(&biases([1, 0, 1, 1], 1));
    assert!(reason.contains("channels"), "{reason}");
}

#[test]
fn a_header_that_claims_more_than_the_file_has_is_refused() {
    for length in [u64::MAX, 1 << 40, valid().len() as u64] {
        let bytes = [&length.to_le_bytes()[..], &valid()[8..]].concat();
        assert!(refusal(&bytes).contains("not a safetensors file"));
    }
    let at = valid().windows(8).position(|place| place == b"\"shape\":").unwrap();
    let mut bytes = valid().to_vec();
    let digit = at + bytes[at..].iter().position(u8::is_ascii_digit).unwrap();
    bytes[digit] = b'9';
    assert!(refusal(&bytes).contains("not a safetensors file"));
}

#[test]
fn a_checkpoint_cut_anywhere_is_refused() {
    for end in (0..valid().len()).step_by(17) {
        assert!(refusal(&valid()[..end]).contains("not a safetensors file"), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_changed_checkpoint_gives_a_finite_model_or_an_error(
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), any::<bool>()), 1..5),
    ) {
        let mut bytes = valid().to_vec();
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize + 8;
        for (index, byte, in_header) in changes {
            // Half the changes go to the header.
            let end = if in_header { header } else { bytes.len() };
            bytes[index.index(end)] = byte;
        }
        match load(&bytes) {
            Ok(model) => {
                let values = |t: &Tensor| {
                    let t = t.to_dtype(DType::F64).unwrap();
                    t.flatten_all().unwrap().to_vec1::<f64>().unwrap()
                };
                let mut all = model.parameters().iter().flat_map(|p| values(&p.var));
                prop_assert!(all.all(f64::is_finite));
            }
            Err(error) => prop_assert!(matches!(error, Error::Format { .. }), "{}", error),
        }
    }
}
