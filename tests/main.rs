//! The tests that need no cluster, as one program: `cargo test MODULE` runs a module, `cargo test MODULE::NAME` a test.
//!
//! | module | what |
//! |---|---|
//! | `cli` | flags, exit statuses, what is printed where and what is written |
//! | `writing` | `stamp -w` while it is killed and calls of the system fail, if `strace` is there |
//! | `opening` | what is opened and that no socket is, if `strace` is there |
//! | `completions` | completion scripts, the manual page, colour, how much is said |
//! | `golden` | each case of `fixtures/`, byte for byte |
//! | `rules` | what is selected, which places count, what is said, and that the docs list exactly that |
//! | `digest` | the vectors and commands of `docs/digest.md` |
//! | `diff` | what git and patch make of `check --diff` |
//! | `readme` | the commands of `README.md`, `docs/adopting.md` and `docs/plan.md` |
//! | `secrets` | no output shows a Secret's value |
//! | `terminal` | no name or key acts upon a terminal |
//! | `hostile` | large, deep and broken inputs |
//! | `producers` | what becomes a Secret, against jq, the controllers' types, and the real kubeseal and sops |
//! | `adopt` | the baseline, the settings file, `unstamp`, validators, findings in a file |
//! | `plan` | `plan` as it is run: subfolders, `kubectl diff`, limits, exit statuses |
//! | `properties` | random texts and mutants of the fixtures |
//! | `corpus` | real manifests, if there is a corpus |
//! | `reading` | the same texts through kubectl's reader, if the oracle is there |
//! | `hosts` | real kustomize, kubectl, kpt and Helm, as far as they are there |
//! | `oracle` | what Go and Kubernetes make of patterns, selectors and values, if the oracle is there |

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

mod adopt;
mod cli;
mod completions;
mod corpus;
mod diff;
mod digest;
mod golden;
mod hostile;
#[cfg(unix)]
mod hosts;
#[cfg(target_os = "linux")]
mod opening;
#[cfg(unix)]
mod oracle;
mod plan;
#[cfg(unix)]
mod producers;
mod properties;
#[cfg(unix)]
mod reading;
#[cfg(unix)]
mod readme;
mod rules;
mod secrets;
mod terminal;
#[cfg(target_os = "linux")]
mod writing;
