//! The estimators that are compared: a new one is a new entry.

use mi_metrics::{JointHistogram, Ksg, MiError, Ties, gaussian_mi, ksg_mi, mutual_information};

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
        when: "the study's measure: values of equal N and bins compared with one another",
        estimate: |x, y| mutual_information(x, y, 20),
    },
    Estimator {
        name: "Miller-Madow, 20 bins",
        when: "the same with less bias, where N is well above the cells",
        estimate: |x, y| Ok(JointHistogram::from_slices(x, y, 20)?.miller_madow_mi()),
    },
    Estimator {
        name: "KSG 1, k = 3",
        when: "continuous values: the first choice",
        estimate: |x, y| ksg_mi(x, y, 3, Ksg::One, Ties::Refuse),
    },
    Estimator {
        name: "KSG 2, k = 3",
        when: "continuous values, strongly dependent",
        estimate: |x, y| ksg_mi(x, y, 3, Ksg::Two, Ties::Refuse),
    },
    Estimator {
        name: "KSG 1, k = 10",
        when: "continuous values, weakly dependent, few of them",
        estimate: |x, y| ksg_mi(x, y, 10, Ksg::One, Ties::Refuse),
    },
    Estimator {
        name: "Gaussian",
        when: "values known to be jointly Gaussian; otherwise it measures correlation",
        estimate: |x, y| gaussian_mi(x, y),
    },
];
