//! A document → the objects in it: itself, or the items of a List, a typed list, a ResourceList or an OpenShift Template.

use crate::edit::{self, Obstacle};
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind;
use crate::text::hidden::Text;
use crate::yaml::{self, Kind, Ref};

/// The fields at the top of an object that are read whatever it is.
#[derive(Clone, Copy)]
pub(super) struct Top<'t> {
    pub(super) kind: Option<Ref<'t>>,
    pub(super) api_version: Option<Ref<'t>>,
    pub(super) metadata: Option<Ref<'t>>,
    /// None of Kubernetes, but written there in its place by mistake.
    pub(super) annotations: Option<Ref<'t>>,
    pub(super) labels: Option<Ref<'t>>,
    pub(super) sops: Option<Ref<'t>>,
    /// What the first two say.
    words: [Option<&'t str>; 2],
}

impl<'t> Top<'t> {
    fn of(node: Ref<'t>) -> Self {
        let fields = node.fields(["kind", "apiVersion", "metadata", "annotations", "labels", "sops"]);
        let [kind, api_version, metadata, annotations, labels, sops] = fields;
        let words = [kind, api_version].map(|field| field.and_then(Ref::text));
        Self { kind, api_version, metadata, annotations, labels, sops, words }
    }

    /// Whether it is a Kubernetes object, by what every object has.
    fn is_object(&self) -> bool {
        // Group and version, or the version alone.
        let slashes = |version: &str| version.bytes().filter(|b| *b == b'/').count();
        let is_version = |version: &str| slashes(version) < 2 && !version.ends_with('/');
        matches!(self.words, [Some(kind), Some(version)] if !kind.is_empty() && !version.is_empty() && is_version(version))
    }
}

/// An object of a document, or of a list in it.
pub(super) struct Found<'t> {
    pub(super) root: Ref<'t>,
    /// As it stands there, perhaps an alias.
    pub(super) raw: Ref<'t>,
    pub(super) top: Top<'t>,
    pub(super) kind: Text,
    pub(super) api_version: Text,
    /// What forbids edits on the way from the document to the object.
    pub(super) obstacle: Option<Obstacle>,
}

impl<'t> Found<'t> {
    pub(super) fn node(&self) -> Ref<'t> {
        self.raw.resolved()
    }

    /// Whether it says what group it is of.
    pub(super) fn names_version(&self) -> bool {
        !self.api_version.is_empty()
    }

    /// Whether it is the whole document.
    pub(super) fn is_whole(&self) -> bool {
        self.root.index() == self.node().index()
    }

    /// The `sops` block of its document.
    pub(super) fn sops(&self) -> Option<Ref<'t>> {
        if self.is_whole() { self.top.sops } else { self.root.get("sops") }
    }
}

/// What is in a document.
#[derive(Default)]
pub(super) struct Items<'t> {
    /// It is a Kubernetes object, or a list of them.
    pub(super) is_object: bool,
    pub(super) objects: Vec<Found<'t>>,
    /// Items of lists that lack what makes an object.
    pub(super) others: Vec<Ref<'t>>,
    /// Lists themselves.
    pub(super) lists: Vec<Ref<'t>>,
    /// What stands in place of a list's items and is no list.
    pub(super) no_lists: Vec<Ref<'t>>,
}

/// The objects of a document: itself, or those of a list.
pub(super) fn items(root: Ref<'_>) -> Items<'_> {
    let top = Top::of(root);
    let mut out = Items { is_object: top.is_object(), ..Items::default() };
    collect(root, root, top, (None, None), None, &mut out);
    out
}

/// Whether a node is a Kubernetes object, by what every object has.
pub(super) fn is_object(node: Ref<'_>) -> bool {
    Top::of(node).is_object()
}

/// Whether a document that is no Kubernetes object looks like one, or is a list or text.
pub(super) fn is_no_object(root: Ref<'_>) -> bool {
    if root.kind() != Kind::Map {
        return !root.is_null();
    }
    let signs = ["kind", "apiVersion", "metadata", "spec"].into_iter().filter(|field| root.get(field).is_some());
    signs.count() > 1
}

/// Kind and version that a typed list gives to its items.
type Inherited<'l> = (Option<&'l str>, Option<&'l str>);

fn collect<'t>(
    root: Ref<'t>,
    raw: Ref<'t>,
    top: Top<'t>,
    inherited: Inherited<'_>,
    obstacle: Option<Obstacle>,
    out: &mut Items<'t>,
) {
    let node = raw.resolved();
    if node.kind() != Kind::Map {
        return;
    }
    let word = |own: Option<Ref<'t>>, word: Option<&str>, inherited: Option<&str>| {
        let own = own.zip(word).map(|(node, word)| known(word, node.is_hidden()));
        own.or(inherited.map(|word| known(word, false)))
    };
    let Some(kind) = word(top.kind, top.words[0], inherited.0) else { return };
    let api_version = word(top.api_version, top.words[1], inherited.1).unwrap_or_default();
    let list = match kind.raw() {
        "Template" if matches!(kind::group(api_version.raw()), "" | "template.openshift.io") => Some("objects"),
        // A ResourceList is one by its `items`, like any other list.
        word if word.ends_with("List") => Some("items"),
        _ => None,
    };
    let items = list.and_then(|f| node.get(f));
    out.no_lists.extend(items.filter(|n| n.kind() != Kind::Seq && !n.is_null()));
    let Some(items) = items.filter(|n| n.kind() == Kind::Seq) else {
        out.objects.push(Found { root, raw, top, kind, api_version, obstacle });
        return;
    };
    out.lists.push(node);
    let field = list.unwrap_or_default();
    let here = obstacle.or_else(|| edit::on_the_way(raw));
    let here = here.or_else(|| edit::entry(node, field).err());
    each(root, items, of_list(kind.raw(), api_version.raw(), field), here, out);
}

/// What a list gives to its items that say neither what they are.
fn of_list<'l>(kind: &'l str, api_version: &'l str, field: &str) -> Inherited<'l> {
    let kind = kind.strip_suffix("List").filter(|k| !matches!(*k, "" | "Resource") && field == "items");
    (kind, kind.map(|_| api_version))
}

/// The objects of the items of a list.
fn each<'t>(root: Ref<'t>, items: Ref<'t>, inherited: Inherited<'_>, obstacle: Option<Obstacle>, out: &mut Items<'t>) {
    for item in items.items() {
        let whole = item.resolved();
        let top = Top::of(whole);
        // Only an item that names neither is taken for what the list is one of.
        let is_bare = whole.kind() == Kind::Map && top.kind.is_none() && top.api_version.is_none();
        let inherited = if is_bare { inherited } else { (None, None) };
        if !(top.is_object() || inherited.0.is_some()) {
            out.others.push(whole);
        }
        let own = obstacle.clone().or_else(|| edit::on_the_way(item));
        collect(root, item, top, inherited, own, out);
    }
}

/// What the top of a list says whose items are read in parts.
#[derive(Debug)]
pub(crate) struct Header {
    kind: String,
    api_version: String,
}

impl Header {
    /// Cuts a chunk at the items of the list that it is.
    pub(super) fn cut(text: &str, chunk: &yaml::Part) -> Option<(yaml::List, Self)> {
        yaml::cut_items(text, chunk, |root, _| {
            let word = |field: &str| root.get(field).and_then(Ref::text).map(str::to_owned);
            let header = Self { kind: word("kind")?, api_version: word("apiVersion")? };
            // What is encrypted is so as a whole.
            let plain = is_object(root) && root.get("sops").is_none();
            (plain && header.kind.ends_with("List")).then_some(header)
        })
    }

    /// The objects of a part of the items.
    pub(super) fn items<'t>(&self, part: Ref<'t>) -> Items<'t> {
        let mut out = Items::default();
        each(part, part, of_list(&self.kind, &self.api_version, "items"), None, &mut out);
        out
    }
}

/// A word that nearly every object has is not kept again and again.
fn known(word: &str, hidden: bool) -> Text {
    let versions = ["v1", "apps/v1", "batch/v1"];
    let mut known = ConfigKind::ALL.map(ConfigKind::as_str).into_iter().chain(versions);
    let known = kind::word(word).or_else(|| known.find(|w| *w == word)).filter(|_| !hidden);
    known.map_or_else(|| Text::new(word, hidden), Text::known)
}
