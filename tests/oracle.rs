//! What Go's packages and those of Kubernetes make of a text, against what restamp makes of it.
//!
//! `.ci/hosts oracle` builds the program that is asked; without it these tests are skipped, and fail with `CI=true`.
//! `RESTAMP_CASES` sets how many random cases are tried, `RESTAMP_SEED` which.

mod labels;
mod regexp;
mod text;

use crate::hosts::support::hosts;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::str::FromStr;

/// Asks the oracle; `None` if there is none. One process answers all questions, each on a line.
pub(crate) fn ask<Q: Serialize, A: DeserializeOwned>(mode: &str, questions: &[Q]) -> Option<Vec<A>> {
    ask_of("oracle", &[mode], questions)
}

/// Asks another program in the same way.
pub(crate) fn ask_of<Q: Serialize, A: DeserializeOwned>(tool: &str, mode: &[&str], questions: &[Q]) -> Option<Vec<A>> {
    let oracle = hosts(tool).into_iter().next()?;
    let mut command = Command::new(&oracle.path);
    let mut child = command.args(mode).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let lines: String = questions.iter().map(|q| serde_json::to_string(q).unwrap() + "\n").collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let answers = BufReader::new(stdout).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap());
    let answers: Vec<A> = answers.collect();
    writer.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success(), "{tool} {mode:?}");
    assert_eq!(answers.len(), questions.len(), "{tool} {mode:?}");
    Some(answers)
}

/// How many random cases are tried: `RESTAMP_CASES`, or 100,000 with `CI=true`, or so many.
pub(crate) fn cases(default: usize) -> usize {
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    number("RESTAMP_CASES").unwrap_or(if in_ci { 100_000 } else { default })
}

fn number<N: FromStr>(name: &str) -> Option<N> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

/// Random numbers that are the same in each run (SplitMix64): quicker than a strategy, which also remembers how to shrink.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// From the seed of this run.
    pub(crate) fn new() -> Self {
        Self(number("RESTAMP_SEED").unwrap_or(1))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// One character of a text.
    pub(crate) fn char(&mut self, from: &str) -> char {
        from.chars().nth(self.below(from.chars().count())).unwrap()
    }

    /// A text that differs in one place.
    pub(crate) fn mutant(&mut self, text: &str, alphabet: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        let at = self.below(chars.len() + 1);
        match self.below(4) {
            0 => chars.insert(at, self.char(alphabet)),
            1 if at < chars.len() => chars[at] = self.char(alphabet),
            2 if at < chars.len() => {
                chars.remove(at);
            }
            3 if at < chars.len() => chars.insert(at, chars[at]),
            _ => {}
        }
        chars.into_iter().collect()
    }
}

/// Whether all agree; else the first few that do not.
pub(crate) fn agreed(count: usize, differences: &[String]) {
    let shown = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {count} differ:\n{shown}", differences.len());
}
