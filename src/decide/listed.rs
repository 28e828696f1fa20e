//! What the lists of annotations select, whoever refers to what: worked out once for all workloads of a namespace whose
//! lists read the same, so that lists over many configs cost what is written, and not workloads times configs.
//!
//! Takes rules and the configs of a set, gives shared selections and the part of a stamp that they make; and of one
//! workload the view that leaves out what it refers to. Words nothing.

use crate::decide::candidate::{Candidates, ConfigId};
use crate::decide::select::{Rule, Rules, Selection};
use crate::decide::stamp::AllRules;
use crate::facts::config::Config as ConfigObject;
use crate::facts::digest::{Digest, Stamp};
use crate::kube::annotation::Annotation;
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use crate::text::many;
use crate::text::source::SourceId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

/// The place of an object that makes configs.
type Maker = (SourceId, usize);

/// One object that a stamp is made of, in the order of those of one config.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Content {
    is_made: bool,
    /// Its kind.
    pub(super) holder: &'static str,
    pub(super) digest: Digest,
    /// With a key its digest is a keyed one.
    pub(super) is_keyable: bool,
    maker: Option<Maker>,
}

impl Content {
    pub(super) fn new(part: &ConfigObject, digest: Digest) -> Self {
        let maker = part.maker().map(|_| part.object.location.order());
        let (holder, is_keyable) = (part.holder(), part.is_keyable());
        Self { is_made: maker.is_some(), holder, digest, is_keyable, maker }
    }

    /// What makes several configs counts once in a stamp.
    pub(super) fn is_new(&self, makers: &mut HashSet<Maker>) -> bool {
        self.maker.is_none_or(|maker| makers.insert(maker))
    }
}

/// A config that lists select.
#[derive(Debug)]
struct Named {
    config: ConfigId,
    kind: ConfigKind,
    rule: Rule,
    /// Place of the entry that names it.
    entry: Option<u32>,
    /// Its first part of the stamp, and the one behind its last.
    parts: (usize, usize),
}

/// What lists select.
#[derive(Default)]
struct Lists {
    /// In input order.
    named: Vec<Named>,
    /// What it puts into a stamp, in its order.
    contents: Vec<Content>,
    /// The same as a stamp has it, and where each part ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Those of the parts that something makes.
    made: Vec<usize>,
    /// What was made of it.
    stamps: Mutex<HashMap<Around, Stamped>>,
}

/// What stands before it in a stamp, and the parts that are left out.
type Around = (Vec<u8>, Vec<usize>);

/// A stamp, and whether a Secret's own content is in it.
pub(super) type Stamped = (String, bool);

/// So many parts are worth to be looked up together instead of hashed.
const MANY: usize = 64;

/// About so many bytes a part of a stamp has.
const PART: usize = 80;

impl Lists {
    /// `home` is the namespace of the workloads.
    fn new(rules: &AllRules<'_>, home: &str, candidates: &Candidates<'_>) -> Self {
        let configs = candidates.configs;
        let mut ids: Vec<(ConfigId, &Rules<'_>)> = Vec::new();
        for rules in rules {
            for entry in rules.entries.iter().filter(|e| e.error().is_none()) {
                ids.extend(entry.named(rules.kind, home, configs).iter().map(|&id| (id, rules)));
            }
            ids.extend(rules.extras.iter().filter_map(|e| rules.extra_config(configs, e)).map(|id| (id, rules)));
        }
        ids.sort_unstable_by_key(|(id, _)| *id);
        ids.dedup_by_key(|(id, _)| *id);
        let select = |(config, rules): (ConfigId, &Rules<'_>)| {
            let Selection { selected, rule, entry, .. } = candidates.ask(config, home, false, |c| rules.decide(c));
            selected.then_some(Named { config, kind: rules.kind, rule, entry, parts: (0, 0) })
        };
        let named = ids.into_iter().filter_map(select).collect();
        Self { named, ..Self::default() }.stamped(candidates)
    }

    /// With what goes into a stamp: by kind, by the list and the entry that names a config, by digest.
    fn stamped(mut self, candidates: &Candidates<'_>) -> Self {
        let contents = |named: &Named| -> Vec<Content> {
            candidates.parts(named.config).map(|part| Content::new(part, part.digest)).collect()
        };
        let mut order: Vec<(usize, Vec<Content>)> = self.named.iter().map(contents).enumerate().collect();
        order.sort_by_cached_key(|(i, contents)| {
            let Named { kind, rule, entry, config, .. } = &self.named[*i];
            let digests: Vec<Digest> = contents.iter().map(|content| content.digest).collect();
            (*kind, *rule != Rule::Listed, *entry, digests, *config)
        });
        for (i, mut contents) in order {
            let first = self.contents.len();
            contents.sort_unstable();
            for content in contents {
                Stamp::write(content.holder, content.digest, &mut self.text);
                self.ends.push(self.text.len());
                self.made.extend(content.maker.map(|_| self.contents.len()));
                self.contents.push(content);
            }
            self.named[i].parts = (first, self.contents.len());
        }
        self
    }

    fn find(&self, config: ConfigId) -> Option<&Named> {
        self.named.binary_search_by_key(&config, |named| named.config).ok().map(|i| &self.named[i])
    }
}

/// What the lists of a set select, by the namespace of the workloads and by what the lists say.
#[derive(Default)]
pub(super) struct AllLists(Mutex<foldhash::HashMap<Keys, Arc<OnceLock<Arc<Lists>>>>>);

/// What the lists say, and the namespace of the workloads behind that, with where each part ends: of workloads that nobody has
/// to keep.
type Keys = (Vec<Option<usize>>, String);

impl AllLists {
    /// What the rules of a workload select by their lists; `None` if they have none.
    fn get(&self, rules: &AllRules<'_>, home: &str, candidates: &Candidates<'_>) -> Option<Arc<Lists>> {
        if rules.iter().all(|rules| rules.entries.is_empty() && rules.extras.is_empty()) {
            return None;
        }
        let (mut says, mut texts) = (Vec::new(), String::new());
        let mut end = |text: &str| {
            texts.push_str(text);
            Some(texts.len())
        };
        for (lists, stand_ins) in rules.each_ref().map(Rules::said) {
            says.extend(lists.map(|list| list.and_then(&mut end)));
            stand_ins.iter().for_each(|(place, name)| says.extend([Some(*place), end(name)]));
            says.push(None);
        }
        texts.push_str(home);
        // Worked out by one thread, so that what it costs is counted once.
        let lists = many::lock(&self.0).entry((says, texts)).or_default().clone();
        Some(lists.get_or_init(|| Arc::new(Lists::new(rules, home, candidates))).clone())
    }
}

/// Configs that annotations alone select for one workload, and why.
#[derive(Clone, Default)]
pub struct ByAnnotation(Option<Box<Listed>>);

/// The same of a workload that has lists.
#[derive(Clone)]
struct Listed {
    /// What they select.
    lists: Arc<Lists>,
    /// What of that is left out, since references decide there.
    without: Vec<ConfigId>,
    /// The annotations that hold its lists, those of `reload` and Wave's.
    cited: [[Option<Arc<Annotation>>; 2]; ConfigKind::ALL.len()],
}

impl ByAnnotation {
    /// `referenced` are configs that references decide of.
    pub(super) fn new(
        all: &AllLists,
        rules: &AllRules<'_>,
        home: &str,
        candidates: &Candidates<'_>,
        referenced: impl Iterator<Item = ConfigId>,
    ) -> Self {
        let Some(lists) = all.get(rules, home, candidates) else { return Self::default() };
        let mut without: Vec<_> = referenced.filter(|id| lists.find(*id).is_some()).collect();
        without.sort_unstable();
        without.dedup();
        let cited = rules.each_ref().map(|rules| [rules.list.cloned(), rules.extra.cloned()]);
        Self(Some(Box::new(Listed { lists, without, cited })))
    }

    fn lists(&self) -> Option<&Arc<Lists>> {
        self.0.as_ref().map(|listed| &listed.lists)
    }

    fn all_named(&self) -> &[Named] {
        self.lists().map_or(&[], |lists| &lists.named)
    }

    fn named(&self) -> impl Iterator<Item = &Named> {
        self.all_named().iter().filter(|named| !self.is_left_out(named.config))
    }

    /// Each config with its selection, in input order.
    pub fn iter(&self) -> impl Iterator<Item = (ConfigId, Selection)> {
        let listed = self.0.iter().flat_map(|listed| self.named().map(move |named| (listed, named)));
        listed.map(|(listed, named)| (named.config, listed.selection(named)))
    }

    /// The configs, in input order.
    pub fn configs(&self) -> impl Iterator<Item = ConfigId> {
        self.named().map(|named| named.config)
    }

    /// Why a config of [`ByAnnotation::all`] is selected.
    pub(crate) fn get(&self, config: ConfigId) -> Option<Selection> {
        let listed = self.0.as_ref()?;
        listed.lists.find(config).map(|named| listed.selection(named))
    }

    pub fn len(&self) -> usize {
        self.all_named().len() - self.without().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What tells apart selections that are not shared; `None` if there is none.
    pub(crate) fn shared(&self) -> Option<usize> {
        self.lists().filter(|lists| !lists.named.is_empty()).map(|lists| Arc::as_ptr(lists) as usize)
    }

    /// What is shared, with what is left out here, each with the rule that selects it.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ConfigId, Rule)> {
        self.all_named().iter().map(|named| (named.config, named.rule))
    }

    /// Configs that the lists select and that are left out here.
    pub(crate) fn without(&self) -> &[ConfigId] {
        self.0.as_ref().map_or(&[], |listed| &listed.without)
    }

    pub(crate) fn is_left_out(&self, config: ConfigId) -> bool {
        self.without().binary_search(&config).is_ok()
    }

    /// The stamp of a workload: of what is referred to, and of this.
    pub(super) fn stamp(&self, used: &[Content], mut makers: HashSet<Maker>, settings: &Settings) -> Stamped {
        let mut text = Vec::with_capacity(used.len() * PART);
        used.iter().for_each(|content| Stamp::write(content.holder, content.digest, &mut text));
        let keyable = used.iter().any(|content| content.is_keyable);
        let Some(lists) = self.lists() else { return stamped([&*text], keyable, settings) };
        let mut left_out: Vec<usize> = Vec::new();
        for named in self.without().iter().filter_map(|id| lists.find(*id)) {
            left_out.extend(named.parts.0..named.parts.1);
        }
        left_out.sort_unstable();
        let mut made: Vec<usize> = lists.made.clone();
        made.retain(|part| left_out.binary_search(part).is_err() && !lists.contents[*part].is_new(&mut makers));
        left_out.extend(made);
        left_out.sort_unstable();
        let make = |text: &[u8], left_out: &[usize]| {
            let is_in = |(part, _): &(usize, &Content)| left_out.binary_search(part).is_err();
            let mut contents = lists.contents.iter().enumerate().filter(is_in);
            let keyable = keyable || contents.any(|(_, content)| content.is_keyable);
            stamped(std::iter::once(text).chain(lists.texts(left_out)), keyable, settings)
        };
        if lists.contents.len() < MANY {
            return make(&text, &left_out);
        }
        let lock = || many::lock(&lists.stamps);
        let key = (text, left_out);
        let known = lock().get(&key).cloned();
        known.unwrap_or_else(|| {
            let stamped = make(&key.0, &key.1);
            lock().entry(key).or_insert(stamped).clone()
        })
    }
}

impl Listed {
    fn selection(&self, named: &Named) -> Selection {
        let cited = &self.cited[named.kind as usize][usize::from(named.rule != Rule::Listed)];
        Selection { selected: true, rule: named.rule, cited: cited.clone(), entry: named.entry }
    }
}

impl Lists {
    /// The text of what a stamp is made of, but for some parts.
    fn texts<'l>(&'l self, left_out: &'l [usize]) -> impl Iterator<Item = &'l [u8]> {
        let start = |part: usize| part.checked_sub(1).map_or(0, |before| self.ends[before]);
        let ends = left_out.iter().map(move |&part| start(part)).chain([self.text.len()]);
        let starts = [0].into_iter().chain(left_out.iter().map(|&part| self.ends[part]));
        starts.zip(ends).map(|(start, end)| &self.text[start..end])
    }
}

fn stamped<'t>(texts: impl IntoIterator<Item = &'t [u8]>, keyable: bool, settings: &Settings) -> Stamped {
    let mut stamp = Stamp::default();
    texts.into_iter().for_each(|text| stamp.add(text));
    (stamp.finish(settings.key.as_ref().filter(|_| keyable)), keyable)
}

impl std::fmt::Debug for ByAnnotation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;
    use crate::text::source::Source;
    use crate::transform;
    use std::fmt::Write as _;

    /// So many ConfigMaps, and of every fourth one the Secret that an ExternalSecret makes, two each.
    fn configs(count: usize) -> String {
        let mut out = String::new();
        for i in 0..count {
            let _ = write!(out, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}\ndata: {{k: v{i}}}\n");
            if i % 4 == 0 {
                let _ = write!(
                    out,
                    "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: s{i}}}\nspec: {{data: [{{secretKey: k, remoteRef: {{key: x{i}}}}}]}}\n"
                );
            }
        }
        out
    }

    /// Workloads whose lists say the same, and that refer to something else each.
    fn workloads() -> Vec<String> {
        let lists = |more: &str| {
            format!(
                "annotations: {{configmap.reloader.stakater.com/reload: \"c.*\", secret.reloader.stakater.com/reload: \"s.*\"{more}}}"
            )
        };
        let workload = |name: &str, more: &str, refs: &str| {
            format!(
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, {}}}\nspec: {{template: {{spec: {{containers: [{{name: x, image: x, {refs}}}], volumes: [{{name: v, configMap: {{name: c3}}}}]}}}}}}\n",
                lists(more)
            )
        };
        let live = ", restamp.dev/effect: restart";
        let keys = ", restamp.dev/precision: keys";
        let refs = "envFrom: [{configMapRef: {name: c2}}, {secretRef: {name: s4}}]";
        let mounts = "volumeMounts: [{name: v, mountPath: /v}]";
        vec![
            workload("a", "", ""),
            workload("b", "", refs),
            workload("c", live, mounts),
            workload("d", keys, refs),
            workload("e", "", ""),
            workload("f", ", configmaps.exclude.reloader.stakater.com/reload: c1", refs),
        ]
    }

    fn stamps(text: &str) -> Vec<(String, Option<String>)> {
        let outcome = transform(&[Source::new("-", text)], &Settings::default());
        outcome.workloads().map(|w| (w.resource().name, w.decision.stamp.clone())).collect()
    }

    #[test]
    fn what_is_shared_is_what_each_would_have_alone() {
        // Few are hashed each time, many once.
        for count in [5, 200] {
            let configs = configs(count);
            let alone: Vec<_> = workloads().iter().flat_map(|workload| stamps(&(configs.clone() + workload))).collect();
            let together = stamps(&(configs.clone() + &workloads().concat()));
            assert_eq!(together, alone);
            let mut distinct: Vec<_> = alone.iter().map(|(_, stamp)| stamp.clone().unwrap()).collect();
            distinct.sort();
            distinct.dedup();
            assert_eq!(
                distinct.len(),
                4,
                "`a` and `e` are alike, and what a list names counts whole in `d` as in `b`: {alone:?}"
            );
        }
    }

    #[test]
    fn workloads_whose_lists_say_the_same_share_what_they_select() {
        let text = configs(5) + &workloads().concat();
        let outcome = transform(&[Source::new("-", text)], &Settings::default());
        let shared: Vec<_> = outcome.workloads().map(|w| w.decision.by_annotation.shared().unwrap()).collect();
        assert!(shared[..5].iter().all(|one| *one == shared[0]) && shared[5] != shared[0], "{shared:?}");
    }
}
