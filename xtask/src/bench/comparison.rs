//! Ratios of two figures of one round, and the least that the project asks of them.

use dim_models::{Case, ModelConfig, ObjectiveConfig, StepCost};
use stl_data::SIDE;

use super::Measurement;
use crate::statistics::median;

/// How much better ours is, by round.
pub(super) struct Comparison {
    pub(super) what: String,
    /// Ours and theirs: medians over the rounds, with the unit.
    pub(super) ours: f64,
    pub(super) theirs: f64,
    pub(super) unit: String,
    pub(super) against: String,
    /// Above 1 where ours is better.
    pub(super) ratios: Vec<f64>,
    /// The least ratio that is asked for, where one is.
    pub(super) asked: Option<f64>,
}

impl Comparison {
    /// The median over rounds.
    pub(super) fn ratio(&self) -> f64 {
        median(&self.ratios)
    }
}

/// A program's figure for a parameter of a subject.
#[derive(Clone, Copy)]
struct Key<'a>(&'a str, &'a str, &'a str);

impl Key<'_> {
    fn of(self, all: &[Measurement], round: usize) -> Option<&Measurement> {
        let Key(subject, program, parameter) = self;
        all.iter().find(|m| {
            m.round == round
                && m.subject == subject
                && m.program == program
                && (parameter.is_empty() || m.parameter == parameter)
        })
    }
}

/// Every comparison that the figures at hand allow.
pub(super) fn all(all: &[Measurement]) -> Vec<Comparison> {
    let mut found = Vec::new();
    let mut add = |comparison: Option<Comparison>| found.extend(comparison);
    for case in Case::ALL {
        let what = format!("training step, case {case}");
        let ours = Key("training_step", "dim-models", case.id());
        for (program, asked) in [
            ("pytorch_best", Some(1.7)),
            // Asked of the case that the study is about.
            ("pytorch_default", (case == Case::C).then_some(7.0)),
        ] {
            let theirs = Key("training_step", program, case.id());
            add(compare(all, &what, ours, theirs, asked));
        }
        add(of_matmul(all, case));
    }
    for case in Case::ALL {
        let ours = Key("encoder", "dim-models", case.id());
        let theirs = Key("encoder", "pytorch_best", case.id());
        add(compare(all, &format!("encoder, case {case}"), ours, theirs, None));
    }
    let ours = Key("histogram_mi", "all_threads", "20");
    let mi = "MI of 32 maps, 20 bins, all threads";
    for (program, asked) in [
        ("numba_best", Some(1.8)),
        ("numpy_histogram2d", Some(300.0)),
        ("numpy_bincount", None),
        ("scikit_learn", None),
    ] {
        let threads = if program == "numba_best" { threads_of_numba(all) } else { String::new() };
        add(compare(all, mi, ours, Key("histogram_mi", program, &threads), asked));
    }
    add(compare(all, mi, ours, Key("histogram_mi", "read_once", ""), None));
    let ours = Key("decode_gray", "gray_batch", "all");
    let decode = "decode and gray, all threads";
    add(compare(all, decode, ours, Key("decode_gray", "copy_same_bytes", "all"), Some(0.5)));
    add(compare(all, decode, ours, Key("decode_gray", "numpy_usual", "memory"), Some(10.0)));
    add(compare(all, decode, ours, Key("decode_gray", "numpy_best", "memory"), None));
    let ours = Key("decode_gray", "dataset_from_file", "all");
    let decode = "decode and gray from a file, all threads";
    add(compare(all, decode, ours, Key("decode_gray", "numpy_usual", "file"), None));
    found
}

/// numba's figure with the most threads.
fn threads_of_numba(all: &[Measurement]) -> String {
    let numba = all.iter().filter(|m| m.subject == "histogram_mi" && m.program == "numba_best");
    numba.map(|m| m.parameter.clone()).max().unwrap_or_default()
}

fn compare(
    all: &[Measurement],
    what: &str,
    ours: Key<'_>,
    theirs: Key<'_>,
    asked: Option<f64>,
) -> Option<Comparison> {
    let rounds = 1..=all.iter().map(|m| m.round).max()?;
    let pairs: Vec<_> =
        rounds.filter_map(|round| Some((ours.of(all, round)?, theirs.of(all, round)?))).collect();
    let (first, other) = pairs.first()?;
    let ratio = |(ours, theirs): &(&Measurement, &Measurement)| match ours.unit.as_str() {
        "ns/pixel" => theirs.median / ours.median,
        _ => ours.median / theirs.median,
    };
    Some(Comparison {
        what: what.to_owned(),
        ours: median(&pairs.iter().map(|pair| pair.0.median).collect::<Vec<_>>()),
        theirs: median(&pairs.iter().map(|pair| pair.1.median).collect::<Vec<_>>()),
        unit: first.unit.clone(),
        against: other.program.replace('_', " "),
        ratios: pairs.iter().map(ratio).collect(),
        asked,
    })
}

/// The step's arithmetic against the fastest matrix product of the same round.
fn of_matmul(all: &[Measurement], case: Case) -> Option<Comparison> {
    let cost = StepCost::new(case, &ModelConfig::default(), &ObjectiveConfig::default(), SIDE)?;
    let rounds = 1..=all.iter().map(|m| m.round).max()?;
    let pairs: Vec<(f64, f64)> = rounds
        .filter_map(|round| {
            let ours = Key("training_step", "dim-models", case.id()).of(all, round)?;
            let products = all.iter().filter(|m| m.round == round && m.subject == "matmul");
            let fastest = products.map(|m| m.median).fold(0.0, f64::max);
            (fastest > 0.0).then_some((ours.median * cost.flops * 1e-9, fastest))
        })
        .collect();
    pairs.first()?;
    Some(Comparison {
        what: format!("training step, case {case}"),
        ours: median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()),
        theirs: median(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>()),
        unit: "GFLOP/s".to_owned(),
        against: "fastest sgemm".to_owned(),
        ratios: pairs.iter().map(|(ours, theirs)| ours / theirs).collect(),
        asked: (case == Case::C).then_some(0.6),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(round: usize, key: Key<'_>, unit: &str, median: f64) -> Measurement {
        let Key(subject, program, parameter) = key;
        Measurement {
            round,
            subject: subject.to_owned(),
            program: program.to_owned(),
            parameter: parameter.to_owned(),
            unit: unit.to_owned(),
            median,
            low: median,
            high: median,
            timings: 1,
        }
    }

    #[test]
    fn ratios_pair_figures_of_one_round_and_above_one_is_better() {
        let (ours, theirs) =
            (Key("training_step", "dim-models", "c"), Key("training_step", "pytorch_best", "c"));
        let (mi, numba) = (
            Key("histogram_mi", "all_threads", "20"),
            Key("histogram_mi", "numba_best", "20 bins, 2 threads"),
        );
        let figures = [
            figure(1, ours, "images/s", 200.0),
            figure(1, theirs, "images/s", 100.0),
            figure(2, ours, "images/s", 100.0),
            figure(2, theirs, "images/s", 25.0),
            figure(1, mi, "ns/pixel", 0.2),
            figure(1, numba, "ns/pixel", 0.4),
            figure(1, Key("histogram_mi", "numba_best", "20 bins, 1 thread"), "ns/pixel", 0.8),
        ];
        let found = all(&figures);
        let of = |against: &str| found.iter().find(|c| c.against == against).unwrap();
        assert_eq!(of("pytorch best").ratios, [2.0, 4.0]);
        assert_eq!(of("pytorch best").ratio(), 3.0);
        assert_eq!(of("numba best").ratios, [2.0]);
        assert_eq!(found.len(), 2, "nothing is compared with what was not measured");
    }
}
