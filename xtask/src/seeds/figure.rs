pub(super) fn figure(_: &super::summary::SeedsSummary) -> mi_plots::BarsWithDots {
    mi_plots::BarsWithDots {
        title: String::new(),
        subtitle: String::new(),
        y_label: String::new(),
        bars: Vec::new(),
    }
}
