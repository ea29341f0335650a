//! What a joint histogram says: entropies and information, as plug-in estimates in nats.
//!
//! With `n` the count of a cell, `n_x` and `n_y` those of its row and column and `N` the total; sums run
//! over occupied cells. Each takes one pass over the table, or over one side of it.

use crate::{JointHistogram, information};

impl JointHistogram {
    /// The mutual information `I(X;Y) = sum n/N ln(n N / (n_x n_y))`, in nats.
    ///
    /// Always within 0 to min(H(X), H(Y)): a rounding beyond either bound is cut off. Exactly 0 when
    /// the table is the product of its marginals, as when either array is constant. Exchanging x
    /// and y changes the order of summation, hence at most the last digits. Biased upwards, at strong
    /// dependence downwards: [`estimate`](Self::estimate) corrects it.
    pub fn mutual_information(&self) -> f64 {
        let mut ln_columns = vec![0.0; self.columns.len()];
        information::mutual_information(&self.counts, &self.rows, &self.columns, &mut ln_columns)
    }

    /// The entropy `H(X) = -sum n_x/N ln(n_x/N)`, in nats: 0 to ln of the bins of x.
    ///
    /// As every entropy here too small on average, by about (occupied bins - 1) / 2N.
    pub fn entropy_x(&self) -> f64 {
        information::entropy(&self.rows)
    }

    /// The entropy `H(Y) = -sum n_y/N ln(n_y/N)`, in nats: 0 to ln of the bins of y.
    pub fn entropy_y(&self) -> f64 {
        information::entropy(&self.columns)
    }

    /// The entropy `H(X,Y) = -sum n/N ln(n/N)` of the pair, in nats.
    pub fn joint_entropy(&self) -> f64 {
        information::entropy(&self.counts)
    }

    /// The conditional entropy `H(X|Y) = -sum n/N ln(n/n_y)`, in nats: what is not known of x once y is
    /// known, 0 to H(X). Exactly 0 when y determines x.
    ///
    /// scikit-image's `variation_of_information` returns it second, in bits.
    pub fn conditional_entropy_x(&self) -> f64 {
        information::entropy_given_columns(&self.counts, &self.columns)
    }

    /// The conditional entropy `H(Y|X) = -sum n/N ln(n/n_x)`, in nats: what is not known of y once x is
    /// known, 0 to H(Y). Exactly 0 when x determines y.
    ///
    /// scikit-image's `variation_of_information` returns it first, in bits.
    pub fn conditional_entropy_y(&self) -> f64 {
        information::entropy_given_rows(&self.counts, &self.rows)
    }

    /// The variation of information `H(X|Y) + H(Y|X)`, in nats: 0 to H(X,Y).
    ///
    /// A metric on partitions: 0 when x and y determine each other, symmetric, with the triangle
    /// inequality (Meila 2007). The sum of the two numbers of scikit-image's `variation_of_information`,
    /// which are in bits.
    pub fn variation_of_information(&self) -> f64 {
        self.conditional_entropy_x() + self.conditional_entropy_y()
    }

    /// The pointwise mutual information `ln(n N / (n_x n_y))` of a cell, in nats, at no more than a few
    /// logarithms.
    ///
    /// Positive where the two bins occur together more often than if independent, at most
    /// `-ln(n/N)`; the mean over values is [`mutual_information`](Self::mutual_information). `None` for
    /// an empty cell, whose value would be minus infinity, and outside the table. A cell of few counts
    /// says little: the largest values are those of pairs seen once.
    ///
    /// Source: Church and Hanks 1990, in nats instead of bits.
    pub fn pointwise_mi(&self, row: usize, column: usize) -> Option<f64> {
        let (&n_x, &n_y) = (self.rows.get(row)?, self.columns.get(column)?);
        let n = self.counts[row * self.columns.len() + column];
        (n > 0).then(|| information::pointwise(n, n_x, n_y, self.total))
    }
}
