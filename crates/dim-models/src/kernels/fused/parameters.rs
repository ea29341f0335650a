//! The parameters of networks in one vector.

/// The rest of a vector of parameters, from which each layer takes its own in order.
pub(super) struct Flat<'a>(pub(super) &'a [f32]);

impl<'a> Flat<'a> {
    /// Takes the next `n`.
    ///
    /// # Panics
    /// If fewer are left.
    pub(super) fn take(&mut self, n: usize) -> &'a [f32] {
        let (taken, rest) = self.0.split_at(n);
        self.0 = rest;
        taken
    }
}
