//! The settings of a run: flags, then `--config` or the settings file of the folder, then the functionConfig in a list.
//!
//! Takes what was typed and the sets that were read, gives the settings or the finding about why they cannot be used.
//! Looks for a settings file for commands over files alone: a filter or function reads its input and nothing else.

use crate::command::Run;
use crate::command::cli::Command;
use crate::finding::{Finding, Problem};
use crate::input::Set;
use crate::input::read::{is_device, is_stdin, not_utf8};
use crate::input::resource_list::{self, ResourceList};
use crate::input::walk::FILE_NAMES;
use crate::settings::{self, Layer, Settings, SettingsError};
use crate::text::clean::clean;
use crate::text::lines::position;
use crate::text::source::SourceId;
use std::iter;
use std::path::{Path, PathBuf};

impl Run<'_, '_> {
    /// The settings for some sets, of whose only source `list` is all. The finding about its functionConfig points there.
    pub(super) fn settings(&mut self, sets: &[&Set], list: Option<&ResourceList>) -> Result<Settings, Box<Finding>> {
        let looks = self.cli.settings.config.is_none() && !self.cli.settings.no_config;
        let found = if looks { file() } else { None };
        let asks = self.reads_file() && list.is_none() && !sets.iter().any(|set| holds_list(set));
        let layers = self.layers(found.as_ref().filter(|_| asks))?;
        match found {
            Some(path) if !asks => {
                let why = "a filter or function takes settings from flags, --config or its functionConfig";
                self.note(&format!("{} is not read: {why}", path.display()), false);
            }
            Some(path) => self.note(&format!("settings of {}", path.display()), true),
            None if looks && asks => self.note_misnamed(),
            None => {}
        }
        self.with_list(layers, list)
    }

    /// The same of a filter, said nothing of.
    pub(super) fn settings_with(&self, list: Option<&ResourceList>) -> Result<Settings, Box<Finding>> {
        self.with_list(self.layers(None)?, list)
    }

    /// What flags say, and a file: that of `--config`, or this one.
    fn layers(&self, file: Option<&PathBuf>) -> Result<Vec<Layer>, Box<Finding>> {
        let file = self.cli.settings.config.as_ref().or(file).map(|path| read(path)).transpose()?;
        Ok(iter::once(self.cli.layer()).chain(file).collect())
    }

    fn with_list(&self, mut layers: Vec<Layer>, list: Option<&ResourceList>) -> Result<Settings, Box<Finding>> {
        layers.extend(of_list(list, self.cli.settings.config.is_some())?);
        let fast_path = !self.cli.input.no_fast_path;
        self.with_key(Settings { fast_path, ..Settings::from_layers(&layers) })
    }

    /// Whether the command is one over files, and not a stage of a pipe.
    pub(super) fn reads_file(&self) -> bool {
        let paths = self.cli.command.as_ref().map(Command::paths).unwrap_or_default();
        match paths[..] {
            [] => false,
            [only] => !is_stdin(only),
            _ => true,
        }
    }

    /// Says of a file that it may be meant as the settings file, which is not there.
    fn note_misnamed(&mut self) {
        // Beside these it is a transformer or function.
        let own = |up: &str| !FILE_NAMES.iter().chain(&["Kptfile"]).any(|name| Path::new(up).join(name).exists());
        let names = |up: &String| {
            let visible = ["restamp.yaml", "restamp.yml"].into_iter().filter(|_| own(up));
            let all = [".restamp.yml"].into_iter().chain(visible);
            all.map(|name| PathBuf::from(format!("{up}{name}"))).find(|path| path.is_file())
        };
        if let Some(path) = folders().find_map(|up| names(&up)) {
            let way_out = format!("rename it to {}, or give it with --config", settings::FILE);
            self.note(&format!("{} is not read: {way_out}", path.display()), false);
        }
    }

    /// Says something about the run itself, if nobody reads a report there.
    fn note(&mut self, text: &str, verbose: bool) {
        let output = &self.cli.output;
        if !output.quiet && (output.verbose || !verbose) && output.format == "text" {
            // Nobody is left to tell if stderr is closed.
            let _ = writeln!(self.io.stderr, "restamp: note: {}", clean(text));
        }
    }
}

/// The settings file that is in force in the working directory: the nearest up to the root of the repository.
pub(super) fn file() -> Option<PathBuf> {
    folders().map(|up| PathBuf::from(up + settings::FILE)).find(|path| path.is_file())
}

/// The ways to the working directory and to those above it, up to the root of the repository.
fn folders() -> impl Iterator<Item = String> {
    let is_root = |folder: &Path| folder.join(".git").exists();
    let above = std::env::current_dir().ok().map(|here| here.ancestors().position(is_root).unwrap_or(0));
    above.into_iter().flat_map(|above| (0..=above).map(|up| "../".repeat(up)))
}

fn read(path: &Path) -> Result<Layer, Box<Finding>> {
    let name = path.display().to_string();
    let unreadable = |why: String| {
        let problem = Problem::Settings { message: format!("cannot be read: {why}"), remedy: None };
        Finding::new(problem).in_input(name.clone(), None)
    };
    if is_device(path) {
        return Err(Box::new(unreadable("it is a device".to_owned())));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = str::from_utf8(&bytes).map_err(|error| not_utf8(&name, &bytes, error.valid_up_to()))?;
    of_text(name, text)
}

/// What the text of a settings file says.
pub(super) fn of_text(name: String, text: &str) -> Result<Layer, Box<Finding>> {
    Layer::parse(text).map_err(|error| {
        let at = position(text.as_bytes(), error.offset);
        Box::new(finding(error).in_input(name, Some(at)))
    })
}

/// What the functionConfig of the list says that is all of the input; `given` is whether a settings file was named.
pub(super) fn of_list(list: Option<&ResourceList>, given: bool) -> Result<Option<Layer>, Box<Finding>> {
    match list.and_then(|list| list.function_config.clone()) {
        None => Ok(None),
        Some(Ok(layer)) => Ok(Some(layer)),
        // With --config the list may carry another tool's configuration.
        Some(Err(error)) if error.foreign && given => Ok(None),
        Some(Err(error)) => {
            let at = error.offset;
            Err(Box::new(finding(error).at(SourceId(0), at..at)))
        }
    }
}

/// The finding about settings that cannot be used, without its place.
fn finding(error: SettingsError) -> Finding {
    Finding::new(Problem::Settings { message: error.message, remedy: error.remedy })
}

/// The ResourceList that is all of the input, perhaps read in parts.
pub(super) fn only_list(sets: &[&Set], in_parts: bool) -> Option<ResourceList> {
    let mut own = sets.iter().flat_map(|set| &set.sources).filter(|source| !source.supply);
    let only = own.next().filter(|_| own.next().is_none())?;
    resource_list::find(&only.text, in_parts)
}

fn holds_list(set: &Set) -> bool {
    set.sources.iter().any(|source| !source.supply && resource_list::find(&source.text, false).is_some())
}
