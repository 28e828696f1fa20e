//! Lists of an annotation: entries that cannot be used, or that name nothing in the set.

use crate::advice::lint::{Lint, Referred};
use crate::decide::action::OldName;
use crate::decide::go_regex::Regex;
use crate::decide::select::{Entry, Item, List};
use crate::finding::{Finding, Findings, Id, Near, Problem, Severity};
use crate::kube::annotation;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use crate::text::near;

impl Lint<'_, '_> {
    /// Words of the workload's own about what counts that mean nothing.
    pub(super) fn words(&self, out: &mut Findings) {
        for unknown in &self.decided.unknown {
            let key = &unknown.annotation.key;
            let id = if *key == annotation::PLACES { Id::UnknownPlace } else { Id::UnknownWord };
            out.add(id, || {
                let (word, known) = (unknown.word.clone(), unknown.known.join(", "));
                let near = near::near(word.raw(), unknown.known);
                let problem = match id {
                    Id::UnknownPlace => Problem::UnknownPlace { word, known, near },
                    _ => Problem::UnknownWord { key: key.to_string(), word, known, near },
                };
                self.at_entry(unknown.annotation, unknown.word.raw(), problem)
            });
        }
    }

    /// Entries of reload lists, exclude lists and Wave's lists.
    pub(super) fn lists(&self, out: &mut Findings) {
        if self.is_read_elsewhere() {
            return;
        }
        for rules in &self.decided.rules {
            rules.items().for_each(|item| self.item(rules.kind, &item, out));
        }
        let object = &self.decided.workload.object;
        for OldName { list, text, config } in &self.decided.decision.old_names {
            let config = self.decider.configs.object(*config).object.about();
            let problem = Problem::OldName { about: object.about(), entry: text.clone(), config };
            out.push(self.at_entry(list, text.raw(), problem));
        }
    }

    /// The finding about an entry that cannot be used, or that names nothing.
    fn item(&self, kind: ConfigKind, item: &Item<'_, '_>, out: &mut Findings) {
        let (list, home, configs) = (item.annotation, self.decided.home, self.decider.configs);
        if let Some(why) = item.pattern.and_then(Entry::error) {
            return out.add(Id::BadRegex, || {
                let entry = list.value.part(item.text);
                let why = entry.part(why).to_string();
                let meant = as_regex(item.text).map(|meant| entry.part(&meant));
                self.at_entry(list, item.text, Problem::BadRegex { entry, why, meant })
            });
        }
        // A reference that counts and leads nowhere is told of as a missing config.
        let (names, asks) = (self.names(kind), |name: &Referred| item.of == List::Exclude || name.counts);
        let told = match (item.of, item.only()) {
            (List::Extra, _) => false,
            (_, Some(only)) => names.get(only).is_some_and(asks),
            (_, None) => names.iter().any(|(name, referred)| {
                let entry = item.pattern.filter(|_| asks(referred));
                // What has several names may have another one that it matches.
                let may_match =
                    |entry: &Entry<'_>| entry.is_known_to_name(referred.config, &configs.budget) != Some(false);
                entry.is_some_and(|entry| may_match(entry) && entry.matches(name, &configs.budget))
            }),
        };
        if told || self.is_patch() || !item.is_unmatched(kind, home, configs, self.settings()) {
            return;
        }
        if self.near.may_be_in_broken(kind, item.text) {
            return;
        }
        let severity = if item.of == List::Extra { Severity::Info } else { Id::UnmatchedEntry.severity() };
        // Wave's extras are always optional.
        out.add_severe(Id::UnmatchedEntry, severity, || self.unmatched(kind, item).severe(severity));
    }

    /// The finding about an entry that names nothing.
    fn unmatched(&self, kind: ConfigKind, item: &Item<'_, '_>) -> Finding {
        let (list, home, workload) = (item.annotation, self.decided.home, self.decided.workload);
        let shown = match item.namespace {
            Some(namespace) => list.value.part(namespace),
            None => workload.object.namespace().cloned().unwrap_or_else(|| Text::new(home, false)),
        };
        let explicit = item.namespace.is_some() || workload.object.namespace().is_some();
        let entry = list.value.part(item.text);
        let near = self.misread(kind, item).or_else(|| self.near.near(kind, (&shown, explicit), item.name));
        let namespace = item.namespace.filter(|there| *there != home).map(|_| shown);
        self.at_entry(list, item.text, Problem::UnmatchedEntry { entry, kind, namespace, near })
    }

    /// What an entry says that is read otherwise than it looks: a namespace, a pattern in a list of names, a glob in one of
    /// regular expressions.
    fn misread(&self, kind: ConfigKind, item: &Item<'_, '_>) -> Option<Near> {
        let part = |text: &str| item.annotation.value.part(text);
        match item.of {
            List::Extra => return None,
            List::Reload | List::Exclude => {
                if let Some((_, name)) = item.text.split_once('/') {
                    return Some(Near::NamesAlone { name: part(name) });
                }
            }
        }
        if item.of == List::Reload {
            return as_regex(item.text).map(|meant| Near::Glob { meant: part(&meant) });
        }
        if !item.text.contains(['*', '^', '$', '[', '(', '|', '+', '?', '\\']) {
            return None;
        }
        let pattern = as_regex(item.text).unwrap_or_else(|| item.text.to_owned());
        let regex = Regex::new(&pattern).ok();
        let configs = self.decider.configs;
        let names = configs.in_namespace(kind, self.decided.home).iter().map(|&id| configs.name(id).clone());
        Some(Near::NoPatterns {
            names: names.filter(|n| regex.as_ref().is_some_and(|r| r.is_match(n.raw(), &configs.budget))).collect(),
        })
    }
}

/// An entry that is written like a glob, as a regular expression: `app-*` is `app-.*`.
fn as_regex(entry: &str) -> Option<String> {
    let mut out = String::new();
    let mut last = None;
    for c in entry.chars() {
        // Behind a name's character a star would repeat that alone.
        if c == '*' && last.is_none_or(|l: char| l.is_ascii_alphanumeric() || l == '-' || l == '_') {
            out.push('.');
        }
        out.push(c);
        last = Some(c);
    }
    (out != entry).then_some(out)
}
