//! The filter: standard input → standard output, manifests or the ResourceList of a KRM function.

use crate::command::cli::Cli;
use crate::command::transformed::{Transformed, edited, settings_finding};
use crate::command::{Run, Status};
use crate::edit::Edit;
use crate::facts::Keep;
use crate::finding::{Finding, Severity};
use crate::input::resource_list::{self, ResourceList};
use crate::settings::{Layer, Settings};
use crate::text::source::SourceId;
use clap::CommandFactory as _;

/// The one source of the filter.
const STREAM: SourceId = SourceId(0);

impl Run<'_, '_> {
    pub(super) fn filter(&mut self) -> anyhow::Result<Status> {
        if self.io.stdin_is_terminal {
            write!(self.io.stderr, "{}", Cli::command().render_help())?;
            return Ok(Status::Error);
        }
        let [mut sets] = self.read([&["-".into()]]);
        let set = sets.pop().unwrap_or_default();
        let list =
            set.sources.first().filter(|source| !source.supply).and_then(|source| resource_list::find(&source.text));
        let layers = self.layers()?.and_then(|layers| self.list_layers(list.as_ref(), layers));
        let mut done = match layers {
            Ok(layers) => Transformed::new(set, &Settings::from_layers(&layers), Keep::Stamps),
            Err(finding) => Transformed::refused(set, *finding),
        };
        self.require_objects(std::slice::from_mut(&mut done), Severity::Warning);
        self.answer(&mut done, list.as_ref())?;
        Ok(self.say(&[done], None))
    }

    /// Adds the settings of the functionConfig in a list.
    fn list_layers(&self, list: Option<&ResourceList>, mut layers: Vec<Layer>) -> Result<Vec<Layer>, Box<Finding>> {
        match list.and_then(|l| l.function_config.clone()) {
            None => {}
            Some(Ok(layer)) => layers.push(layer),
            // With --config the list may carry another tool's configuration.
            Some(Err(error)) if error.foreign && self.cli.settings.config.is_some() => {}
            Some(Err(error)) => {
                let at = error.offset;
                return Err(Box::new(settings_finding(error).at(STREAM, at..at)));
            }
        }
        Ok(layers)
    }

    /// Prints the stream: with an error a list alone, and only its results are new.
    fn answer(&mut self, done: &mut Transformed, list: Option<&ResourceList>) -> anyhow::Result<()> {
        let failed = self.status(std::slice::from_ref(done)) == Status::Error;
        let Some(source) = done.set.sources.first().filter(|_| !failed || list.is_some()) else {
            return Ok(());
        };
        let outcome = &mut done.outcome;
        let mut edits: Vec<Edit> = if failed { Vec::new() } else { std::mem::take(&mut outcome.edits) };
        if let Some(list) = list {
            let added = resource_list::add_results(list, source, &mut edits, &outcome.findings, &outcome.annotation);
            outcome.findings.extend(added.err().map(|finding| *finding));
        }
        self.print(edited(source, STREAM, &edits)?)?;
        Ok(())
    }
}
