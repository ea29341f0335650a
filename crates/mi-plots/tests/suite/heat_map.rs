//! The contents of heat maps, and their refusals.

use mi_plots::{
    Error, Figure, HeatMap, HeatMapCell, HeatMapColumn, HeatMapColumnGroup, HeatMapRow,
    HeatMapRowGroup, to_svg,
};

use crate::common::*;

fn cell(value: f64, is_outlined: bool) -> HeatMapCell {
    HeatMapCell { value: Some(value), label: format!("{value:.3}"), is_outlined }
}

/// `n` rows by `n + 1` columns, the diagonal outlined, and a neutral row without its last cell.
pub(crate) fn geometry(n: usize) -> HeatMap {
    let value = |i: usize, k: usize| 0.4 + 0.1 * k as f64 + 0.01 * i as f64;
    let column = |i: usize| HeatMapColumn { label: CASES[i].into(), category: Some(i) };
    let row = |i: usize| HeatMapRow {
        label: CASES[i].into(),
        category: Some(i),
        cells: (0..=n).map(|k| cell(value(i, k), i == k)).collect(),
    };
    let copies = (0..n).map(|k| cell(2.0 + 0.1 * k as f64, false));
    let copy = HeatMapRow {
        label: "copy of the pixels".into(),
        category: None,
        cells: copies.chain([HeatMapCell::default()]).collect(),
    };
    HeatMap {
        title: "Geometry".into(),
        subtitle: "made-up".into(),
        value_label: "mutual information (nats)".into(),
        columns: vec![
            HeatMapColumnGroup {
                title: "layers run as".into(),
                columns: (0..n).map(column).collect(),
            },
            HeatMapColumnGroup {
                title: "common field".into(),
                columns: vec![HeatMapColumn { label: "centre".into(), category: None }],
            },
        ],
        rows: vec![
            HeatMapRowGroup {
                title: "weights trained as".into(),
                is_neutral: false,
                rows: (0..n).map(row).collect(),
            },
            HeatMapRowGroup { title: "ceilings".into(), is_neutral: true, rows: vec![copy] },
        ],
        caption: "outlined: the pairs of the study".into(),
    }
}

/// The fill of the last rectangle that contains the middle of a text.
fn fill_behind<'a>(svg: &'a str, what: &str) -> &'a str {
    let found = elements(svg, "text").into_iter().find(|t| content(t) == what).unwrap();
    let [left, top, right, bottom] = text_box(found);
    let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let contains = |rect: &&&str| {
        let number = |name| attribute(rect, name).unwrap().parse::<f64>().unwrap();
        let (l, t) = (number("x"), number("y"));
        l < x && x < l + number("width") && t < y && y < t + number("height")
    };
    let rects = elements(svg, "rect");
    attribute(rects.iter().rev().find(contains).unwrap(), "fill").unwrap()
}

#[test]
fn every_cell_has_its_text_and_titles_are_named_once() {
    let svg = to_svg(&geometry(4)).unwrap();
    let texts = texts(&svg);
    let count = |text: &str| texts.iter().filter(|&&t| t == text).count();
    for (i, case) in CASES.iter().enumerate() {
        // A row and a column.
        assert_eq!(count(case), 2);
        for k in 0..5 {
            // The lowest and the highest are at the ends of the colour bar, too.
            let expected = if [(0, 0), (3, 4)].contains(&(i, k)) { 2 } else { 1 };
            assert_eq!(count(&format!("{:.3}", 0.4 + 0.1 * k as f64 + 0.01 * i as f64)), expected);
        }
        assert_eq!(count(&format!("{:.3}", 2.0 + 0.1 * i as f64)), 1);
    }
    for once in ["layers run as", "common field", "weights trained as", "ceilings", "centre"] {
        assert_eq!(count(once), 1, "{once}");
    }
}

#[test]
fn colours_go_from_the_lowest_to_the_highest_value_that_is_not_neutral() {
    let svg = to_svg(&geometry(4)).unwrap();
    assert_eq!(fill_behind(&svg, "0.400"), "#EDF8B1");
    assert_eq!(fill_behind(&svg, "0.830"), "#081D58");
    assert_eq!(fill_behind(&svg, "2.100"), "#FFFFFF", "a neutral cell shows the page");
}

#[test]
fn outlined_cells_alone_are_bold_and_outlined() {
    let svg = to_svg(&geometry(4)).unwrap();
    let bold = |value: f64| {
        let what = format!("{value:.3}");
        let all = elements(&svg, "text");
        attribute(all.iter().find(|t| content(t) == what).unwrap(), "font-weight").is_some()
    };
    assert!(bold(0.4) && bold(0.51) && bold(0.62) && bold(0.73));
    assert!(!bold(0.5) && !bold(0.41) && !bold(2.0));
    let ink = |rect: &&&str| attribute(rect, "fill") == Some("#222222");
    assert_eq!(elements(&svg, "rect").iter().filter(ink).count(), 4 * 4, "four sides each");
}

#[test]
fn a_cell_without_value_and_text_is_left_out() {
    let frames = |figure: &HeatMap| to_svg(figure).unwrap().matches("#AAAAAA").count();
    let mut figure = geometry(2);
    assert_eq!(frames(&figure), 2 * 4);
    figure.rows[1].rows[0].cells[2].label = "none".into();
    assert_eq!(frames(&figure), 3 * 4);
}

#[test]
fn texts_are_clear_for_any_number_of_cases_and_any_values() {
    for n in 1..=4 {
        assert_texts_are_clear(&geometry(n));
        assert_sizes_agree(&geometry(n));
    }
    for value in [0.0, -1.5, 1e300, -1e300, 1e-300] {
        let mut figure = geometry(3);
        let rows = figure.rows.iter_mut().flat_map(|group| &mut group.rows);
        rows.flat_map(|row| &mut row.cells).for_each(|cell| *cell = self::cell(value, true));
        figure.rows[0].rows[0].cells[0].value = Some(-value);
        figure.rows[1].rows[0].cells[0].label = LONG.into();
        assert_texts_are_clear(&figure);
    }
}

#[test]
fn long_texts_are_wrapped_or_shrunk() {
    let long = || LONG.to_owned();
    let mut figure = geometry(4);
    (figure.title, figure.subtitle, figure.caption) = (long(), long(), long());
    (figure.value_label, figure.columns[0].title, figure.columns[1].title) =
        (long(), long(), long());
    (figure.columns[0].columns[1].label, figure.rows[0].rows[2].label) = (long(), long());
    (figure.rows[0].title, figure.rows[1].title) = (long(), long());
    figure.rows[0].rows[0].cells[0].label = long();
    assert_texts_are_clear(&figure);
}

#[test]
fn invalid_heat_maps_are_refused() {
    fn refusal(change: impl Fn(&mut HeatMap)) -> Error {
        let mut figure = geometry(3);
        change(&mut figure);
        assert!(figure.size().1 > 0);
        to_svg(&figure).unwrap_err()
    }
    let empty = |error, what| matches!(error, Error::Empty { missing, .. } if missing == what);
    assert!(empty(refusal(|f| f.columns.clear()), "group of columns"));
    assert!(empty(refusal(|f| f.rows.clear()), "group of rows"));
    assert!(empty(refusal(|f| f.columns[1].columns.clear()), "column"));
    assert!(empty(refusal(|f| f.rows[1].rows.clear()), "row"));

    let error = refusal(|f| f.rows[0].rows[1].cells.truncate(2));
    assert!(matches!(error, Error::LengthMismatch { expected: 4, found: 2, .. }));
    assert!(error.to_string().contains("B: larger"), "{error}");
    for bad in [f64::NAN, f64::INFINITY, f64::MAX] {
        let error = refusal(|f| f.rows[0].rows[1].cells[2].value = Some(bad));
        assert!(matches!(error, Error::NotFinite { index: 2, .. }), "{error}");
    }
    for error in [
        refusal(|f| f.columns[0].columns[0].category = Some(7)),
        refusal(|f| f.rows[0].rows[0].category = Some(7)),
    ] {
        assert!(matches!(error, Error::UnknownCategory { category: 7, .. }));
    }
}
