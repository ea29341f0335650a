//! Entropies and information of a joint histogram: plug-in estimates, in nats.
//!
//! `n` is the count of a cell, `n_x` and `n_y` are the counts of its row and column, and `N` is the
//! total. Sums are over occupied cells. Each function reads the table, or one side of it, once.

use super::information;
use super::joint_histogram::JointHistogram;

impl JointHistogram {
    /// The mutual information `I(X;Y) = sum n/N ln(n N / (n_x n_y))`, in nats.
    ///
    /// Always 0 to min(H(X), H(Y)), even after rounding. Exactly 0 if the table is the product of
    /// its marginals, for example because an array is constant. Exchanging x and y changes the
    /// order of the sum and so, at most, the last digits.
    ///
    /// Biased: too large for weakly dependent arrays, too small for strongly dependent ones.
    /// [`estimate`](Self::estimate) can correct that.
    pub fn mutual_information(&self) -> f64 {
        let mut ln_columns = vec![0.0; self.columns.len()];
        information::mutual_information(&self.counts, &self.rows, &self.columns, &mut ln_columns)
    }

    /// The entropy `H(X) = -sum n_x/N ln(n_x/N)`, in nats: 0 to ln of the bins of x.
    ///
    /// On average too small, like every entropy here, by about (occupied bins - 1) / 2N.
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

    /// The conditional entropy `H(X|Y) = -sum n/N ln(n/n_y)`, in nats: what remains unknown of x if
    /// y is known, 0 to H(X). Exactly 0 if y determines x.
    ///
    /// The second number of scikit-image's `variation_of_information`, which is in bits.
    pub fn conditional_entropy_x(&self) -> f64 {
        information::entropy_given_columns(&self.counts, &self.columns)
    }

    /// The conditional entropy `H(Y|X) = -sum n/N ln(n/n_x)`, in nats: what remains unknown of y if
    /// x is known, 0 to H(Y). Exactly 0 if x determines y.
    ///
    /// The first number of scikit-image's `variation_of_information`, which is in bits.
    pub fn conditional_entropy_y(&self) -> f64 {
        information::entropy_given_rows(&self.counts, &self.rows)
    }

    /// The variation of information `H(X|Y) + H(Y|X)`, in nats: 0 to H(X,Y).
    ///
    /// A metric on partitions (Meila 2007): 0 if x and y determine each other, symmetric, with the
    /// triangle inequality. It is the sum of the two numbers of scikit-image's
    /// `variation_of_information`, which are in bits.
    pub fn variation_of_information(&self) -> f64 {
        self.conditional_entropy_x() + self.conditional_entropy_y()
    }

    /// The pointwise mutual information `ln(n N / (n_x n_y))` of a cell, in nats.
    ///
    /// Positive if the two bins occur together more often than independent ones would; at most
    /// `-ln(n/N)`. Its mean over all values is [`mutual_information`](Self::mutual_information).
    /// `None` outside the table and for an empty cell, whose value would be minus infinity. The
    /// value of a cell with a small count is uncertain: the largest values are those of pairs that
    /// occur once.
    ///
    /// Source: Church and Hanks 1990, in nats instead of bits.
    pub fn pointwise_mi(&self, row: usize, column: usize) -> Option<f64> {
        let (&n_x, &n_y) = (self.rows.get(row)?, self.columns.get(column)?);
        let n = self.counts[row * self.columns.len() + column];
        (n > 0).then(|| information::pointwise(n, n_x, n_y, self.total))
    }
}
