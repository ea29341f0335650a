//! faer's products and eigenvectors, on the calling thread.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use crate::{Error, Result};

/// `a b`.
pub(crate) fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::zeros(a.nrows(), b.ncols());
    matmul(&mut result, Accum::Replace, a, b, 1.0, Par::Seq);
    result
}

/// Eigenvalues, none below 0, and eigenvectors of a positive semidefinite matrix.
pub(crate) fn eigen(matrix: Mat<f64>) -> Result<(Vec<f64>, Mat<f64>)> {
    let n = matrix.nrows();
    let mut values = Diag::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let (with_vectors, parameters) = (ComputeEigenvectors::Yes, Default::default());
    let mut memory =
        MemBuffer::new(self_adjoint_evd_scratch::<f64>(n, with_vectors, Par::Seq, parameters));
    self_adjoint_evd(
        matrix.as_ref(),
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        MemStack::new(&mut memory),
        parameters,
    )
    .map_err(|_| Error::NotConverged { size: n })?;
    let values = values.column_vector().iter().map(|value| value.max(0.0)).collect();
    Ok((values, vectors))
}
