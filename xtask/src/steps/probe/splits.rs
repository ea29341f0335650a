//! Which images a classifier is trained on, and which it is tested on.

use std::collections::BTreeSet;
use std::ops::Range;

use anyhow::Result;
use dim_models::random::{Purpose, permutation};
use stl_data::{Dataset, Label, read_folds};

use crate::run::session::Session;

/// Splits, if the data has none of its own.
const FOLDS: usize = 10;

/// The largest number of images that take part, as many as STL-10 has labelled training images:
/// their features are held in memory.
const MOST_IMAGES: usize = 5000;

/// The smallest number of images of a class that takes part.
const FEWEST_OF_CLASS: usize = 5;

/// Images with a class, and their splits.
pub struct Splits {
    /// Rows in the data set.
    pub images: Vec<usize>,
    /// STL-10's test split, if available.
    pub test: Option<Dataset>,
    /// The class of each of the images, then of each of the test split.
    pub labels: Vec<u8>,
    pub classes: usize,
    pub all: Vec<Split>,
    /// For messages: images, classes and kind of split.
    pub description: String,
}

/// Positions in [`Splits::labels`].
pub struct Split {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// STL-10's own folds if they are beside its images; otherwise drawn by the seed, a fifth of each
/// class to train on. Tests are on the other images, or on STL-10's test split if it is there.
///
/// `None` if fewer than two classes have enough images. `None` for the sample photographs too: most
/// of a class are crops of one photograph, and would be on both sides.
pub fn splits(session: &Session) -> Result<Option<Splits>> {
    if session.images.is_sample() {
        return Ok(None);
    }
    let measured = session.measured_images().min(MOST_IMAGES);
    let labels = &session.images.dataset.labels()[..measured];
    let count = |class| labels.iter().filter(|&&label| label == Some(class)).count();
    let classes: Vec<Label> =
        Label::ALL.into_iter().filter(|&class| count(class) >= FEWEST_OF_CLASS).collect();
    if classes.len() < 2 {
        return Ok(None);
    }
    let of_class = |(row, label): (usize, &Option<Label>)| {
        let label = label.filter(|label| classes.contains(label))?;
        Some((row, label as u8))
    };
    let (images, mut labels): (Vec<usize>, Vec<u8>) =
        labels.iter().enumerate().filter_map(of_class).unzip();
    let (trains, how) = match session.images.fold_indices(session.measured_images()) {
        Some(path) => (read_folds(&path)?, "STL-10's own folds"),
        None => (drawn(session.config.seed, &labels), "drawn by the seed"),
    };
    let test = session.images.test_split(session.measured_images())?;
    if let Some(test) = &test {
        labels.extend(test.labels().iter().flatten().map(|&label| label as u8));
    }
    let description = format!(
        "{} classes: {} of {} images to train on, {} splits, {how}; tested on {}",
        classes.len(),
        trains.first().map_or(0, Vec::len),
        images.len(),
        trains.len(),
        if test.is_some() { "the test split" } else { "the other images" },
    );
    let tested = if test.is_some() { images.len()..labels.len() } else { 0..images.len() };
    let all = trains.into_iter().map(|train| Split::new(train, tested.clone())).collect();
    Ok(Some(Splits { images, test, labels, classes: classes.len(), all, description }))
}

/// [`FOLDS`] draws of a fifth of each class, at least one image.
fn drawn(seed: u64, labels: &[u8]) -> Vec<Vec<usize>> {
    let of_fold = |fold: usize| {
        let order = permutation(seed, Purpose::Subset, 2 + fold as u64, labels.len());
        let mut train = Vec::new();
        for class in 0..=u8::MAX {
            let of_class: Vec<usize> =
                order.iter().copied().filter(|&i| labels[i] == class).collect();
            train.extend(&of_class[..of_class.len().div_ceil(FOLDS / 2)]);
        }
        train.sort_unstable();
        train
    };
    (0..FOLDS).map(of_fold).collect()
}

impl Split {
    /// Trains on some images, and tests on those of `tested` that are not among them.
    fn new(train: Vec<usize>, tested: Range<usize>) -> Self {
        let is_trained: BTreeSet<usize> = train.iter().copied().collect();
        Self { train, test: tested.filter(|i| !is_trained.contains(i)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_each_class_trains_and_the_rest_tests() {
        let labels: Vec<u8> = (0..60).map(|i| if i < 50 { i % 2 } else { 7 }).collect();
        let folds = drawn(3, &labels);
        assert_eq!(folds.len(), FOLDS);
        assert_ne!(folds[0], folds[1]);
        for train in folds {
            let of_class = |class| train.iter().filter(|&&i| labels[i] == class).count();
            assert_eq!([0, 1, 7].map(of_class), [5, 5, 2]);
            let split = Split::new(train, 0..labels.len());
            assert_eq!(split.test.len(), 48);
            assert!(split.test.iter().all(|i| !split.train.contains(i)));
        }
    }
}
