//! stub
use crate::finding::*;
use crate::source::*;
use crate::stamp::Verdict;
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) inserted: usize,
    pub(crate) replaced: usize,
    pub(crate) unchanged: usize,
    pub(crate) removed: usize,
    pub(crate) kept: usize,
    pub(crate) written: Option<usize>,
    pub(crate) skipped_trees: usize,
    pub(crate) check: bool,
}
impl Summary {
    pub(crate) fn for_check(self) -> Self {
        Self {
            check: true,
            ..self
        }
    }
}
pub(crate) struct ReportSet<'r> {
    pub(crate) sources: &'r [Source],
    pub(crate) findings: Vec<&'r Finding>,
    pub(crate) opaque: &'r [Location],
    pub(crate) verdicts: &'r [Verdict],
}
pub(crate) struct Report<'r> {
    pub(crate) sets: Vec<ReportSet<'r>>,
    pub(crate) summary: Summary,
}
pub(crate) struct Look {
    pub(crate) color: bool,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    pub(crate) width: usize,
}
pub(crate) fn text(r: &Report<'_>, _l: &Look) -> String {
    let mut out = String::new();
    for s in &r.sets {
        for f in &s.findings {
            let at =
                f.location
                    .as_ref()
                    .map(|l| {
                        let src = &s.sources[l.source];
                        let p = src.position(l.range.start);
                        format!("{}:{}:{}", src.name, p.line, p.column)
                    })
                    .or(f.place.as_ref().map(|(n, p)| {
                        p.map_or(n.clone(), |p| format!("{n}:{}:{}", p.line, p.column))
                    }))
                    .unwrap_or("restamp".into());
            out += &format!(
                "{at}: {}: {} [{}]\n",
                f.severity.as_str(),
                f.message,
                f.id.as_str()
            );
            if let Some(h) = &f.remedy {
                out += &format!("  = help: {h}\n");
            }
        }
    }
    out += &format!("{:?}\n", r.summary);
    out
}
pub(crate) fn json(_: &Report<'_>) -> String {
    String::new()
}
pub(crate) fn sarif(_: &Report<'_>) -> String {
    String::new()
}
pub(crate) fn github(_: &Report<'_>) -> String {
    String::new()
}
pub(crate) fn junit(_: &Report<'_>) -> String {
    String::new()
}
