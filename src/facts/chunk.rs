//! The part of a source that is read at once, and what readers of its nodes need to know.

use crate::kube::annotation::{self, Annotations};
use crate::settings::{Precision, Settings};
use crate::text::source::{Location, SourceId};
use crate::yaml::Ref;

/// How much is kept of what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// What stamps are made of; nobody asks why they are as they are, so that what holds workloads alone can wait until its
    /// stamps can be written.
    Edits,
    /// What stamps are made of.
    Stamps,
    /// The values of configs too, of which a stamp may take a part.
    Values,
    /// What reports ask too: how workloads roll.
    Rollouts,
    /// All of that, and pod templates.
    All,
}

impl Keep {
    /// Whether reports are made of it.
    pub(crate) fn details(self) -> bool {
        matches!(self, Self::Rollouts | Self::All)
    }

    /// Whether the values of configs are kept.
    pub(super) fn values(self, settings: &Settings) -> bool {
        matches!(self, Self::Values | Self::All) || settings.precision == Precision::Keys
    }
}

/// A chunk of a source. Nodes count their bytes from where it begins.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'s> {
    pub(super) settings: &'s Settings,
    pub(super) keep: Keep,
    pub(super) source: SourceId,
    /// The source only supplies configs: what is said of what is stamped is not said of it.
    pub(super) supply: bool,
    /// Where it begins in the source.
    pub(super) base: usize,
}

impl Chunk<'_> {
    /// Where a node stands.
    pub(super) fn location(&self, node: Ref<'_>) -> Location {
        Location::new(self.source, node.moved(self.base))
    }

    /// Those of some annotations that mean something.
    pub(super) fn annotations(&self, annotations: Option<Ref<'_>>) -> Annotations {
        let Settings { names, annotation, .. } = self.settings;
        annotation::read(annotations, names, annotation, self.source, self.base)
    }

    /// Whether a comparison or explanation asks for more than stamps are made of.
    pub(super) fn keeps_rollouts(&self) -> bool {
        self.keep.details()
    }

    pub(super) fn keeps_values(&self) -> bool {
        self.keep.values(self.settings)
    }
}
