//! Writes the inputs that fuzzing starts from, the files of a small model, to `seeds/`.
//!
//!     cargo run --release --example seeds        # in this folder; no sanitizer, no nightly

use std::{error::Error, fs, ops::ControlFlow, path::Path};

use dim_models::{Case, DType, DeepInfoMax, Device, InMemoryImages, Trainer};
use dim_models_fuzz::{MODEL, training};

fn main() -> Result<(), Box<dyn Error>> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for target in ["checkpoint", "state"] {
        fs::create_dir_all(seeds.join(target))?;
    }
    for case in [Case::B, Case::D] {
        let model = DeepInfoMax::new(case, &MODEL, 5, DType::F32, &Device::Cpu)?;
        model.save(seeds.join("checkpoint").join(format!("case-{}", case.id())))?;
    }
    // Between two epochs, and within one.
    let images = InMemoryImages::new(vec![0.5; 4 * 81], 9, 9)?;
    let mut trainer = Trainer::new(Case::C, &training(), &Device::Cpu)?;
    trainer.train_epoch(&images)?;
    trainer.save_state(seeds.join("state/after"))?;
    if trainer.train_epoch_with(&images, |_, _| ControlFlow::Break(())).is_ok() {
        return Err("the training should have stopped within the epoch".into());
    }
    trainer.save_state(seeds.join("state/within"))?;
    Ok(())
}
