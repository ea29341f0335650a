//! Encoders as rows of blocks, and the networks that are given their maps.

mod drawing;
mod layout;

use crate::canvas::page::Page;
use crate::error::{Error, Result};
use crate::figure::{Figure, sealed, size_of};
use crate::parts::checks;
use crate::theme::{self, Role};

/// The most networks side by side.
const NETWORKS: usize = 4;

/// The input of an encoder, or what one of its layers makes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stage {
    /// Rows and columns, pixels.
    pub size: usize,
    /// Channels.
    pub channels: usize,
    /// What makes this stage of the one before it, written over the arrow between them. The input
    /// has none.
    pub operation: String,
}

/// An encoder, from its input to what is made of its last stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EncoderRow {
    /// Heading of the row.
    pub label: String,
    /// Index into [`theme::category`], for the mark before the heading.
    pub category: usize,
    /// The input, then a stage for each layer.
    pub stages: Vec<Stage>,
    /// What the networks are given, written below the image and the maps at the end of the row.
    pub given: String,
}

/// A network in a box.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// Name at the top of the box.
    pub name: String,
    /// Decides the colour.
    pub role: Role,
    /// What it consists of, a line for each layer.
    pub lines: Vec<String>,
}

/// A row of blocks for each encoder, and below them the networks that are given its maps.
///
/// The height of a block shows the size of its stage, its width the number of channels (on a
/// logarithmic scale). Below it are size and channels: `88 × 88 × 32`. Dashed lines carry the size
/// of the input along the row.
///
/// ```
/// use mi_plots::theme::Role;
/// use mi_plots::{EncoderRow, Network, NetworkDiagram, Stage, to_svg};
///
/// let stage = |size, channels, operation: &str| Stage { size, channels, operation: operation.into() };
/// let figure = NetworkDiagram {
///     title: "An encoder and a network".into(),
///     subtitle: "toy sizes".into(),
///     exaggeration: Some(4.0),
///     input_label: "input".into(),
///     encoder_label: "encoder".into(),
///     given_label: "given to the networks".into(),
///     rows: vec![EncoderRow {
///         label: "A: smaller".into(),
///         category: 0,
///         stages: vec![stage(96, 1, ""), stage(94, 4, "conv 3 × 3")],
///         given: "image at 94 × 94, and 4 maps".into(),
///     }],
///     networks_label: "networks".into(),
///     networks: vec![Network {
///         name: "local".into(),
///         role: Role::Local,
///         lines: vec!["1 × 1 conv 5 → 1".into()],
///     }],
///     caption: "Differences in height are 4 times too large.".into(),
/// };
/// let svg = to_svg(&figure)?;
/// assert!(svg.contains(">94 × 94 × 4</text>") && svg.contains(">conv 3 × 3</text>"));
/// # Ok::<(), mi_plots::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NetworkDiagram {
    /// What is shown.
    pub title: String,
    /// Where it comes from.
    pub subtitle: String,
    /// How many times as large as they are the differences in size from the largest stage are
    /// drawn. The caption should say it. Without it, heights are to scale.
    pub exaggeration: Option<f64>,
    /// Heading above the inputs.
    pub input_label: String,
    /// Heading above the other stages.
    pub encoder_label: String,
    /// Heading above what the networks are given.
    pub given_label: String,
    /// Encoders from top to bottom.
    pub rows: Vec<EncoderRow>,
    /// Heading above the networks, if there are any.
    pub networks_label: String,
    /// Networks from left to right: at most four; may be empty.
    pub networks: Vec<Network>,
    /// Text at the bottom: how to read the diagram.
    pub caption: String,
}

impl NetworkDiagram {
    fn check(&self) -> Result<()> {
        checks::not_empty(&checks::figure(&self.title), "row", &self.rows)?;
        for row in &self.rows {
            theme::category(row.category)?;
            checks::not_empty(&format!("row \"{}\"", row.label), "stage", &row.stages)?;
            for (i, stage) in row.stages.iter().enumerate() {
                let what = format!("stage {i} of \"{}\"", row.label);
                if stage.size == 0 {
                    return Err(Error::ZeroSize { what, width: 0, height: 0 });
                }
                if stage.channels == 0 {
                    return Err(Error::Empty { what, missing: "channel" });
                }
            }
        }
        if self.networks.len() > NETWORKS {
            let (limit, found) = (NETWORKS, self.networks.len());
            return Err(Error::TooMany { what: "networks".into(), limit, found });
        }
        let factor = self.factor();
        checks::finite("exaggeration", [factor])?;
        let (smallest, largest) = self.sizes();
        let limit = largest / (largest - smallest);
        if factor <= 0.0 || factor >= limit {
            return Err(Error::Exaggeration { exaggeration: factor, limit });
        }
        Ok(())
    }

    fn factor(&self) -> f64 {
        self.exaggeration.unwrap_or(1.0)
    }

    fn stages(&self) -> impl Iterator<Item = &Stage> {
        self.rows.iter().flat_map(|row| &row.stages)
    }

    /// The smallest and the largest size of a stage.
    fn sizes(&self) -> (f64, f64) {
        let sizes = || self.stages().map(|stage| stage.size);
        (sizes().min().unwrap_or(1) as f64, sizes().max().unwrap_or(1) as f64)
    }

    /// The height of a stage as a share of the height of the largest one.
    fn share(&self, size: usize) -> f64 {
        let largest = self.sizes().1;
        1.0 - self.factor() * (largest - size as f64) / largest
    }
}

impl Figure for NetworkDiagram {
    fn size(&self) -> (u32, u32) {
        size_of(self.layout().height)
    }
}

impl sealed::Paint for NetworkDiagram {
    fn page(&self) -> Result<Page> {
        self.check()?;
        self.draw_checked()
    }
}
