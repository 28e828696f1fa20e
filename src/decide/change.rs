//! A decision → the edit that it asks for, or what forbids it.

use crate::decide::action::Decision;
use crate::decide::go_regex::Regex;
use crate::edit::{Edit, Obstacle};
use crate::facts::sops::Sops;
use crate::facts::workload::Workload;
use crate::finding::{Finding, Problem};
use crate::text::budget::Budget;

/// The edit of a decision; `None` if nothing changes. An error says where the text cannot be edited faithfully.
pub(crate) fn edit(workload: &Workload, decision: &Decision, annotation: &str) -> Result<Option<Edit>, Box<Finding>> {
    if !decision.action.is_change() {
        return Ok(None);
    }
    let source = workload.object.source();
    let refuse =
        |problem, range| Box::new(Finding::new(problem).at(source, range).about(workload.object.resource_ref()));
    if let Some(sops) = workload.sops().filter(|sops| breaks_mac(sops, &workload.template_path, annotation)) {
        return Err(refuse(Problem::SopsMac {}, sops.range.clone()));
    }
    let blocked = |obstacle: &Obstacle| {
        refuse(Problem::CannotEdit { why: obstacle.why, way_out: obstacle.way_out() }, obstacle.range.clone())
    };
    let Some(site) = &workload.site else { return Ok(None) };
    let site = site.as_ref().map_err(blocked)?;
    Ok(match (&decision.stamp, &site.remove) {
        (Some(stamp), _) => Some(site.set.stamp(source, stamp)),
        (None, Some(removal)) => Some((**removal).as_ref().map_err(blocked)?.edit(source, "")),
        (None, None) => None,
    })
}

/// Whether a stamp breaks the MAC of its document: one over all values always, one over encrypted values if SOPS would take
/// the stamp for such a one (`shouldBeEncrypted` of its `sops.go`). What cannot be told does.
fn breaks_mac(sops: &Sops, template_path: &str, annotation: &str) -> bool {
    let Some(rules) = &sops.encrypted else { return true };
    let way = template_path.split('.').map(|part| part.split('[').next().unwrap_or_default());
    let keys: Vec<&str> = way.chain(["metadata", "annotations", annotation]).collect();
    let ends = |suffix: &str| keys.iter().any(|key| key.ends_with(suffix));
    // `None` is a regular expression that Go refuses.
    let matches = |regex: &str| {
        Some(Regex::anywhere(regex).ok()?).map(|found| {
            // An expression is as long as a part of the document; of keys there are few.
            let budget = Budget::new(regex.len());
            keys.iter().any(|key| found.is_match(key, &budget))
        })
    };
    let mut encrypted = rules.unencrypted_suffix.is_empty() || !ends(&rules.unencrypted_suffix);
    if !rules.encrypted_suffix.is_empty() {
        encrypted = ends(&rules.encrypted_suffix);
    }
    if !rules.unencrypted_regex.is_empty() {
        encrypted &= matches(&rules.unencrypted_regex) != Some(true);
    }
    if !rules.encrypted_regex.is_empty() {
        encrypted = matches(&rules.encrypted_regex) != Some(false);
    }
    encrypted
}
