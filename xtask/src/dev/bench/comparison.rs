//! Ratios of two measurements of one round, and the least that the project asks of them.

use std::collections::BTreeSet;

use dim_models::{Case, ModelConfig, ObjectiveConfig, StepCost};
use stl_data::SIDE;

use super::Measurement;
use crate::maths::statistics::median;

/// The programs that are ours, by the names of their benchmarks.
const OURS: [&str; 11] = [
    "dim-models",
    "gemm",
    "plain_serial",
    "single_pair",
    "one_thread",
    "all_threads",
    "read_once",
    "plain_loop",
    "gray_batch",
    "copy_same_bytes",
    "dataset_from_file",
];

/// How much better ours is, by round.
pub(super) struct Comparison {
    subject: String,
    pub(super) what: String,
    /// Ours and theirs: medians over the rounds, with the unit.
    pub(super) ours: f64,
    pub(super) theirs: f64,
    pub(super) unit: String,
    pub(super) against: String,
    /// Above 1 where ours is better.
    pub(super) ratios: Vec<f64>,
    /// The ratio that the project sets out to reach, if any.
    pub(super) target: Option<f64>,
}

impl Comparison {
    /// The median over rounds.
    pub(super) fn ratio(&self) -> f64 {
        median(&self.ratios)
    }
}

/// A program's measurement for a parameter of a subject.
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

/// Every comparison that the available measurements allow.
pub(super) fn all(all: &[Measurement]) -> Vec<Comparison> {
    let mut found = Vec::new();
    let mut add = |comparison: Option<Comparison>| found.extend(comparison);
    for case in Case::ALL {
        let what = format!("training step, case {case}");
        let ours = Key("training_step", "dim-models", case.id());
        for (program, target) in [
            ("pytorch_best", Some(1.7)),
            // A target for the case that the study is about.
            ("pytorch_default", (case == Case::C).then_some(7.0)),
        ] {
            let theirs = Key("training_step", program, case.id());
            add(compare(all, &what, ours, theirs, target));
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
    for (program, target) in [
        ("numba_best", Some(1.8)),
        ("numpy_histogram2d", Some(300.0)),
        ("numpy_bincount", None),
        ("scikit_learn", None),
    ] {
        let threads = if program == "numba_best" { threads_of_numba(all) } else { String::new() };
        add(compare(all, mi, ours, Key("histogram_mi", program, &threads), target));
    }
    add(compare(all, mi, ours, Key("histogram_mi", "read_once", ""), None));
    add(against_time(all, mi, ours, 0.2));
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

/// numba's parameter with the most threads.
fn threads_of_numba(all: &[Measurement]) -> String {
    let numba = all.iter().filter(|m| m.subject == "histogram_mi" && m.program == "numba_best");
    let threads = |m: &Measurement| {
        let mut words =
            m.parameter.split_whitespace().filter_map(|word| word.parse::<usize>().ok());
        words.next_back().unwrap_or(0)
    };
    numba.max_by_key(|m| threads(m)).map(|m| m.parameter.clone()).unwrap_or_default()
}

/// Comparisons with a target that lack a measurement although both sides of their subject were
/// measured: a program or parameter that has another name than is looked for here.
pub(super) fn missing(measurements: &[Measurement]) -> Vec<String> {
    let measured = |subject: &str, ours: bool| {
        measurements
            .iter()
            .any(|m| m.subject == subject && OURS.contains(&m.program.as_str()) == ours)
    };
    let found = all(measurements);
    let with_bars =
        |subject: &str| found.iter().filter(|c| c.subject == subject && c.target.is_some()).count();
    // Best PyTorch of four cases, default and matrix product of one; numba, numpy and time; copy
    // and numpy.
    [("training_step", 6), ("histogram_mi", 3), ("decode_gray", 2)]
        .into_iter()
        .filter(|&(subject, bars)| {
            measured(subject, true) && measured(subject, false) && with_bars(subject) < bars
        })
        .map(|(subject, _)| subject.to_owned())
        .collect()
}

fn compare(
    all: &[Measurement],
    what: &str,
    ours: Key<'_>,
    theirs: Key<'_>,
    target: Option<f64>,
) -> Option<Comparison> {
    let pairs = by_round(all, |round| Some((ours.of(all, round)?, theirs.of(all, round)?)));
    let (first, other) = pairs.first()?;
    let what = What { subject: &first.subject, text: what, unit: &first.unit };
    let medians = pairs.iter().map(|(ours, theirs)| (ours.median, theirs.median)).collect();
    what.compared(other.program.replace('_', " "), medians, target)
}

/// A time against the longest that is the target.
fn against_time(
    all: &[Measurement],
    what: &str,
    ours: Key<'_>,
    longest: f64,
) -> Option<Comparison> {
    let measurements = by_round(all, |round| ours.of(all, round));
    let first = measurements.first()?;
    let what = What { subject: &first.subject, text: what, unit: &first.unit };
    let medians = measurements.iter().map(|ours| (ours.median, longest)).collect();
    what.compared("the target time".to_owned(), medians, Some(1.0))
}

/// The step's arithmetic against the fastest matrix product of the same round.
fn of_matmul(all: &[Measurement], case: Case) -> Option<Comparison> {
    let cost = StepCost::new(case, &ModelConfig::default(), &ObjectiveConfig::default(), SIDE)?;
    let mut fastest_of = BTreeSet::new();
    let rates = by_round(all, |round| {
        let ours = Key("training_step", "dim-models", case.id()).of(all, round)?;
        let products = all.iter().filter(|m| m.round == round && m.subject == "matmul");
        let fastest = products.max_by(|a, b| a.median.total_cmp(&b.median))?;
        fastest_of.insert(format!("{} {}", fastest.program, fastest.parameter));
        Some((ours.median * cost.flops * 1e-9, fastest.median))
    });
    let fastest = fastest_of.into_iter().collect::<Vec<_>>().join(", ").replace('_', " ");
    let text = format!("training step, case {case}");
    let what = What { subject: "training_step", text: &text, unit: "GFLOP/s" };
    what.compared(format!("fastest sgemm ({fastest})"), rates, (case == Case::C).then_some(0.6))
}

/// What there is of each round.
fn by_round<T>(all: &[Measurement], of: impl FnMut(usize) -> Option<T>) -> Vec<T> {
    let rounds = all.iter().map(|m| m.round).max().unwrap_or(0);
    (1..=rounds).filter_map(of).collect()
}

/// What is compared.
struct What<'a> {
    subject: &'a str,
    text: &'a str,
    unit: &'a str,
}

impl What<'_> {
    /// By round, ours and theirs; `None` without a round.
    fn compared(
        self,
        against: String,
        pairs: Vec<(f64, f64)>,
        target: Option<f64>,
    ) -> Option<Comparison> {
        if pairs.is_empty() {
            return None;
        }
        let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let of_times = self.unit == "ns/pixel";
        let ratio = |(ours, theirs): (&f64, &f64)| {
            if of_times { theirs / ours } else { ours / theirs }
        };
        Some(Comparison {
            subject: self.subject.to_owned(),
            what: self.text.to_owned(),
            ours: median(&ours),
            theirs: median(&theirs),
            unit: self.unit.to_owned(),
            against,
            ratios: ours.iter().zip(&theirs).map(ratio).collect(),
            target,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(round: usize, key: Key<'_>, unit: &str, median: f64) -> Measurement {
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
    fn ratios_pair_measurements_of_one_round_and_above_one_is_better() {
        let (ours, theirs) =
            (Key("training_step", "dim-models", "c"), Key("training_step", "pytorch_best", "c"));
        let (mi, numba) = (
            Key("histogram_mi", "all_threads", "20"),
            Key("histogram_mi", "numba_best", "20 bins, 2 threads"),
        );
        let measurements = [
            measurement(1, ours, "images/s", 200.0),
            measurement(1, theirs, "images/s", 100.0),
            measurement(2, ours, "images/s", 100.0),
            measurement(2, theirs, "images/s", 25.0),
            measurement(1, mi, "ns/pixel", 0.2),
            measurement(1, numba, "ns/pixel", 0.4),
            measurement(1, Key("histogram_mi", "numba_best", "20 bins, 1 thread"), "ns/pixel", 0.8),
        ];
        let found = all(&measurements);
        let of = |against: &str| found.iter().find(|c| c.against == against).unwrap();
        assert_eq!(of("pytorch best").ratios, [2.0, 4.0]);
        assert_eq!(of("pytorch best").ratio(), 3.0);
        assert_eq!(of("numba best").ratios, [2.0]);
        assert_eq!(of("the target time").ratios, [1.0]);
        assert_eq!(found.len(), 3, "nothing is compared with what was not measured");
        // Both sides were measured, but not every measurement that a target needs.
        assert_eq!(missing(&measurements), ["training_step", "histogram_mi"]);
        assert!(missing(&measurements[..1]).is_empty(), "there are no peers here");
    }
}
