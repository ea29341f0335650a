//! The images that get figures and rows of their own.

use stl_data::Label;

/// One of these images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectImage {
    /// Its row in the data set.
    pub index: usize,
    /// For file names: the class, or `image-7`.
    pub id: String,
    /// For titles: `airplane (image 7)`, or `image 7`.
    pub name: String,
    /// The class that was asked for, if no measured image has it.
    pub missing_class: Option<Label>,
}

/// The first measured image of each class; where there is none, the first image that is not chosen
/// yet.
pub fn choose(classes: &[Label], labels: &[Option<Label>]) -> Vec<SubjectImage> {
    let mut chosen: Vec<SubjectImage> = Vec::new();
    for &class in classes {
        let of_class = labels.iter().position(|&label| label == Some(class));
        let is_free = |index: &usize| chosen.iter().all(|subject| subject.index != *index);
        let other = || (0..labels.len()).find(is_free);
        let Some(index) = of_class.or_else(other) else { continue };
        chosen.push(match of_class {
            Some(_) => SubjectImage {
                index,
                id: class.name().to_owned(),
                name: format!("{class} (image {index})"),
                missing_class: None,
            },
            None => SubjectImage {
                index,
                id: format!("image-{index}"),
                name: format!("image {index}"),
                missing_class: Some(class),
            },
        });
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_an_image_is_replaced_by_the_first_free_image() {
        let labels = [Some(Label::Horse), None, Some(Label::Airplane)];
        let chosen = choose(&[Label::Airplane, Label::Ship, Label::Horse], &labels);
        let summary: Vec<(usize, &str)> = chosen.iter().map(|s| (s.index, s.id.as_str())).collect();
        assert_eq!(summary, [(2, "airplane"), (0, "image-0"), (0, "horse")]);
        assert_eq!(chosen[1].missing_class, Some(Label::Ship));
        assert_eq!(choose(&[Label::Ship], &[]), []);
    }
}
