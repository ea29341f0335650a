//! Nearest neighbours of points in the plane, by the maximum norm.
//!
//! A balanced tree of boxes (Bentley 1975). The points of a node are halved at the median of the
//! wider side of their bounding box, even if many of them are equal. Building takes O(N log N). A
//! search visits few leaves, unless very many points are at the same distance.

/// A leaf has at most this many points, and at least half as many if the tree has as many.
const LEAF: usize = 8;

/// The smallest box around some points.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    low: [f64; 2],
    high: [f64; 2],
}

impl Bounds {
    const NOTHING: Self = Self { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2] };

    fn of(points: &[[f64; 2]]) -> Self {
        let mut bounds = Self::NOTHING;
        for &[x, y] in points {
            bounds.low = [bounds.low[0].min(x), bounds.low[1].min(y)];
            bounds.high = [bounds.high[0].max(x), bounds.high[1].max(y)];
        }
        bounds
    }

    /// A lower bound of the distances of the points inside: differences are rounded like those of
    /// points.
    #[inline(always)]
    fn distance(&self, from: [f64; 2], scale: [f64; 2]) -> f64 {
        let along = |axis: usize| {
            (self.low[axis] - from[axis]).max(from[axis] - self.high[axis]) * scale[axis]
        };
        along(0).max(along(1))
    }
}

/// Points of the plane with a scale for each axis.
#[derive(Debug)]
pub(crate) struct KdTree {
    scale: [f64; 2],
    /// In the order of the leaves.
    points: Vec<[f64; 2]>,
    /// The root is at 1, the halves of node `i` are at `2i` and `2i + 1`.
    bounds: Vec<Bounds>,
    /// Levels between the root and a leaf.
    depth: u32,
}

impl KdTree {
    /// A tree in which the distance of two points is the larger `|difference| * scale` of
    /// the two axes.
    pub(crate) fn new(points: Vec<[f64; 2]>, scale: [f64; 2]) -> Self {
        let depth = points.len().div_ceil(LEAF).next_power_of_two().ilog2();
        let bounds = vec![Bounds::NOTHING; 2 << depth];
        let mut tree = Self { scale, points, bounds, depth };
        let mut points = std::mem::take(&mut tree.points);
        tree.halve(&mut points, 1, depth);
        tree.points = points;
        tree
    }

    fn halve(&mut self, points: &mut [[f64; 2]], node: usize, levels: u32) {
        let bounds = Bounds::of(points);
        self.bounds[node] = bounds;
        if levels == 0 {
            return;
        }
        let width = |axis: usize| (bounds.high[axis] - bounds.low[axis]) * self.scale[axis];
        let axis = usize::from(width(1) > width(0));
        let half = points.len() / 2;
        points.select_nth_unstable_by(half, |a, b| a[axis].total_cmp(&b[axis]));
        let (low, high) = points.split_at_mut(half);
        self.halve(low, 2 * node, levels - 1);
        self.halve(high, 2 * node + 1, levels - 1);
    }

    /// The points, in an order in which neighbours are near each other.
    pub(crate) fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// Finds the nearest neighbours of the point at `position`, without itself: as many as
    /// `nearest` has room for, which must exist. Of several neighbours at the same distance any may
    /// be the last.
    #[inline]
    pub(crate) fn search(&self, position: usize, nearest: &mut Nearest) {
        nearest.found.fill(Neighbour::NONE);
        let search = Search { tree: self, position, from: self.points[position] };
        search.visit(nearest, 1, self.depth, 0, self.points.len());
    }
}

struct Search<'a> {
    tree: &'a KdTree,
    position: usize,
    from: [f64; 2],
}

impl Search<'_> {
    /// Visits the points `from..to`, which are those of `node`.
    fn visit(&self, nearest: &mut Nearest, node: usize, levels: u32, from: usize, to: usize) {
        if levels == 0 {
            #[cfg(test)]
            {
                nearest.leaves += 1;
            }
            for (position, point) in (from..to).zip(&self.tree.points[from..to]) {
                if position != self.position {
                    nearest.offer(self.apart(point));
                }
            }
            return;
        }
        let half = from + (to - from) / 2;
        let bound = |node: usize| self.tree.bounds[node].distance(self.from, self.tree.scale);
        let low = (bound(2 * node), 2 * node, from, half);
        let high = (bound(2 * node + 1), 2 * node + 1, half, to);
        let order = if high.0 < low.0 { [high, low] } else { [low, high] };
        for (bound, node, from, to) in order {
            if bound < nearest.radius() {
                self.visit(nearest, node, levels - 1, from, to);
            }
        }
    }

    #[inline(always)]
    fn apart(&self, point: &[f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| (point[axis] - self.from[axis]).abs() * self.tree.scale[axis])
    }
}

#[derive(Debug, Clone, Copy)]
struct Neighbour {
    distance: f64,
    apart: [f64; 2],
}

impl Neighbour {
    const NONE: Self = Self { distance: f64::INFINITY, apart: [f64::INFINITY; 2] };
}

/// The nearest neighbours found so far, nearest first.
#[derive(Debug)]
pub(crate) struct Nearest {
    found: Vec<Neighbour>,
    /// Leaves visited in all searches.
    #[cfg(test)]
    leaves: usize,
}

impl Nearest {
    /// Room for `k` neighbours; at least 1.
    pub(crate) fn new(k: usize) -> Self {
        Self {
            found: vec![Neighbour::NONE; k],
            #[cfg(test)]
            leaves: 0,
        }
    }

    /// The distance of the farthest neighbour.
    #[inline(always)]
    pub(crate) fn radius(&self) -> f64 {
        self.found[self.found.len() - 1].distance
    }

    /// The largest distance along each axis.
    pub(crate) fn extent(&self) -> [f64; 2] {
        self.found.iter().fold([0.0, 0.0], |[x, y], n| [n.apart[0].max(x), n.apart[1].max(y)])
    }

    #[inline(always)]
    fn offer(&mut self, apart: [f64; 2]) {
        let distance = apart[0].max(apart[1]);
        if distance >= self.radius() {
            return;
        }
        let mut at = self.found.len() - 1;
        while at > 0 && self.found[at - 1].distance > distance {
            self.found[at] = self.found[at - 1];
            at -= 1;
        }
        self.found[at] = Neighbour { distance, apart };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn neighbours_are_those_of_a_plain_search(
            (points, k, y_scale) in (
                // Whole numbers, most of them repeated, and others.
                prop::collection::vec(
                    prop_oneof![(0..5_i8, 0..5_i8).prop_map(|(x, y)| [f64::from(x), f64::from(y)]),
                        (-9.0..9.0_f64, -9.0..9.0_f64).prop_map(|(x, y)| [x, y])], 2..150),
                1..12_usize,
                prop_oneof![Just(1.0), 0.01..100.0_f64],
            ),
        ) {
            let k = k.min(points.len() - 1);
            let tree = KdTree::new(points, [1.0, y_scale]);
            let mut nearest = Nearest::new(k);
            for (position, from) in tree.points().iter().enumerate() {
                tree.search(position, &mut nearest);
                let mut distances: Vec<f64> = tree
                    .points()
                    .iter()
                    .map(|p| (p[0] - from[0]).abs().max((p[1] - from[1]).abs() * y_scale))
                    .collect();
                distances.remove(position);
                distances.sort_by(f64::total_cmp);
                let found: Vec<f64> = nearest.found.iter().map(|n| n.distance).collect();
                prop_assert_eq!(&found, &distances[..k]);
                let [x, y] = nearest.extent();
                prop_assert_eq!(x.max(y), nearest.radius());
            }
        }
    }

    #[test]
    fn a_search_among_equal_points_visits_one_leaf() {
        let tree = KdTree::new(vec![[0.5, -1.0]; 5000], [1.0, 1.0]);
        let mut nearest = Nearest::new(3);
        tree.search(4321, &mut nearest);
        assert_eq!((nearest.radius(), nearest.leaves), (0.0, 1));
    }
}
