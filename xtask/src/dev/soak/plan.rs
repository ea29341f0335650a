//! When to kill.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reference::Reference;
use crate::run::step::Step;

/// When to kill a start of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    pub after: After,
    pub delay: Duration,
}

/// What starts the clock of a [`Timing`].
#[derive(Debug, Clone, PartialEq)]
pub enum After {
    /// The start of the program.
    Start,
    /// Its first line.
    FirstLine,
    /// The record of a step.
    Step(String),
}

/// Random times, the same for the same seed.
pub struct Plan {
    state: u64,
}

/// A step is killed within the time that it took without a kill, or this much later: in its record.
const MARGIN: Duration = Duration::from_millis(20);

impl Plan {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// As often the one as the other: at any time of a whole run, all alike; or within that of the
    /// steps that are `left` where the fewest kills have `landed`, however short it is. `None`, for
    /// no kill, where that step had more than another, which the next run will come to.
    pub fn next(
        &mut self,
        steps: &[Step],
        left: &[usize],
        landed: &BTreeMap<String, usize>,
        reference: &Reference,
    ) -> Option<Timing> {
        if self.uniform() < 0.5 {
            let delay = reference.elapsed.mul_f64(self.uniform());
            return Some(Timing { after: After::Start, delay });
        }
        let kills = |step: usize| landed.get(&steps[step].to_string()).copied().unwrap_or(0);
        let step = left.iter().copied().min_by_key(|&step| kills(step))?;
        if (0..steps.len()).any(|other| kills(other) < kills(step)) {
            return None;
        }
        let seconds = reference.seconds(&steps[step].to_string()).unwrap_or_default();
        let time = Duration::from_secs_f64(seconds.max(0.0)) + MARGIN;
        let after = match step.checked_sub(1) {
            Some(before) if left.first() != Some(&step) => After::Step(steps[before].to_string()),
            _ => After::FirstLine,
        };
        Some(Timing { after, delay: time.mul_f64(self.uniform()) })
    }

    /// In `[0, 1)`, by SplitMix64 (Steele, Lea and Flood 2014).
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_the_reference_generator() {
        // SplitMix64 from 1234567, as in its author's splitmix64.c.
        let mut plan = Plan::new(1_234_567);
        for word in [6_457_827_717_110_365_317u64, 3_203_168_211_198_807_973] {
            assert_eq!(plan.uniform(), (word >> 11) as f64 / (1u64 << 53) as f64);
        }
    }
}
