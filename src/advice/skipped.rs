//! Workloads that ask for a stamp and get none, and why.

use crate::advice::lint::{Lint, at};
use crate::advice::wording;
use crate::decide::action::{Action, Skip};
use crate::decide::candidate::Configs;
use crate::facts::config::Config as ConfigObject;
use crate::facts::object::Object;
use crate::facts::{Facts, Follower};
use crate::finding::{Finding, Findings, Id, Problem, Severity};
use crate::kube::kind::{self, Rollout};
use crate::kube::reference::Reference;
use crate::settings::{PodTemplate, Settings};
use crate::text::source::Location;

/// The lint of an object of a kind that is not stamped.
pub(super) fn stray(
    object: &Object,
    follower: Option<&Follower>,
    configs: &Configs<'_>,
    settings: &Settings,
) -> Option<Finding> {
    let request = object.annotations.request(&settings.names);
    let (group, kind, about) = (object.group().to_owned(), object.kind().clone(), object.about());
    let problem = match (kind::find_row(&group, kind.raw()), kind::meant(&group, kind.raw())) {
        (Some(row), _) => {
            let followed =
                follower.is_some_and(|f| !f.references.is_empty() && unlabelled(f, configs).next().is_none());
            let instead = if followed { "nothing has to be done: remove the annotation" } else { row.instead };
            Problem::KindNotStamped { about, why: row.why.to_owned(), instead }
        }
        (None, meant) => {
            let meant = meant.map(|(row, api)| (row.kind, api));
            Problem::UnknownKind { about, group, kind, asks: request.is_some(), meant }
        }
    };
    let finding = match request {
        Some(request) => at(request, problem),
        None => Finding::new(problem).at_location(object.start()),
    };
    Some(finding.about(object.resource_ref())).filter(|_| is_looked_at(object, settings))
}

/// What an object refers to, and the config that lacks the label by which its operator follows it.
fn unlabelled<'c, 'f>(
    follower: &'c Follower,
    configs: &'c Configs<'f>,
) -> impl Iterator<Item = (&'c Reference, &'f ConfigObject)> {
    let (label, value) = kind::WATCH;
    follower.references.iter().filter_map(move |reference| {
        let target = configs.resolve(&follower.object, reference.kind, reference.name.raw()).config();
        let target = target.map(|id| configs.object(id))?;
        let mut labels = target.object.labels().iter();
        (!labels.any(|(key, text)| key == label && text == value)).then_some((reference, target))
    })
}

/// Configs that an object's operator would follow if they carried its label.
pub(super) fn unwatched(follower: &Follower, configs: &Configs<'_>, settings: &Settings, out: &mut Findings) {
    let object = &follower.object;
    if !is_looked_at(object, settings) {
        return;
    }
    let (label, value) = kind::WATCH;
    let severity = if follower.asks { Id::NotWatched.severity() } else { Severity::Info };
    for (reference, target) in unlabelled(follower, configs) {
        let config = &target.object;
        out.add_severe(Id::NotWatched, severity, || {
            let about = config.about();
            let named = if target.maker().is_some() { format!("what {about} makes") } else { about };
            let problem = Problem::Unwatched { about: object.about(), config: named, label, value };
            Finding::new(problem)
                .severe(severity)
                .at(object.source(), reference.range.clone())
                .with(config.start(), "the config")
                .in_field(reference.path())
                .about(object.resource_ref())
        });
    }
}

/// The lint of an annotated object in which the paths of its kind find no pod template.
pub(super) fn without_template(object: &Object, paths: &str, settings: &Settings) -> Option<Finding> {
    let request = object.annotations.request(&settings.names).filter(|_| is_looked_at(object, settings))?;
    let own = settings.pod_templates.iter().any(|t| t.kind == object.kind().raw() && t.group == object.group());
    let problem = Problem::NoTemplate { about: object.about(), paths: paths.to_owned(), own };
    Some(at(request, problem).about(object.resource_ref()))
}

fn is_looked_at(object: &Object, settings: &Settings) -> bool {
    settings.workloads.admits(&object.subject(&settings.namespace))
}

/// Rows of the user's own that find no pod template in any object, where no annotated one says so already. Of whose kind
/// there is no object at all may be meant for another set: said for completeness.
pub(super) fn useless_rows(facts: &Facts, settings: &Settings) -> Vec<Finding> {
    let told = |kind: &str| facts.without_template.iter().any(|(o, _)| o.kind().raw() == kind);
    let rows = settings.pod_templates.iter().enumerate();
    let useless = rows.filter(|(i, row)| facts.rows.get(i) != Some(&true) && !told(&row.kind));
    let finding = |(i, row): (usize, &PodTemplate)| {
        let foreign = facts.foreign.get(&i).filter(|_| !facts.rows.contains_key(&i)).cloned();
        let is_there = foreign.is_some() || facts.rows.contains_key(&i);
        let finding = Finding::new(Problem::UselessRow { kind: row.kind.clone(), path: row.shown_path(), foreign });
        if is_there { finding } else { finding.severe(Severity::Info) }
    };
    useless.map(finding).collect()
}

impl Lint<'_, '_> {
    /// The object that a workloadRef names is not there.
    pub(super) fn workload_ref(&self, out: &mut Findings) {
        let workload = self.decided.workload;
        let Some(target) = workload.workload_ref() else { return };
        if self.decider.target(workload, target).is_none() {
            let problem = Problem::NoWorkloadRef { target: format!("{}/{}", target.kind, target.name) };
            out.push(Finding::new(problem).at(workload.object.source(), target.range.clone()));
        }
    }

    /// Why a workload that asks for a stamp gets none.
    pub(super) fn skipped(&self, out: &mut Findings) {
        let Action::Skip(why) = self.decided.decision.action else { return };
        let (workload, names) = (self.decided.workload, &self.settings().names);
        let object = &workload.object;
        let request = object.annotations.request(names).or_else(|| workload.template.request(names));
        let asked = self.decided.decision.selected || request.is_some();
        if !asked && why != Skip::Patch {
            return;
        }
        let about = workload.about();
        let problem = match why {
            Skip::Excluded | Skip::Elsewhere => return,
            Skip::Kind if request.is_none() => return,
            Skip::Kind => {
                let instead = workload.row.map_or("", |row| row.instead);
                Problem::KindNotStamped { about, why: wording::skip(why, workload), instead }
            }
            Skip::Strategy => {
                let instead = workload.refused().map_or("", |only| only.instead);
                Problem::KindNotStamped { about, why: wording::skip(why, workload), instead }
            }
            Skip::Patch => Problem::Patch { about, own: workload.row.is_none() },
            Skip::Hook => Problem::Hook { about },
            Skip::Job => {
                let (kind, once) = (object.kind().clone(), workload.rollout == Rollout::Once);
                Problem::Job { about, kind, once }
            }
            Skip::NamedRevision => Problem::NamedRevision { about },
        };
        let place = match (workload.revision(), request) {
            (Some(range), _) if why == Skip::NamedRevision => Location::new(object.source(), range.clone()),
            (_, Some(request)) => request.location.clone(),
            (_, None) => object.start(),
        };
        let mut finding = Finding::new(problem).at_location(place);
        // Nobody asked for this one in particular.
        if request.is_none() {
            finding.severity = Severity::Info;
        }
        out.push(finding);
    }
}
