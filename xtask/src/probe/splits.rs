//! Which images a classifier learns from, and which it is tested on.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::Result;
use dim_models::random::{Purpose, permutation};
use stl_data::manifest::FOLD_INDICES;
use stl_data::{Dataset, Label, read_folds};

use crate::files;
use crate::record::Inputs;
use crate::session::Session;

/// How many times a classifier is trained anew.
const FOLDS: usize = 10;

/// The largest number of images that take part: as many as STL-10 has labelled training images. Their
/// features are held in memory.
const MOST_IMAGES: usize = 5000;

/// The smallest number of images of a class that takes part.
const FEWEST_OF_CLASS: usize = 5;

/// Images with a class, and how they are divided, time and again.
pub struct Splits {
    /// Rows in the data set.
    pub images: Vec<usize>,
    /// STL-10's test split, where it is at hand.
    pub test: Option<Dataset>,
    /// The class of each of the images, then of each of the test split.
    pub labels: Vec<u8>,
    pub classes: usize,
    pub all: Vec<Split>,
    /// For messages: how many images of how many classes, divided how.
    pub description: String,
}

/// Positions in [`Splits::labels`].
pub struct Split {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// What decides the splits besides the images.
pub fn inputs(session: &Session) -> Result<Inputs> {
    let mut inputs = Inputs::new();
    if let Some(path) = beside_stl10(session, FOLD_INDICES) {
        inputs.insert(FOLD_INDICES.to_owned(), files::digest(&path)?);
    }
    if let Some(test) = test_split(session)? {
        inputs.insert("test split".to_owned(), test.digest()?);
    }
    Ok(inputs)
}

/// STL-10's own folds where they are beside its images; otherwise drawn by the seed, a fifth of each class to
/// train on. The other images are tested on, or STL-10's test split where it is there. `None` where fewer
/// than two classes have enough images, and of the sample photographs: most of a class are crops of one, and would
/// be on both sides.
pub fn splits(session: &Session) -> Result<Option<Splits>> {
    if session.source.is_sample() {
        return Ok(None);
    }
    let measured = session.measured_images().min(MOST_IMAGES);
    let labels = &session.source.dataset.labels()[..measured];
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
    let (trains, how) = match beside_stl10(session, FOLD_INDICES) {
        Some(path) => (read_folds(&path)?, "STL-10's own folds"),
        None => (drawn(session.config.seed, &labels), "drawn by the seed"),
    };
    let test = test_split(session)?;
    if let Some(test) = &test {
        labels.extend(test.labels().iter().flatten().map(|&label| label as u8));
    }
    let description = format!(
        "{} classes on {} of {} images, {} times, {how}; tested on {}",
        classes.len(),
        trains.first().map_or(0, Vec::len),
        images.len(),
        trains.len(),
        if test.is_some() { "the test split" } else { "the others" },
    );
    let tested = if test.is_some() { images.len()..labels.len() } else { 0..images.len() };
    let all = trains.into_iter().map(|train| Split::new(train, tested.clone())).collect();
    Ok(Some(Splits { images, test, labels, classes: classes.len(), all, description }))
}

/// STL-10's test split, where it is beside the images and has its labels.
fn test_split(session: &Session) -> Result<Option<Dataset>> {
    let Some(path) = beside_stl10(session, stl_data::Split::Test.images_file()) else {
        return Ok(None);
    };
    let test = Dataset::open(&path)?;
    Ok(test.labels().iter().all(Option::is_some).then_some(test))
}

/// A file in the folder of STL-10's images, where all of them are measured and it is there.
fn beside_stl10(session: &Session, name: &str) -> Option<PathBuf> {
    let source = &session.source;
    let applies = source.is_stl10() && session.measured_images() == source.dataset.len();
    let path = source.dataset.path().with_file_name(name);
    (applies && path.exists()).then_some(path)
}

/// A fifth of each class, at least one image, in [`FOLDS`] draws.
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
    /// To train on some images, and to be tested on those of the given ones that are not among them.
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
