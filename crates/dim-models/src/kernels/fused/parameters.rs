//! Networks' parameters as one vector.

/// What is left of a vector of parameters, in the order in which the networks list them.
pub(super) struct Flat<'a>(pub(super) &'a [f32]);

impl<'a> Flat<'a> {
    /// The next `n`.
    ///
    /// # Panics
    /// When fewer are left.
    pub(super) fn take(&mut self, n: usize) -> &'a [f32] {
        let (taken, rest) = self.0.split_at(n);
        self.0 = rest;
        taken
    }
}
