//! Why a workload is not stamped at all.

use crate::decide::action::Skip;
use crate::facts::workload::Workload;
use crate::kube::annotation;
use crate::kube::kind::Rollout;
use crate::settings::Settings;

/// Why a workload is left alone, and a stamp on it too; `None` if it may be stamped.
pub(super) fn skip(workload: &Workload, settings: &Settings) -> Option<Skip> {
    let own = &workload.object.annotations;
    if !settings.workloads.admits(&workload.object.subject(&settings.namespace)) {
        Some(Skip::Excluded)
    } else if workload.rollout == Rollout::Never {
        Some(Skip::Kind)
    } else if workload.site.is_none() {
        Some(Skip::Elsewhere)
    } else if workload.patch {
        Some(Skip::Patch)
    } else if own.find(annotation::HELM_HOOK).is_some() || own.find(annotation::ARGO_HOOK).is_some() {
        Some(Skip::Hook)
    } else if workload.revision().is_some() {
        Some(Skip::NamedRevision)
    } else if matches!(workload.rollout, Rollout::Immutable | Rollout::Once) && !is_recreated(workload) {
        Some(Skip::Job)
    } else if workload.refused().is_some() {
        Some(Skip::Strategy)
    } else {
        None
    }
}

/// Whether the delivery tool recreates a Job instead of changing it. Flux does so only if the API refuses the change as one
/// of an immutable field.
pub(crate) fn is_recreated(job: &Workload) -> bool {
    let own = &job.object.annotations;
    let options = own.get(annotation::ARGO_SYNC_OPTIONS).into_iter().flat_map(annotation::entries);
    let options: Vec<&str> = options.collect();
    job.generated
        || options.contains(&"Force=true") && options.contains(&"Replace=true")
        || job.rollout == Rollout::Immutable && own.get(annotation::FLUX_FORCE) == Some("enabled")
}
