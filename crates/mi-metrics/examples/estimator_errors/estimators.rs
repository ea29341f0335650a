//! The estimators that are compared. To add one, add an entry.

use mi_metrics::{
    BinRule, BinnedArray, Estimator, JointHistogram, Ksg, Result, Ties, gaussian_mi, ksg_mi,
    mutual_information,
};

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// When to use it, for the README.
    pub(crate) when: &'static str,
    /// The estimate for the pairs of x and y, in nats.
    pub(crate) estimate: fn(&[f32], &[f32]) -> Result<f64>,
}

pub(crate) const ESTIMATORS: &[Contender] = &[
    Contender {
        name: "plug-in, 20 bins",
        when: "comparing values of equal N and bins: the measure of the study",
        estimate: |x, y| mutual_information(x, y, 20),
    },
    Contender {
        name: "plug-in, Freedman-Diaconis bins",
        when: "light tails only; arrays of one length",
        estimate: |x, y| {
            let binned = |values| BinnedArray::new(values, BinRule::FreedmanDiaconis.bins(values)?);
            Ok(JointHistogram::new(&binned(x)?, &binned(y)?)?.mutual_information())
        },
    },
    Contender {
        name: "plug-in, 20 equal-mass bins",
        when: "outliers or skew that would leave bins of equal width empty",
        estimate: |x, y| {
            let (x, y) = (BinnedArray::equal_mass(x, 20)?, BinnedArray::equal_mass(y, 20)?);
            Ok(JointHistogram::new(&x, &y)?.mutual_information())
        },
    },
    Contender {
        name: "Miller-Madow, 20 bins",
        when: "as for the jackknife, but simpler to explain; N well above the number of cells",
        estimate: |x, y| of_table(x, y, Estimator::MillerMadow),
    },
    Contender {
        name: "analytic, 20 bins",
        when: "nearly independent arrays, N ten times the number of cells or more",
        estimate: |x, y| of_table(x, y, Estimator::Analytic),
    },
    Contender {
        name: "shrinkage, 20 bins",
        when: "nearly independent arrays, fewer values than cells",
        estimate: |x, y| of_table(x, y, Estimator::Shrinkage),
    },
    Contender {
        name: "jackknife, 20 bins",
        when: "the number itself, N at or above the number of cells; scatters a little more than plug-in",
        estimate: |x, y| of_table(x, y, Estimator::Jackknife),
    },
    Contender {
        name: "KSG 1, k = 3",
        when: "continuous values: the first choice",
        estimate: |x, y| ksg_mi(x, y, 3, Ksg::One, Ties::Refuse),
    },
    Contender {
        name: "KSG 2, k = 3",
        when: "continuous values: a check on KSG 1",
        estimate: |x, y| ksg_mi(x, y, 3, Ksg::Two, Ties::Refuse),
    },
    Contender {
        name: "KSG 1, k = 10",
        when: "continuous values that depend weakly: less scatter, more bias",
        estimate: |x, y| ksg_mi(x, y, 10, Ksg::One, Ties::Refuse),
    },
    Contender {
        name: "Gaussian",
        when: "jointly Gaussian values; for others, linear dependence",
        estimate: |x, y| gaussian_mi(x, y),
    },
];

fn of_table(x: &[f32], y: &[f32], estimator: Estimator) -> Result<f64> {
    Ok(JointHistogram::from_slices(x, y, 20)?.estimate(estimator))
}
