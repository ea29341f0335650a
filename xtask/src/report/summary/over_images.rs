//! The cases compared on the images of one training: shares, medians, and by class. It says nothing
//! about other trainings.

use std::fmt::Write;

use dim_models::Case;
use serde::Serialize;
use stl_data::Label;

use crate::maths::statistics::{MeanInterval, clustered_interval, mean, median, share_above_zero};
use crate::report::verdict::STUDY_WINNER;
use crate::tables::mi::CaseMi;

/// The study's first case, or the best one, less each other case, image by image.
#[derive(Debug, Serialize)]
pub(super) struct OverImages {
    measures: Vec<Measure>,
    by_class: Option<ByClass>,
    /// How many photographs the images are crops of, where that is known: intervals are then over
    /// photographs.
    photographs: Option<usize>,
    /// Whether images share photographs that are not known.
    shares_unknown_photographs: bool,
}

#[derive(Debug, Serialize)]
struct Measure {
    measure: &'static str,
    differences: Vec<ImageDifferences>,
}

/// One case less another, over images.
#[derive(Debug, Serialize)]
struct ImageDifferences {
    of: Case,
    less: Case,
    images: usize,
    median: f64,
    #[serde(flatten)]
    mean: MeanInterval,
    /// Share of the images for which the difference is above 0.
    share_ahead: f64,
}

/// By mean MI, against the best other case.
#[derive(Debug, Serialize)]
struct ByClass {
    classes: Vec<OfClass>,
}

#[derive(Debug, Serialize)]
struct OfClass {
    /// `None` of images without one.
    class: Option<String>,
    #[serde(flatten)]
    differences: ImageDifferences,
}

impl OverImages {
    /// `labels` are those of the measured images; `photographs` numbers the photograph of each, if
    /// images are crops and it is known, and `shares_photographs` says whether they are crops.
    pub(super) fn new(
        mi: &[CaseMi],
        labels: &[Option<Label>],
        photographs: Option<&[usize]>,
        shares_photographs: bool,
    ) -> Self {
        let measure = |measure, values: fn(&CaseMi) -> &[f64]| {
            let reference = reference(mi, values);
            let others = mi.iter().filter(|table| Some(table.case) != reference.map(|r| r.case));
            let differences = others.filter_map(|other| {
                let differences = difference(values(reference?), values(other));
                Some(of_values(reference?.case, other.case, &differences, photographs))
            });
            Measure { measure, differences: differences.collect() }
        };
        let mut distinct: Vec<usize> = photographs.unwrap_or_default().to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        Self {
            measures: vec![
                measure("mean MI over the maps", CaseMi::means),
                measure("largest MI over the maps", CaseMi::maxima),
            ],
            by_class: by_class(mi, labels),
            photographs: photographs.map(|_| distinct.len()),
            shares_unknown_photographs: shares_photographs && photographs.is_none(),
        }
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Over the images of this training\n".to_owned();
        let Some(first) = self.measures.iter().flat_map(|m| &m.differences).next() else {
            return text + "\nThere is one case only, and nothing to compare.\n";
        };
        for Measure { measure, differences } in &self.measures {
            let Some(first) = differences.first() else { continue };
            let _ = write!(
                text,
                "\nBy {measure}:\n\n\
                 | {of} minus | median (nats) | mean (nats) | images with {of} ahead |\n\
                 |---|---|---|---|\n",
                of = first.of
            );
            for d in differences {
                let _ = writeln!(text, "| {} | {} |", d.less, d.cells());
            }
        }
        let _ = writeln!(
            text,
            "\nIntervals of the mean are 95 %, over images, not over trainings, {}. They say nothing \
             about other seeds.",
            self.what_is_independent(first.images)
        );
        if let Some(ByClass { classes }) = &self.by_class
            && let Some(first) = classes.first().map(|class| &class.differences)
        {
            let _ = write!(
                text,
                "\nBy class, mean MI of {of} minus {less}, the best other case:\n\n\
                 | class | images | median (nats) | mean (nats) | images with {of} ahead |\n\
                 |---|---|---|---|---|\n",
                of = first.of,
                less = first.less
            );
            for OfClass { class, differences: d } in classes {
                let class = class.as_deref().unwrap_or("none");
                let _ = writeln!(text, "| {class} | {} | {} |", d.images, d.cells());
            }
        }
        text
    }

    fn what_is_independent(&self, images: usize) -> String {
        match self.photographs {
            Some(photographs) => format!(
                "with crops of one photograph taken together ({images} crops of {photographs} \
                 photographs)"
            ),
            None if self.shares_unknown_photographs => {
                "as if images were independent, though several are crops of one photograph: there \
                 is no SOURCES.tsv to say which"
                    .to_owned()
            }
            None => "as if images were independent".to_owned(),
        }
    }
}

impl ImageDifferences {
    /// Median, mean and share, as cells of a table.
    fn cells(&self) -> String {
        format!("{:.4} | {} | {:.1} %", self.median, self.mean, 100.0 * self.share_ahead)
    }
}

/// The study's first case, or the one with the largest mean.
fn reference(mi: &[CaseMi], values: fn(&CaseMi) -> &[f64]) -> Option<&CaseMi> {
    let largest = || mi.iter().max_by(|a, b| mean(values(a)).total_cmp(&mean(values(b))));
    mi.iter().find(|table| table.case == STUDY_WINNER).or_else(largest)
}

fn difference(first: &[f64], second: &[f64]) -> Vec<f64> {
    first.iter().zip(second).map(|(a, b)| a - b).collect()
}

fn of_values(
    of: Case,
    less: Case,
    differences: &[f64],
    photographs: Option<&[usize]>,
) -> ImageDifferences {
    ImageDifferences {
        of,
        less,
        images: differences.len(),
        median: median(differences),
        mean: match photographs {
            Some(photographs) => clustered_interval(differences, photographs),
            None => MeanInterval::of(differences),
        },
        share_ahead: share_above_zero(differences),
    }
}

/// `None` of one case, and where no image has a class.
fn by_class(mi: &[CaseMi], labels: &[Option<Label>]) -> Option<ByClass> {
    let reference = reference(mi, CaseMi::means)?;
    let others = mi.iter().filter(|table| table.case != reference.case);
    let best = others.max_by(|a, b| mean(a.means()).total_cmp(&mean(b.means())))?;
    let differences = difference(reference.means(), best.means());
    if labels.iter().all(Option::is_none) {
        return None;
    }
    let classes = Label::ALL.into_iter().map(Some).chain([None]);
    let of_class = |class: Option<Label>| {
        let of_class = differences.iter().zip(labels).filter(|(_, label)| **label == class);
        let values: Vec<f64> = of_class.map(|(difference, _)| *difference).collect();
        // Few images, some of one photograph: no interval.
        let differences = of_values(reference.case, best.case, &values, None);
        let mean = MeanInterval { interval_95: None, ..differences.mean };
        (!values.is_empty()).then(|| OfClass {
            class: class.map(|class| class.to_string()),
            differences: ImageDifferences { mean, ..differences },
        })
    };
    Some(ByClass { classes: classes.filter_map(of_class).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> [CaseMi; 3] {
        [
            CaseMi::of_one_map(Case::A, &[0.1, 0.1, 0.1, 0.1]),
            CaseMi::of_one_map(Case::C, &[0.5, 0.6, 0.7, 0.5]),
            CaseMi::of_one_map(Case::D, &[0.4, 0.4, 0.4, 0.6]),
        ]
    }

    const LABELS: [Option<Label>; 4] =
        [Some(Label::Ship), Some(Label::Horse), Some(Label::Ship), None];

    #[test]
    fn shares_and_medians_are_those_of_the_images() {
        let text = OverImages::new(&tables(), &LABELS, None, false).markdown();
        // C less D: 0.1, 0.2, 0.3, -0.1; mean 0.125, sd 0.1708, half width 3.1824 x 0.0854.
        assert!(text.contains("| D | 0.1500 | 0.1250 ± 0.2718 | 75.0 % |"), "{text}");
        assert!(text.contains("over images, not over trainings"), "{text}");
        assert!(text.contains("as if images were independent. They"), "{text}");
    }

    #[test]
    fn every_class_is_compared_with_the_best_other_case() {
        let text = OverImages::new(&tables(), &LABELS, None, false).markdown();
        assert!(text.contains("mean MI of C minus D, the best other case"), "{text}");
        assert!(text.contains("| horse | 1 | 0.2000 | 0.2000 | 100.0 % |"), "{text}");
        assert!(text.contains("| ship | 2 | 0.2000 | 0.2000 | 100.0 % |"), "{text}");
        assert!(text.contains("| none | 1 | -0.1000 | -0.1000 | 0.0 % |"), "{text}");
        let unlabelled = OverImages::new(&tables(), &[None; 4], None, false).markdown();
        assert!(!unlabelled.contains("By class"), "{unlabelled}");
    }

    #[test]
    fn crops_of_one_photograph_widen_the_interval_and_are_counted() {
        let text = OverImages::new(&tables(), &LABELS, Some(&[0, 0, 0, 1]), true).markdown();
        // Sums of clusters 0.225 and -0.225: 12.706 x sqrt(2 x 0.10125) / 4.
        assert!(text.contains("| D | 0.1500 | 0.1250 ± 1.4294 | 75.0 % |"), "{text}");
        assert!(text.contains("(4 crops of 2 photographs)"), "{text}");
        let unknown = OverImages::new(&tables(), &LABELS, None, true).markdown();
        assert!(unknown.contains("as if images were independent, though several"), "{unknown}");
    }

    #[test]
    fn one_case_or_no_image_is_told_in_words() {
        for tables in [&tables()[..1], &[][..]] {
            let text = OverImages::new(tables, &LABELS, None, false).markdown();
            assert!(text.contains("nothing to compare"), "{text}");
        }
    }
}
