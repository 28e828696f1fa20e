//! The command line: argv → [`Cli`].
//!
//! Takes arguments, gives what was typed, each word checked for its syntax. No logic and no I/O: what the flags mean is
//! decided in `settings` and by each command. The doc comments are the help text.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, StyledStr, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Args, ColorChoice, FromArgMatches as _, Parser, Subcommand};
use glob::Pattern;

use crate::command::help;
use crate::input::read::is_stdin;
use crate::input::walk;
use crate::kube::reference::{Place, Places};
use crate::output::{self, explain, kinds};
use crate::settings::selector::{self, Selector};
use crate::settings::{self, Counted, Effect, FilterLayer, Layer, Missing, Precision, Select};

const ABOUT: &str =
    "Stamps a hash of the ConfigMaps and Secrets that a workload uses into its pod template, before apply";

const LONG_ABOUT: &str = "\
Stamps a hash of the ConfigMaps and Secrets that a workload uses into its pod template, before apply.

A changed config changes the hash, the hash changes the pod template, and a changed pod template rolls the workload. \
Every byte outside the stamp stays as it was.

Without a command restamp is a filter: manifests on stdin, stamped manifests on stdout. YAML, JSON and the ResourceList \
of a KRM function are told apart by content. A config is a ConfigMap or a Secret.";

const AFTER_HELP: &str = "\
Examples:
  kustomize build overlay | restamp | kubectl apply -f -
  helm upgrade web ./chart --post-renderer restamp
  kpt fn eval DIR --exec restamp -- select=all
  restamp stamp -w rendered/          write the stamps into the files
  restamp check rendered/             in CI: are all stamps current?
  restamp explain rendered/ --workload Deployment/web
  restamp plan old/ new/ --format markdown
  KUBECTL_EXTERNAL_DIFF='restamp plan --as-written --exit-code' kubectl diff -f rendered/

Exit status:
  0  done, or everything is up to date
  1  check: a stamp is missing, stale or left over, or a policy fails;
     plan: something rolls (--exit-code), or more than the settings allow
  2  an error, or input that cannot be read; nothing is written, or it is said which files are";

/// What was typed.
#[derive(Debug, Parser)]
#[command(name = "restamp", version, about = ABOUT, long_about = LONG_ABOUT, after_help = AFTER_HELP)]
#[command(subcommand_value_name = "COMMAND")]
pub struct Cli {
    #[command(flatten)]
    pub settings: SettingsFlags,

    #[command(flatten)]
    pub input: InputFlags,

    #[command(flatten)]
    pub output: OutputFlags,

    /// None is the filter.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that set what the functionConfig sets too; they win over it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsFlags {
    /// Read settings from FILE: a functionConfig, or a kustomize transformer file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Leave out the settings of .restamp.yaml, which commands over files find in this folder or above
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,

    /// Which workloads are selected: those that carry an annotation, or all that do not opt out [default: annotated]
    #[arg(long, global = true, value_name = "WHICH", value_parser = words::<Select>(Select::WORDS))]
    pub select: Option<Select>,

    /// Key of the pod template annotation that holds the stamp [default: restamp.dev/config-hash]
    #[arg(long, global = true, value_name = "KEY", value_parser = settings::parse_stamp_key)]
    pub annotation: Option<String>,

    /// What of a config counts: the whole object, or the keys that the pod can see [default: object]
    #[arg(long, global = true, value_name = "WHAT", value_parser = words::<Precision>(Precision::WORDS))]
    pub precision: Option<Precision>,

    /// Which references count: any, or those whose change a running container would not see [default: any]
    #[arg(long, global = true, value_name = "WHICH", value_parser = words::<Effect>(Effect::WORDS))]
    pub effect: Option<Effect>,

    /// Which places of a pod template count, as a comma list [default: all but imagePullSecrets]
    #[arg(long, global = true, value_name = "LIST", value_delimiter = ',', value_parser = words::<Place>(Place::WORDS))]
    pub places: Option<Vec<Place>>,

    /// What a required config that is not in the set means [default: warn]
    #[arg(long, global = true, value_name = "LEVEL", value_parser = words::<Missing>(Missing::WORDS))]
    pub missing: Option<Missing>,

    /// Configs that live elsewhere and are never reported as missing; repeatable, or a comma list
    #[arg(long, global = true, value_name = "GLOB", value_delimiter = ',', value_parser = selector::parse_name)]
    pub external: Option<Vec<Pattern>>,

    /// Nothing selected is an error
    #[arg(long, global = true)]
    pub require_selected: bool,

    /// Leave these workloads alone, in place of `workloads.exclude` of the functionConfig; repeatable
    #[arg(long, global = true, value_name = "KIND[/NAME-GLOB]", value_parser = Selector::from_word)]
    pub exclude_workload: Option<Vec<Selector>>,

    /// Do not count these configs, in place of `configs.exclude` of the functionConfig; repeatable
    #[arg(long, global = true, value_name = "KIND[/NAME-GLOB]", value_parser = Selector::from_word)]
    pub exclude_config: Option<Vec<Selector>>,

    /// Whether what makes Secrets (SealedSecret, ExternalSecret, SOPS) counts as their content [default: count]
    #[arg(long, global = true, value_name = "WHETHER", value_parser = words::<Counted>(Counted::WORDS))]
    pub producers: Option<Counted>,

    /// Key the digests of Secrets with what FILE holds; one line break at its end is cut
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "key_env")]
    pub key_file: Option<PathBuf>,

    /// Key the digests of Secrets with what the environment variable NAME holds
    // Any text is taken here, since clap repeats what it refuses.
    #[arg(long, global = true, value_name = "NAME")]
    pub key_env: Option<String>,

    /// Namespace of objects that name none, as `kubectl -n` [default: default]
    #[arg(short, long, global = true, value_name = "NS", value_parser = settings::parse_namespace)]
    pub namespace: Option<String>,
}

/// Flags about what is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct InputFlags {
    /// Manifests that only supply configs and are never written; repeatable
    #[arg(long, global = true, value_name = "PATH")]
    pub config_from: Vec<PathBuf>,

    /// In a folder read only files that match; repeatable
    #[arg(long, global = true, value_name = "GLOB", value_parser = walk::parse_glob)]
    pub include: Vec<Pattern>,

    /// In a folder skip files that match; repeatable
    #[arg(long, global = true, value_name = "GLOB", value_parser = walk::parse_glob)]
    pub exclude: Vec<Pattern>,

    /// In a folder follow links that lead out of it, and links to folders
    #[arg(long, global = true)]
    pub follow_links: bool,

    /// Do not mind an input without a Kubernetes object
    #[arg(long, global = true)]
    pub allow_empty: bool,

    /// Read everything by the general parser and compare edited texts node by node: the same results, later
    #[arg(long, global = true, hide = true)]
    pub no_fast_path: bool,
}

/// Flags about what is said.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputFlags {
    // Which command can write which is checked when it runs.
    #[arg(long, global = true, help = "Shape of findings and reports", default_value = "text")]
    #[arg(value_parser = PossibleValuesParser::new(output::all_words()))]
    pub format: String,

    /// Say nothing but errors, and how many warnings there are
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more: infos, all findings of a kind, each place of a missing config, the details of `explain`
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Write the findings to FILE too, as JSON; a filter or function does so by RESTAMP_FINDINGS
    #[arg(long, global = true, value_name = "FILE")]
    pub findings: Option<PathBuf>,

    /// When to colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorChoice,
}

/// What to do; none is the filter.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the stamped manifests, or write them with -w
    Stamp {
        #[command(flatten)]
        paths: Paths,

        /// Write the files in place instead of printing them
        #[arg(short, long)]
        write: bool,
    },

    /// Exit 1 if a stamp is missing, stale or left over
    Check {
        #[command(flatten)]
        paths: Paths,

        /// Show what `stamp -w` would change
        #[arg(long)]
        diff: bool,

        /// Only whether all configs and keys are there that workloads refer to, selected or not
        #[arg(long, conflicts_with = "diff")]
        references: bool,

        /// Warnings fail too
        #[arg(long)]
        strict: bool,
    },

    /// Show, for each workload, its references, which count and why, and its stamp
    Explain {
        /// Files, folders, globs of them, or - for stdin; all files are one set, each folder is its own
        #[arg(required_unless_present = "kinds", value_name = "PATH")]
        paths: Vec<PathBuf>,

        /// Print the table of kinds: where stamps go, what a change does, and how that is known
        #[arg(long, help_heading = "Output", conflicts_with_all = ["paths", "workload", "why"])]
        kinds: bool,

        /// Only these workloads
        #[arg(long, value_name = "KIND/NAME", value_parser = object)]
        workload: Option<String>,

        /// Why, or why not, this config counts for each workload
        #[arg(long, value_name = "CONFIG")]
        why: Option<String>,
    },

    /// Show which workloads roll between two renderings, and which configs and keys cause it
    Plan {
        /// The rendering that is applied now
        old: PathBuf,

        /// The rendering that comes next
        new: PathBuf,

        /// Take the stamps of both sides as they are written, in place of those that NEW gets when it is stamped
        #[arg(long)]
        as_written: bool,

        /// Each direct subfolder is a set of its own: OLD/prod is compared with NEW/prod
        #[arg(long)]
        each: bool,

        /// Exit 1 if something rolls
        #[arg(long)]
        exit_code: bool,
    },

    /// Print the manifests without stamps, or write them with -w: each workload that loses one rolls once
    Unstamp {
        #[command(flatten)]
        paths: Paths,

        /// Write the files in place instead of printing them
        #[arg(short, long, help_heading = "Output")]
        write: bool,
    },

    /// Print settings with the stamps that are due now, which workloads may then lack: adoption without a restart
    Baseline {
        #[command(flatten)]
        paths: Paths,

        /// Write them into the settings file: that of --config, else .restamp.yaml
        #[arg(short, long, help_heading = "Output")]
        write: bool,
    },

    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },

    /// Print the manual page, of restamp or of one command
    Man {
        /// `check`, `plan`, ...
        command: Option<String>,
    },
}

impl Command {
    /// The paths that it reads.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Stamp { paths, .. }
            | Self::Check { paths, .. }
            | Self::Unstamp { paths, .. }
            | Self::Baseline { paths, .. } => paths.paths.iter().map(PathBuf::as_path).collect(),
            Self::Explain { paths, .. } => paths.iter().map(PathBuf::as_path).collect(),
            Self::Plan { old, new, .. } => vec![old, new],
            Self::Completions { .. } | Self::Man { .. } => Vec::new(),
        }
    }
}

/// What a command is called.
fn name(command: &Command) -> &'static str {
    match command {
        Command::Stamp { .. } => "stamp",
        Command::Check { .. } => "check",
        Command::Explain { kinds: true, .. } => "explain --kinds",
        Command::Explain { .. } => "explain",
        Command::Plan { .. } => "plan",
        Command::Unstamp { .. } => "unstamp",
        Command::Baseline { .. } => "baseline",
        Command::Completions { .. } => "completions",
        Command::Man { .. } => "man",
    }
}

/// The inputs of a command.
#[derive(Debug, Args)]
pub struct Paths {
    /// Files, folders, globs of them, or - for stdin; all files are one set, each folder is its own
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

impl Cli {
    /// Reads the arguments, the program's name first.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let args = as_kubectl_diff(args.into_iter().collect());
        if args.len() < 2 {
            return Self::filter();
        }
        let matches = help::command().try_get_matches_from(args);
        matches.and_then(|mut matches| Self::from_arg_matches_mut(&mut matches)).map_err(hint_at_stamp)
    }

    /// What no arguments mean: the filter. It runs for each small stream, and the commands take most of the time of those.
    fn filter() -> Result<Self, clap::Error> {
        let flags = SettingsFlags::augment_args(clap::Command::new("restamp"));
        let flags = OutputFlags::augment_args(InputFlags::augment_args(flags));
        let mut matches = flags.try_get_matches_from([""; 0])?;
        Ok(Self {
            settings: SettingsFlags::from_arg_matches_mut(&mut matches)?,
            input: InputFlags::from_arg_matches_mut(&mut matches)?,
            output: OutputFlags::from_arg_matches_mut(&mut matches)?,
            command: None,
        })
    }

    /// Refuses what no single flag shows to be wrong.
    pub(crate) fn refuse_contradictions(&self) -> anyhow::Result<()> {
        let format = self.output.format.as_str();
        let name = self.command.as_ref().map_or("the filter", name);
        let formats = match &self.command {
            Some(Command::Explain { kinds: true, .. }) => output::words(kinds::FORMATS),
            Some(Command::Explain { .. }) => output::words(explain::FORMATS),
            _ => help::formats(name),
        };
        if !formats.is_empty() && !formats.contains(&format) {
            anyhow::bail!("{name} has no such format; it has {}", output::listed(&formats));
        }
        let dash = |paths: &[PathBuf]| paths.iter().any(|path| is_stdin(path));
        let supplied = dash(&self.input.config_from);
        let read = match &self.command {
            None if supplied => anyhow::bail!("`-` is what is stamped already: give --config-from a file"),
            Some(Command::Plan { old, new, each: true, .. }) if is_stdin(old) || is_stdin(new) => {
                anyhow::bail!("--each goes with folders; `-` is none")
            }
            Some(Command::Plan { old, new, .. }) if is_stdin(old) && is_stdin(new) => {
                anyhow::bail!("`-` can be read once only: give OLD or NEW a file")
            }
            Some(Command::Stamp { paths, write: true } | Command::Unstamp { paths, write: true })
                if dash(&paths.paths) =>
            {
                anyhow::bail!("`-` cannot be written in place: leave out -w")
            }
            Some(Command::Check { diff: true, .. }) if format != "text" => {
                anyhow::bail!("--diff goes with --format text")
            }
            Some(Command::Baseline { write: true, .. }) if self.settings.no_config => {
                anyhow::bail!(
                    "-w writes into the settings file, which --no-config leaves out: name another with --config"
                )
            }
            command => command.iter().flat_map(|command| command.paths()).any(is_stdin),
        };
        if read && supplied {
            anyhow::bail!("`-` can be read once only: give PATH or --config-from a file");
        }
        Ok(())
    }

    /// What the flags say about the settings. Their words are already checked.
    pub fn layer(&self) -> Layer {
        let flags = &self.settings;
        Layer {
            select: flags.select,
            annotation: flags.annotation.clone(),
            precision: flags.precision,
            effect: flags.effect,
            places: flags.places.as_ref().map(|places| Places::new(places.iter().copied())),
            missing: flags.missing,
            external: flags.external.clone(),
            // A flag can only ask for it.
            require_selected: flags.require_selected.then_some(true),
            workloads: excluding(&flags.exclude_workload),
            configs: excluding(&flags.exclude_config),
            namespace: flags.namespace.clone(),
            producers: flags.producers,
            // Whatever it is: it is looked at where no message repeats it.
            key_env: flags.key_env.clone(),
            ..Layer::default()
        }
    }
}

/// `kubectl diff` runs `$KUBECTL_EXTERNAL_DIFF` with its two folders *before* the further words, as in
/// `restamp LIVE MERGED plan --as-written`.
fn as_kubectl_diff(mut args: Vec<OsString>) -> Vec<OsString> {
    let is_path = |word: &OsString| {
        let known = || help::command().get_subcommands().any(|command| *word == *command.get_name());
        !word.as_encoded_bytes().starts_with(b"-") && !known()
    };
    if args.get(3).is_some_and(|word| word == "plan") && args[1..3].iter().all(is_path) {
        args[1..4].rotate_right(1);
    }
    args
}

fn excluding(selectors: &Option<Vec<Selector>>) -> FilterLayer {
    FilterLayer { include: None, exclude: selectors.clone() }
}

/// The words of a flag: clap lists them in the help and in its error.
fn words<T: FromStr<Err = String> + Clone + Send + Sync + 'static>(
    known: &'static [&'static str],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(known).try_map(|word| word.parse::<T>())
}

fn object(word: &str) -> Result<String, String> {
    if !word.contains('/') {
        return Err("write it as KIND/NAME, like `Deployment/web`".to_owned());
    }
    Selector::from_word(word).map(|_| word.to_owned())
}

/// `restamp rendered/` is what everyone types first; clap would only say that it knows no such command.
fn hint_at_stamp(mut error: clap::Error) -> clap::Error {
    let hint = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if word == "-" || word.contains(['/', '\\', '.']) => {
            StyledStr::from(format!("did you mean `restamp stamp {word}`?"))
        }
        _ => return error,
    };
    error.remove(ContextKind::SuggestedSubcommand);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![hint]));
    error
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(words: &str) -> Result<Cli, clap::Error> {
        Cli::parse(std::iter::once("restamp").chain(words.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_is_the_filter() {
        let cli = parse("").unwrap();
        let mut whole = help::command().try_get_matches_from(["restamp"]).unwrap();
        assert_eq!(format!("{cli:?}"), format!("{:?}", Cli::from_arg_matches_mut(&mut whole).unwrap()));
        assert!(cli.command.is_none());
        assert_eq!(cli.layer(), Layer::default());
        assert_eq!(cli.output.format, "text");
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        for words in [
            "--select all --external a,b --external c --places env,volume -n shop --format json -q check --diff a -",
            "check a - --diff --select=all --external a,b --external c --places env,volume --namespace shop --format json --quiet",
        ] {
            let cli = parse(words).unwrap();
            let wanted = Layer {
                select: Some(Select::All),
                external: Some(["a", "b", "c"].map(|g| Pattern::new(g).unwrap()).to_vec()),
                places: Some(Places::new([Place::Env, Place::Volume])),
                namespace: Some("shop".to_owned()),
                ..Layer::default()
            };
            assert_eq!(cli.layer(), wanted, "{words}");
            assert_eq!((cli.output.format.as_str(), cli.output.quiet), ("json", true));
            match cli.command {
                Some(Command::Check { paths, diff: true, strict: false, references: false }) => {
                    assert_eq!(paths.paths, [PathBuf::from("a"), PathBuf::from("-")])
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn every_setting_of_a_flag_reaches_the_layer() {
        let cli = parse(
            "--annotation a/b --precision keys --missing error --require-selected --exclude-workload CronJob --exclude-workload Job/x-* --exclude-config Secret/tmp",
        )
        .unwrap();
        let selectors = |words: &[&str]| Some(words.iter().map(|w| Selector::from_word(w).unwrap()).collect());
        let wanted = Layer {
            annotation: Some("a/b".to_owned()),
            precision: Some(Precision::Keys),
            missing: Some(Missing::Error),
            require_selected: Some(true),
            workloads: FilterLayer { include: None, exclude: selectors(&["CronJob", "Job/x-*"]) },
            configs: FilterLayer { include: None, exclude: selectors(&["Secret/tmp"]) },
            ..Layer::default()
        };
        assert_eq!(cli.layer(), wanted);
    }

    #[test]
    fn the_words_of_kubectl_diff_are_a_plan() {
        let cli = parse("/tmp/LIVE-1 /tmp/MERGED-2 plan --as-written --exit-code").unwrap();
        match cli.command {
            Some(Command::Plan { old, new, as_written: true, each: false, exit_code: true }) => {
                assert_eq!((old, new), ("/tmp/LIVE-1".into(), "/tmp/MERGED-2".into()));
            }
            other => panic!("{other:?}"),
        }
        match parse("plan plan plan").unwrap().command {
            Some(Command::Plan { old, new, .. }) => assert_eq!((old, new), ("plan".into(), "plan".into())),
            other => panic!("{other:?}"),
        }
        assert!(matches!(parse("check a plan").unwrap().command, Some(Command::Check { .. })));
    }

    #[test]
    fn usage_errors_exit_with_2_and_say_why() {
        for (words, part) in [
            ("stamp", "<PATH>..."),
            ("plan a", "<NEW>"),
            ("--select some", "[possible values: annotated, all]"),
            ("--precision x", "[possible values: object, keys]"),
            ("--missing x", "[possible values: ignore, warn, error]"),
            ("--places env,x", "[possible values: env, envFrom, volume, projected, volumeSecret, imagePullSecrets]"),
            ("--external [a", "invalid value '[a' for '--external <GLOB>': `[a` is no glob: invalid range pattern"),
            ("--annotation a/b/c", "`a/b/c` is no valid key"),
            ("--namespace A", "`A` is no namespace"),
            ("--exclude-workload cronjob", "`cronjob` is no kind; kinds are written as in a manifest, like `CronJob`"),
            ("explain a --workload web", "write it as KIND/NAME, like `Deployment/web`"),
            ("-q -v", "'--quiet' cannot be used with '--verbose'"),
            ("--format yaml", "[possible values: text, json, markdown, sarif, github, junit, mermaid]"),
        ] {
            let error = parse(words).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{words}");
            assert!(error.to_string().contains(part), "{words}: {error}");
        }
    }

    #[test]
    fn a_path_without_a_command_asks_for_stamp() {
        for word in ["rendered/", "a.yaml", "./x", "."] {
            let error = parse(word).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let text = error.to_string();
            assert!(text.contains(&format!("tip: did you mean `restamp stamp {word}`?")), "{text}");
        }
        for word in ["stmp", "rendered"] {
            assert!(!parse(word).unwrap_err().to_string().contains("restamp stamp"), "{word}");
        }
        assert!(parse("stmp").unwrap_err().to_string().contains("a similar subcommand exists: 'stamp'"));
    }

    #[test]
    fn help_states_the_exit_statuses_and_groups_the_flags() {
        for words in ["--help", "-h"] {
            let error = parse(words).unwrap_err();
            assert_eq!(error.exit_code(), 0);
            let help = error.to_string();
            for part in [
                "Exit status:\n  0  ",
                "\n  1  ",
                "\n  2  ",
                "Settings:\n",
                "Input:\n",
                "Output:\n",
                "Examples:\n",
                "restamp check rendered/",
            ] {
                assert!(help.contains(part), "{part} in {help}");
            }
        }
    }
}
