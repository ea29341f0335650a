//! How long a run will take, from one small step of each case on the device at hand.

use std::time::{Duration, Instant};

use anyhow::Result;
use candle_core::{Device, Tensor};
use dim_models::{Case, DeepInfoMax, InMemoryImages, TrainConfig, Trainer};
use stl_data::{PIXELS, SIDE};

/// Images of the trial step: enough to keep the cores busy, few enough to be done at once.
const TRIAL: usize = 4;

/// Image-steps of training that are not worth a trial.
const SMALL: usize = 16 * TRIAL;

/// The work of one case.
pub struct Work {
    pub case: Case,
    /// Image-steps of training; 0 where it is done already.
    pub trained: usize,
    /// Images measured; 0 where that is done already.
    pub measured: usize,
}

/// The time that `work` will take; `None` where a trial would be a good part of the work itself.
pub fn estimate(work: &[Work], config: &TrainConfig, device: &Device) -> Result<Option<Duration>> {
    if work.iter().all(|work| work.trained <= SMALL) {
        return Ok(None);
    }
    let pixels: Vec<f32> = (0..TRIAL * PIXELS).map(|i| (i * 7919 % 251) as f32 / 250.0).collect();
    let images = InMemoryImages::new(pixels.clone(), SIDE, SIDE)?;
    let batch = Tensor::from_vec(pixels, (TRIAL, 1, SIDE, SIDE), device)?;
    let mut total = Duration::ZERO;
    for Work { case, trained, measured } in work {
        let trial = Trial { config, images: &images, batch: &batch, device };
        if *trained > 0 {
            total += trial.training(*case)?.mul_f64(*trained as f64 / TRIAL as f64);
        }
        if *measured > 0 {
            total += trial.measuring(*case)?.mul_f64(*measured as f64 / TRIAL as f64);
        }
    }
    Ok(Some(total))
}

struct Trial<'a> {
    config: &'a TrainConfig,
    images: &'a InMemoryImages,
    batch: &'a Tensor,
    device: &'a Device,
}

impl Trial<'_> {
    fn training(&self, case: Case) -> Result<Duration> {
        let negatives = self.config.objective.negatives.min(TRIAL - 1);
        let objective = dim_models::ObjectiveConfig { negatives, ..self.config.objective };
        let config = TrainConfig { batch_size: TRIAL, objective, ..*self.config };
        let mut trainer = Trainer::new(case, &config, self.device)?;
        let mut step = || trainer.train_epoch(self.images);
        step()?;
        Ok(Duration::from_secs_f64(step()?.seconds))
    }

    fn measuring(&self, case: Case) -> Result<Duration> {
        let dtype = candle_core::DType::F32;
        let model = DeepInfoMax::new(case, &self.config.model, 0, dtype, self.device)?;
        let encode = || -> Result<Duration> {
            let start = Instant::now();
            model.encode(self.batch)?.maps.flatten_all()?.to_vec1::<f32>()?;
            Ok(start.elapsed())
        };
        encode()?;
        encode()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dim_models::ModelConfig;

    #[test]
    fn a_run_of_seconds_needs_no_estimate_and_more_work_takes_longer() {
        let model = ModelConfig { channels: [1, 1, 1, 2], hidden_channels: 2 };
        let config = TrainConfig { model, ..TrainConfig::default() };
        let time = |trained, measured| {
            let work = [Work { case: Case::A, trained, measured }];
            estimate(&work, &config, &Device::Cpu).unwrap()
        };
        assert_eq!(time(SMALL, 5000), None);
        let (short, long) = (time(1_000, 0).unwrap(), time(1_000_000, 1_000_000).unwrap());
        // A thousand times the work, on a machine that others may load meanwhile.
        assert!(short > Duration::ZERO && long > 10 * short, "{short:?}, {long:?}");
    }
}
