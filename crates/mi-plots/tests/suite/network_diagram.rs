//! The contents of network diagrams, and their refusals.

use mi_plots::theme::Role;
use mi_plots::{EncoderRow, Error, Figure, Network, NetworkDiagram, Stage, to_svg};

use crate::common::*;

/// `n` encoders that shrink, grow, keep the size, and grow then shrink, and three networks.
pub(crate) fn architecture(n: usize) -> NetworkDiagram {
    let sizes = [[96, 94, 88], [96, 98, 104], [96, 96, 96], [96, 100, 96]];
    let row = |(category, sizes): (usize, &[usize; 3])| EncoderRow {
        label: CASES[category].into(),
        category,
        stages: (0..3)
            .map(|i| Stage {
                size: sizes[i],
                channels: [1, 4, 32][i],
                operation: ["", "transposed conv 3 × 3", "conv 3 × 3"][i].into(),
            })
            .collect(),
        given: format!("image and 32 maps of {category}"),
    };
    let network = |name: &str, role, lines: usize| Network {
        name: name.into(),
        role,
        lines: (0..lines).map(|i| format!("{name} layer {i}")).collect(),
    };
    NetworkDiagram {
        title: "Networks".into(),
        subtitle: "made-up".into(),
        exaggeration: Some(4.0),
        input_label: "input".into(),
        encoder_label: "encoder".into(),
        given_label: "given to the networks".into(),
        rows: sizes.iter().enumerate().take(n).map(row).collect(),
        networks_label: "objective networks".into(),
        networks: vec![
            network("local", Role::Local, 3),
            network("global", Role::Global, 5),
            network("prior", Role::Prior, 2),
        ],
        caption: "differences are drawn 4 times too large".into(),
    }
}

/// Heights of the blocks of the encoders, from top to bottom and left to right. The last block of
/// each row is drawn once more, for what the networks are given.
fn heights(figure: &NetworkDiagram) -> Vec<f64> {
    let svg = to_svg(figure).unwrap();
    let blocks = elements(&svg, "rect").into_iter().filter(|rect| {
        attribute(rect, "fill") == Some("#0072B2") && attribute(rect, "fill-opacity").is_some()
    });
    blocks.map(|rect| attribute(rect, "height").unwrap().parse().unwrap()).collect()
}

#[test]
fn heights_are_to_scale_or_exaggerated_as_told() {
    let mut figure = architecture(2);
    let largest = heights(&figure)[4];
    for factor in [None, Some(1.0), Some(4.0)] {
        figure.exaggeration = factor;
        let expected = [94.0, 88.0, 88.0, 98.0, 104.0, 104.0]
            .map(|size| largest * (1.0 - factor.unwrap_or(1.0) * (104.0 - size) / 104.0));
        for (height, expected) in heights(&figure).iter().zip(expected) {
            assert!((height - expected).abs() < 0.5, "{height} for {expected}");
        }
    }
}

#[test]
fn every_stage_operation_and_layer_is_written() {
    let svg = to_svg(&architecture(4)).unwrap();
    let texts = texts(&svg);
    let count = |text: &str| texts.iter().filter(|&&t| t == text).count();
    assert_eq!(count("96 × 96 × 1"), 4);
    for (size, expected) in [("94 × 94 × 4", 1), ("88 × 88 × 32", 1), ("96 × 96 × 32", 2)] {
        assert_eq!(count(size), expected, "{size}");
    }
    assert_eq!(texts.iter().filter(|t| t.starts_with("transposed")).count(), 4);
    for (name, lines) in [("local", 3), ("global", 5), ("prior", 2)] {
        assert_eq!(count(name), 1);
        assert!((0..lines).all(|i| count(&format!("{name} layer {i}")) == 1));
    }
    for once in ["input", "encoder", "given to the", "objective networks"] {
        assert_eq!(count(once), 1, "{once}");
    }
    for color in ["#0072B2", "#008C5A", "#C82832", "#DEB200"] {
        assert!(svg.contains(color), "{color}");
    }
}

#[test]
fn texts_are_clear_for_any_number_of_encoders_and_networks() {
    for n in 1..=4 {
        for networks in 0..=3 {
            let mut figure = architecture(n);
            figure.networks.truncate(networks);
            assert_texts_are_clear(&figure);
        }
        assert_sizes_agree(&architecture(n));
    }
    let mut figure = architecture(1);
    figure.rows[0].stages.truncate(1);
    assert_texts_are_clear(&figure);

    let mut figure = architecture(2);
    figure.rows[1].stages =
        vec![Stage { size: 1_000_000, channels: 1_000_000, ..Stage::default() }; 9];
    figure.exaggeration = None;
    assert_texts_are_clear(&figure);
}

#[test]
fn long_texts_are_wrapped() {
    let long = || LONG.to_owned();
    let mut figure = architecture(4);
    (figure.title, figure.subtitle, figure.caption) = (long(), long(), long());
    (figure.input_label, figure.encoder_label, figure.given_label) = (long(), long(), long());
    (figure.networks_label, figure.networks[1].name) = (long(), long());
    figure.networks[2].lines[0] = long();
    (figure.rows[1].label, figure.rows[2].given) = (long(), long());
    figure.rows[3].stages[1].operation = long();
    assert_texts_are_clear(&figure);
}

#[test]
fn invalid_diagrams_are_refused() {
    fn refusal(change: impl Fn(&mut NetworkDiagram)) -> Error {
        let mut figure = architecture(3);
        change(&mut figure);
        assert!(figure.size().1 > 0);
        to_svg(&figure).unwrap_err()
    }
    assert!(matches!(refusal(|f| f.rows.clear()), Error::Empty { missing: "row", .. }));
    let error = refusal(|f| f.rows[1].stages.clear());
    assert!(matches!(error, Error::Empty { missing: "stage", .. }));
    let error = refusal(|f| f.rows[1].stages[2].size = 0);
    assert!(matches!(error, Error::ZeroSize { .. }));
    assert!(error.to_string().contains("stage 2 of \"B: larger\""), "{error}");
    let error = refusal(|f| f.rows[1].stages[2].channels = 0);
    assert!(matches!(error, Error::Empty { missing: "channel", .. }));
    let error = refusal(|f| f.rows[0].category = 7);
    assert!(matches!(error, Error::UnknownCategory { category: 7, .. }));
    let error = refusal(|f| f.networks = vec![Network::default(); 5]);
    assert!(matches!(error, Error::TooMany { limit: 4, found: 5, .. }));
    for bad in [f64::NAN, f64::INFINITY] {
        let error = refusal(|f| f.exaggeration = Some(bad));
        assert!(matches!(error, Error::NotFinite { .. }));
    }
    // 104 / (104 - 88).
    for bad in [0.0, -1.0, 6.5, 100.0] {
        let error = refusal(|f| f.exaggeration = Some(bad));
        assert!(matches!(error, Error::Exaggeration { limit: 6.5, .. }), "{error}");
    }
}
