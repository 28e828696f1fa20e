//! What each command's help has of its own: the formats that it can write, and examples. And the manual page.
//!
//! Takes the definition of the flags, gives it with these; [`PAGES`] is the table. Prints nothing.

use crate::command::cli::Cli;
use crate::output::{self, explain, findings, kinds, plan};
use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory as _};

/// A command: its name, its formats, and examples.
type Page = (&'static str, fn() -> Vec<&'static str>, &'static [&'static str]);

const PAGES: &[Page] = &[
    (
        "stamp",
        of_all,
        &[
            "restamp stamp rendered/ | kubectl apply -f -",
            "restamp stamp -w rendered/",
            "restamp stamp -w rendered/dev/ rendered/prod/    each folder is a set of its own",
        ],
    ),
    (
        "check",
        || output::words(findings::FORMATS),
        &[
            "restamp check rendered/                     exit 1 if a stamp is missing, stale or left over",
            "restamp check rendered/ --diff | git apply --unidiff-zero",
            "restamp check rendered/ --references        is all there that workloads refer to?",
            "restamp check rendered/ --format github     annotations on a pull request",
            "kustomize build overlay | restamp | restamp check -",
        ],
    ),
    (
        "explain",
        of_explain,
        &[
            "restamp explain rendered/                         a line for each workload",
            "restamp explain rendered/ --workload 'Deployment/web-*'",
            "restamp explain rendered/ --why ConfigMap/app     who rolls when it changes?",
            "restamp explain rendered/ --format mermaid",
            "restamp explain --kinds                           what is stamped, and what becomes of it",
        ],
    ),
    (
        "plan",
        || output::words(plan::FORMATS),
        &[
            "restamp plan old/ new/",
            "restamp plan old/ new/ --each               dev/ with dev/, prod/ with prod/",
            "restamp plan old/ new/ --format markdown    for a pull request",
            "KUBECTL_EXTERNAL_DIFF='restamp plan --as-written --exit-code' kubectl diff -f rendered/",
        ],
    ),
    ("unstamp", of_all, &["restamp unstamp -w rendered/    each stamped workload rolls once more"]),
    (
        "baseline",
        of_all,
        &[
            "restamp baseline rendered/ > .restamp.yaml    adoption rolls nothing",
            "restamp baseline rendered/ -w                 the same, into the settings file",
        ],
    ),
    (
        "completions",
        Vec::new,
        &[
            "restamp completions bash > /etc/bash_completion.d/restamp",
            "restamp completions zsh > \"${fpath[1]}/_restamp\"",
            "restamp completions fish > ~/.config/fish/completions/restamp.fish",
        ],
    ),
    ("man", Vec::new, &["restamp man | man -l -", "restamp man check > /usr/local/share/man/man1/restamp-check.1"]),
];

fn of_all() -> Vec<&'static str> {
    output::words(findings::FORMATS)[..2].to_vec()
}

/// Those of a table of kinds too.
fn of_explain() -> Vec<&'static str> {
    let mut formats = output::words(explain::FORMATS);
    formats.extend(output::words(kinds::FORMATS));
    formats.sort_unstable();
    formats.dedup();
    formats
}

/// The formats of a command; of the filter if it has no name.
pub(crate) fn formats(name: &str) -> Vec<&'static str> {
    PAGES.iter().find(|(known, ..)| *known == name).map_or_else(of_all, |(_, formats, _)| formats())
}

/// The definition of the flags, with what each command has of its own.
pub(crate) fn command() -> Command {
    let mut all = Cli::command();
    let names: Vec<String> = all.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let format = all.get_arguments().find(|arg| arg.get_id() == "format").cloned();
    for name in names {
        let formats = formats(&name);
        let format = format.clone().map(|arg| match formats.is_empty() {
            true => arg.hide(true),
            false => arg.value_parser(PossibleValuesParser::new(formats)),
        });
        let examples = PAGES.iter().find(|(known, ..)| *known == name).map(|(.., examples)| *examples);
        all = all.mut_subcommand(name, |sub| {
            let sub = sub.args(format);
            match examples {
                Some(examples) => sub.after_help(format!("Examples:\n  {}", examples.join("\n  "))),
                None => sub,
            }
        });
    }
    all
}

/// The manual page of restamp, or of one of its commands.
pub(crate) fn manual(name: Option<&str>) -> anyhow::Result<Vec<u8>> {
    let mut all = command();
    all.build();
    let page = match name {
        None => all,
        Some(name) => {
            let known: Vec<&str> = all.get_subcommands().map(Command::get_name).collect();
            let found = all.find_subcommand(name).cloned();
            found.ok_or_else(|| anyhow::anyhow!("no command `{name}`; there is {}", output::listed(&known)))?
        }
    };
    let mut out = Vec::new();
    clap_mangen::Man::new(page).render(&mut out)?;
    Ok(out)
}
