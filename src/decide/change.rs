//! A decision → the edit that it asks for, or what forbids it.

use crate::decide::action::Decision;
use crate::edit::{Edit, Obstacle, quote};
use crate::facts::workload::Workload;
use crate::finding::{Finding, Problem};

/// The edit of a decision; `None` if nothing changes. An error says where the text cannot be edited faithfully.
pub(crate) fn edit(workload: &Workload, decision: &Decision) -> Result<Option<Edit>, Box<Finding>> {
    if !decision.action.is_change() {
        return Ok(None);
    }
    let source = workload.object.source();
    let refuse =
        |problem, range| Box::new(Finding::new(problem).at(source, range).about(workload.object.resource_ref()));
    if let Some(range) = &workload.sops {
        return Err(refuse(Problem::SopsMac {}, range.clone()));
    }
    let blocked = |obstacle: &Obstacle| {
        refuse(Problem::CannotEdit { why: obstacle.why, way_out: obstacle.way_out() }, obstacle.range.clone())
    };
    let Some(site) = &workload.site else { return Ok(None) };
    let site = site.as_ref().map_err(blocked)?;
    let (splice, value) = match (&decision.stamp, &site.remove) {
        (Some(stamp), _) => (&site.set, quote(stamp)),
        (None, Some(removal)) => (removal.as_ref().map_err(blocked)?, String::new()),
        (None, None) => return Ok(None),
    };
    Ok(Some(splice.edit(source, &value)))
}
