//! The library as the tests, the benches and the fuzzers see it. Only this file and `rules/page.rs` name its types, so that
//! a change of its interface is a change here.

use restamp::command::cli::Cli;
use restamp::kube::reference::Reference;
use restamp::settings::{Layer, Select};
use restamp::text::source::SourceId;
use restamp::{decide, edit, finding, transform};
use std::ffi::OsString;
use std::ops::Range;

pub(crate) use restamp::edit::Edit;
pub(crate) use restamp::settings::Settings;
#[allow(unused_imports, reason = "benches ask for neither")]
pub(crate) use restamp::settings::{Counted, key::Key};
pub(crate) use restamp::testing;
pub(crate) use restamp::text::source::Source;

/// What a run decided, in plain values.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) workloads: Vec<Workload>,
    pub(crate) configs: Vec<Config>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) findings: Vec<Finding>,
    /// What was looked at more than once, in bytes.
    pub(crate) spent: u64,
}

impl Seen {
    pub(crate) fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == "error")
    }

    /// The stamps that are due, in the order of the workloads.
    pub(crate) fn stamps(&self) -> Vec<Option<&str>> {
        self.workloads.iter().map(|w| w.stamp.as_deref()).collect()
    }
}

#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) kind: String,
    pub(crate) name: String,
    /// With the default.
    pub(crate) namespace: String,
    /// Index of its source, and where it begins there.
    pub(crate) source: usize,
    pub(crate) start: usize,
    /// In field path order.
    pub(crate) uses: Vec<Use>,
    /// What lists alone select: index of a config.
    pub(crate) by_annotation: Vec<(usize, Selection)>,
    pub(crate) stamp: Option<String>,
}

/// A reference of a workload.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) place: &'static str,
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) optional: bool,
    pub(crate) counted: bool,
    /// Index into the configs.
    pub(crate) config: Option<usize>,
    pub(crate) missing_keys: Vec<String>,
    pub(crate) selection: Selection,
}

/// Why a config counts, or not.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) selected: bool,
    pub(crate) rule: &'static str,
    /// The annotation that the rule read.
    pub(crate) key: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) kind: &'static str,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Of its content, in hexadecimal.
    pub(crate) digest: String,
    /// The kinds of what holds that content, each with its digest.
    pub(crate) parts: Vec<(&'static str, String)>,
    pub(crate) keys: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) id: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: Option<String>,
    /// So many more there are that were not kept.
    pub(crate) others: usize,
    /// The bytes that it points at.
    pub(crate) at: Option<Range<usize>>,
}

/// Some texts as one set.
pub(crate) fn seen(sources: &[Source], settings: &Settings) -> Seen {
    let outcome = transform(sources, settings);
    let workload = |w: restamp::View<'_>| Workload {
        kind: w.resource().kind,
        name: w.resource().name,
        namespace: w.namespace().to_string(),
        source: w.location().source.0,
        start: w.location().range.start,
        uses: w.uses().map(|(reference, used)| usage(w, reference, used)).collect(),
        by_annotation: w.decision.by_annotation.iter().map(|(config, s)| (config.index(), selection(&s))).collect(),
        stamp: w.decision.stamp.clone(),
    };
    let config = |(id, c): (decide::candidate::ConfigId, &restamp::Config)| Config {
        kind: c.kind.as_str(),
        namespace: c.namespace.to_string(),
        name: c.name.to_string(),
        digest: outcome.digests(id)[0].1.hex(),
        parts: outcome.digests(id).into_iter().map(|(kind, digest)| (kind, digest.hex())).collect(),
        keys: outcome.keys(id).map(|k| k.to_string()).collect(),
    };
    Seen {
        workloads: outcome.workloads().map(workload).collect(),
        configs: outcome.configs().map(config).collect(),
        findings: outcome.findings.iter().map(plain).collect(),
        edits: outcome.edits,
        spent: outcome.spent,
    }
}

fn usage(workload: restamp::View<'_>, reference: &Reference, used: &decide::action::Use) -> Use {
    Use {
        kind: reference.kind.to_string(),
        name: reference.name.to_string(),
        path: reference.path(),
        place: reference.place.as_str(),
        keys: reference.keys.as_ref().map(|keys| keys.iter().map(ToString::to_string).collect()),
        optional: reference.optional,
        counted: used.counted,
        config: used.config.map(|id| id.index()),
        missing_keys: workload.missing_keys(reference, used.config).map(ToString::to_string).collect(),
        selection: selection(&used.selection),
    }
}

fn selection(selection: &decide::select::Selection) -> Selection {
    Selection {
        selected: selection.selected,
        rule: selection.rule.as_str(),
        key: selection.cited.as_ref().map(|c| c.key.to_string()),
    }
}

fn plain(finding: &finding::Finding) -> Finding {
    Finding {
        id: finding.id.as_str(),
        severity: finding.severity.as_str(),
        message: finding.message.clone(),
        remedy: finding.remedy.clone(),
        others: finding.others,
        at: finding.shown().map(|l| l.range),
    }
}

/// Every id that a finding can have.
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    finding::Id::ALL.iter().map(|id| id.as_str())
}

/// Line and column of a byte offset.
pub(crate) fn position(source: &Source, offset: usize) -> (usize, usize) {
    let at = source.position(offset);
    (at.line, at.column)
}

/// An edit of the only source.
pub(crate) fn replacing(range: Range<usize>, text: impl Into<String>) -> Edit {
    Edit { source: SourceId(0), range, text: text.into().into() }
}

/// The only source after its edits.
pub(crate) fn applied(text: &str, edits: &[Edit]) -> Result<String, String> {
    edit::apply(&Source::new("-", text), SourceId(0), edits)
        .map(Iterator::collect)
        .map_err(|_| "edits overlap, or lie outside the text".to_owned())
}

/// The edits that undo some edits.
pub(crate) fn undo(text: &str, edits: &[Edit]) -> Vec<Edit> {
    edit::undo(text, edits)
}

/// Everything is selected.
pub(crate) fn all() -> Settings {
    Settings { select: Select::All, ..Settings::default() }
}

/// The settings of the `spec` of a functionConfig.
pub(crate) fn settings(spec: &str) -> Settings {
    let text = format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {{{spec}}}\n");
    configured([], Some(&text)).unwrap_or_else(|e| panic!("{spec}: {e}"))
}

/// What flags and a configuration mean.
pub(crate) fn configured(flags: impl IntoIterator<Item = OsString>, config: Option<&str>) -> Result<Settings, String> {
    let cli = Cli::parse(std::iter::once("restamp".into()).chain(flags)).map_err(|e| e.to_string())?;
    let mut layers = vec![cli.layer()];
    if let Some(text) = config {
        layers.push(Layer::parse(text).map_err(|e| format!("config.yaml:{e}"))?);
    }
    Ok(Settings::from_layers(&layers))
}
