//! The estimators that are compared: a new one is a new entry.

use mi_metrics::{
    self as tables, BinRule, BinnedArray, JointHistogram, Ksg, MiError, Ties, gaussian_mi, ksg_mi,
    mutual_information,
};

pub(crate) struct Estimator {
    pub(crate) name: &'static str,
    /// What it is for, in the README.
    pub(crate) when: &'static str,
    /// Nats, of the pairs of x and y.
    pub(crate) estimate: fn(&[f32], &[f32]) -> Result<f64, MiError>,
}

pub(crate) const ESTIMATORS: &[Estimator] = &[
    Estimator {
        name: "plug-in, 20 bins",
        when: "comparing values of equal N and bins: the study's measure",
        estimate: |x, y| mutual_information(x, y, 20),
    },
    Estimator {
        name: "plug-in, Freedman-Diaconis bins",
        when: "no number of bins to keep to; arrays of one length",
        estimate: |x, y| {
            let binned = |values| BinnedArray::new(values, BinRule::FreedmanDiaconis.bins(values)?);
            Ok(JointHistogram::new(&binned(x)?, &binned(y)?)?.mutual_information())
        },
    },
    Estimator {
        name: "plug-in, 20 equiprobable bins",
        when: "outliers or skew that would leave bins of equal width empty",
        estimate: |x, y| {
            let (x, y) = (BinnedArray::equiprobable(x, 20)?, BinnedArray::equiprobable(y, 20)?);
            Ok(JointHistogram::new(&x, &y)?.mutual_information())
        },
    },
    Estimator {
        name: "Miller-Madow, 20 bins",
        when: "plug-in with less bias, where N is well above the occupied cells",
        estimate: |x, y| of_table(x, y, tables::Estimator::MillerMadow),
    },
    Estimator {
        name: "analytic, 20 bins",
        when: "plug-in with the bias of independent arrays taken off: for tests against zero",
        estimate: |x, y| of_table(x, y, tables::Estimator::Analytic),
    },
    Estimator {
        name: "shrinkage, 20 bins",
        when: "few values for the cells, and an estimate that may not be negative",
        estimate: |x, y| of_table(x, y, tables::Estimator::Shrinkage),
    },
    Estimator {
        name: "jackknife, 20 bins",
        when: "plug-in with less bias at any dependence; scatters more",
        estimate: |x, y| of_table(x, y, tables::Estimator::Jackknife),
    },
    Estimator {
        name: "KSG 1, k = 3",
        when: "continuous values: the first choice",
        estimate: |x, y| ksg_mi(x, y, 3, Ksg::One, Ties::Refuse),
    },
    Estimator {
        name: "KSG 2, k = 3",
        when: "continuous values: a check on KSG 1",
        estimate: |x, y| ksg_mi(x, y, 3, Ksg::Two, Ties::Refuse),
    },
    Estimator {
        name: "KSG 1, k = 10",
        when: "continuous values that depend weakly: less scatter, more bias",
        estimate: |x, y| ksg_mi(x, y, 10, Ksg::One, Ties::Refuse),
    },
    Estimator {
        name: "Gaussian",
        when: "jointly Gaussian values; of others, linear dependence",
        estimate: |x, y| gaussian_mi(x, y),
    },
];

fn of_table(x: &[f32], y: &[f32], estimator: tables::Estimator) -> Result<f64, MiError> {
    Ok(JointHistogram::from_slices(x, y, 20)?.estimate(estimator))
}
