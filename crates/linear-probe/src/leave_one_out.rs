//! Leave-one-out errors and coefficients for any penalty from one eigendecomposition.
//!
//! With `X X' = U L U'` or, where there are fewer features than observations, `X'X = V L V'` and
//! `Z = X V`, and `p` the penalty:
//!
//! ```text
//! p G^-1 = U p/(L + p) U' = 1 - Z 1/(L + p) Z'
//! w      = X' U 1/(L + p) U' y = V 1/(L + p) Z' y
//! ```
//!
//! Either form of `p G^-1` is a constant (0 or 1) and a sum over eigenvalues, `B weight(L) B'`,
//! with `B = U` or `Z`. As `X` is centred, `X X'` has the eigenvector 1 with eigenvalue 0, whose
//! part, `11'/n`, the intercept takes out: much less remains at small penalties, and half the
//! digits are lost where rounding makes that eigenvalue another. So `X X' + s 11'/n` is decomposed,
//! `s` the mean eigenvalue: the vector's part is then `p/(s + p) 11'/n`, no larger than the
//! others', and as `y` is centred nothing else changes.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Scale};

use crate::Result;
use crate::linalg::{eigen, product};

/// The decomposition of a training set.
pub(crate) struct LeaveOneOut<'a> {
    /// Standardised features, `[n, d]`.
    x: MatRef<'a, f64>,
    /// Centred targets, `[n, classes]`.
    targets: Mat<f64>,
    /// Of the smaller product of `x` with itself, `min(n, d)` of them.
    eigenvalues: Vec<f64>,
    basis: Basis,
    /// `B' y`, `[min(n, d), classes]`.
    projected: Mat<f64>,
}

/// Eigenvectors of the smaller product.
enum Basis {
    /// Of `X X' + shift 11'/n`, `[n, n]`.
    Observations { u: Mat<f64>, shift: f64 },
    /// Of `X'X`, `[d, d]`, and the features along them, `[n, d]`.
    Features { v: Mat<f64>, z: Mat<f64> },
}

impl Basis {
    /// The matrix `B`, `[n, min(n, d)]`.
    fn matrix(&self) -> MatRef<'_, f64> {
        match self {
            Self::Observations { u, .. } => u.as_ref(),
            Self::Features { z, .. } => z.as_ref(),
        }
    }
}

impl<'a> LeaveOneOut<'a> {
    /// Of features and targets whose columns have mean 0.
    pub(crate) fn of(x: MatRef<'a, f64>, targets: Mat<f64>) -> Result<Self> {
        let (eigenvalues, basis) = if x.nrows() <= x.ncols() {
            let mut gram = product(x, x.transpose());
            let n = x.nrows() as f64;
            let shift = gram.diagonal().column_vector().sum() / n;
            gram += Mat::full(x.nrows(), x.nrows(), shift / n);
            let (eigenvalues, u) = eigen(gram)?;
            (eigenvalues, Basis::Observations { u, shift })
        } else {
            let (eigenvalues, v) = eigen(product(x.transpose(), x))?;
            let z = product(x, v.as_ref());
            (eigenvalues, Basis::Features { v, z })
        };
        let projected = product(basis.matrix().transpose(), targets.as_ref());
        Ok(Self { x, targets, eigenvalues, basis, projected })
    }

    /// The mean squared leave-one-out error, over observations and targets.
    pub(crate) fn mean_squared_error(&self, penalty: f64) -> f64 {
        let (n, classes) = (self.targets.nrows(), self.targets.ncols());
        let (constant, scale, intercept) = match self.basis {
            Basis::Observations { shift, .. } => (0.0, penalty, penalty / (shift + penalty)),
            Basis::Features { .. } => (1.0, -1.0, 1.0),
        };
        let weights = self.weights(scale, penalty);
        // Both sides of the quotient times the penalty: p c, and the diagonal.
        let mut numerators = &self.targets * Scale(constant);
        let basis = self.basis.matrix();
        matmul(&mut numerators, Accum::Add, basis, self.weighted(&weights), 1.0, Par::Seq);
        let mut denominators = vec![constant - intercept / n as f64; n];
        for (column, weight) in basis.col_iter().zip(&weights) {
            for (denominator, b) in denominators.iter_mut().zip(column.iter()) {
                *denominator += weight * b * b;
            }
        }
        let mut squares = 0.0;
        for column in numerators.col_iter() {
            for (numerator, denominator) in column.iter().zip(&denominators) {
                squares += (numerator / denominator).powi(2);
            }
        }
        squares / (n * classes) as f64
    }

    /// `w`, `[d, classes]`.
    pub(crate) fn coefficients(&self, penalty: f64) -> Mat<f64> {
        let weighted = self.weighted(&self.weights(1.0, penalty));
        match &self.basis {
            Basis::Observations { u, .. } => {
                product(self.x.transpose(), product(u.as_ref(), weighted.as_ref()).as_ref())
            }
            Basis::Features { v, .. } => product(v.as_ref(), weighted.as_ref()),
        }
    }

    /// `scale/(L + p)`.
    fn weights(&self, scale: f64, penalty: f64) -> Vec<f64> {
        self.eigenvalues.iter().map(|eigenvalue| scale / (eigenvalue + penalty)).collect()
    }

    /// `weights B' y`.
    fn weighted(&self, weights: &[f64]) -> Mat<f64> {
        let projected = &self.projected;
        Mat::from_fn(projected.nrows(), projected.ncols(), |i, c| weights[i] * projected[(i, c)])
    }
}
