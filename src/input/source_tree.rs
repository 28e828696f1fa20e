//! Source trees: kustomizations and charts that a folder walk must not stamp, because what they build is stamped.
//!
//! Takes the files of one walk; gives those that remain, and the skipped trees with the command to use instead. Reads
//! kustomization files only, and only under the walked folder; never runs a tool, never fetches a URL.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::facts::{self, Keep};
use crate::finding::{Finding, Near, Problem};
use crate::input::kustomization::{self, Broken, Kustomization};
use crate::input::walk::{CHART_FILE, Scope, display, file_name, is_mark, parent};
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use crate::text::source::{Position, Source};

const REMEDY: &str = "stamp what it builds, or name its files one by one";

/// A kustomization or a chart that a walk skipped.
#[derive(Clone, Debug)]
pub(crate) struct SkippedTree {
    /// Its folder, as messages name it.
    pub(crate) folder: String,
    /// What renders it: `kustomize build DIR | restamp`.
    pub(crate) command: String,
    /// The manifests that were skipped for it, each file in one tree only.
    pub(crate) files: Vec<PathBuf>,
    /// What its generators make, in no file of its own.
    pub(crate) generates: Vec<(ConfigKind, String)>,
}

impl SkippedTree {
    /// The configs that it holds or generates.
    pub(crate) fn configs(&self) -> HashSet<(ConfigKind, String)> {
        // A file that cannot be read explains nothing.
        let texts = self.files.iter().filter_map(|f| fs::read_to_string(f).ok());
        let sources: Vec<Source> = texts.map(|t| Source::new(self.folder.as_str(), t)).collect();
        let facts = facts::read(&sources, &Settings::default(), Keep::Stamps);
        let held = facts.configs.iter().map(|c| (c.kind, c.object.name.raw().to_owned()));
        held.chain(self.generates.iter().cloned()).collect()
    }

    /// Where a config is that is not in the set, but in this tree.
    pub(crate) fn near(&self) -> Near {
        Near::SkippedTree { folder: self.folder.clone(), command: self.command.clone() }
    }
}

/// One walk, split.
#[derive(Debug, Default)]
pub(crate) struct Split {
    /// The files that are read.
    pub(crate) rest: Vec<PathBuf>,
    pub(crate) skipped: Vec<SkippedTree>,
    /// One for each skipped tree.
    pub(crate) findings: Vec<Finding>,
    /// Kustomizations that cannot be read, so that nobody knows what is theirs.
    pub(crate) broken: Vec<Finding>,
}

/// Splits the files of a walk over `root`. All paths are relative to it; `marks` are the files that [`is_mark`], whether
/// or not `scope` admits them: a kustomization that is not read makes sources of its files all the same.
pub(crate) fn split(root: &Path, files: Vec<PathBuf>, marks: &[PathBuf], scope: Scope<'_>) -> Split {
    let (found, broken) = kustomizations(root, marks, scope.follow_links);
    let mut trees = Trees::of_kustomizations(root, marks, &found);
    trees.extend_charts(root, chart_folders(root, marks));
    let mut split = Split::default();
    for file in files {
        match trees.owner(&file) {
            Some(index) => trees.all[index].skipped.files.push(root.join(file)),
            None => split.rest.push(file),
        }
    }
    for Broken { file, finding } in broken {
        let beside = |rest: &[PathBuf]| rest.iter().any(|f| parent(f) == parent(&file));
        let counts = match trees.owner(&file) {
            // A template of a chart may be called like that.
            Some(index) => !trees.all[index].chart,
            None => marks.contains(&file) && (scope.admit(&file) || beside(&split.rest)),
        };
        if counts || trees.reached.contains(parent(&file)) {
            split.rest.retain(|f| *f != file);
            split.broken.push(*finding);
        }
    }
    for tree in trees.all {
        // Nothing to say about a chart without templates, or where only what is excluded would be skipped.
        if !tree.skipped.files.is_empty() || !tree.chart && scope.admit(&tree.mark) {
            split.findings.push(tree.finding(root));
            split.skipped.push(tree.skipped);
        }
    }
    split
}

/// Is this file no manifest: a kustomization, or beside `Chart.yaml` (values, the chart's own description)?
pub(crate) fn is_description(file: &Path) -> bool {
    is_mark(file) || file.with_file_name(CHART_FILE).is_file()
}

/// A source tree, and what is said of it.
struct Tree {
    skipped: SkippedTree,
    mark: PathBuf,
    at: Position,
    /// As in "kustomize source (`patches`)".
    what: String,
    remedy: &'static str,
    chart: bool,
}

impl Tree {
    fn finding(&self, root: &Path) -> Finding {
        let SkippedTree { command, files, .. } = &self.skipped;
        let (what, command) = (self.what.clone(), command.clone());
        let problem = Problem::SourceTree { what, files: files.len(), command, remedy: self.remedy };
        Finding::new(problem).in_input(display(root, &self.mark), Some(self.at))
    }
}

#[derive(Default)]
struct Trees {
    all: Vec<Tree>,
    /// Folder → tree that takes the files directly in it.
    direct: HashMap<PathBuf, usize>,
    /// File or folder → tree that takes it whole.
    whole: HashMap<PathBuf, usize>,
    /// All that kustomizations of trees name.
    reached: HashSet<PathBuf>,
}

impl Trees {
    /// The tree that takes a file, if any: that of its own folder first, then that of the nearest folder.
    fn owner(&self, file: &Path) -> Option<usize> {
        let direct = file.parent().and_then(|folder| self.direct.get(folder));
        direct.or_else(|| file.ancestors().find_map(|path| self.whole.get(path))).copied()
    }

    /// The kustomizations of the walk that are sources, with what they take.
    fn of_kustomizations(root: &Path, marks: &[PathBuf], found: &BTreeMap<PathBuf, Kustomization>) -> Self {
        let walked: HashSet<&Path> = marks.iter().map(|m| parent(m)).collect();
        let walked = found.iter().filter(|(folder, _)| walked.contains(folder.as_path()));
        let sources: Vec<_> = walked.filter_map(|(folder, k)| Some((folder, k, k.trigger.as_ref()?))).collect();
        let reaches: Vec<Reach<'_>> = sources.iter().map(|(folder, ..)| reach(folder, found)).collect();
        let mut trees = Self::default();
        trees.direct.extend(sources.iter().enumerate().map(|(index, (folder, ..))| ((*folder).clone(), index)));
        for (index, Reach { named, whole, .. }) in reaches.iter().enumerate() {
            for folder in named.iter().filter(|name| found.contains_key(**name)) {
                trees.direct.entry(folder.to_path_buf()).or_insert(index);
            }
            for path in whole {
                trees.whole.entry(path.to_path_buf()).or_insert(index);
            }
            trees.reached.extend(named.iter().map(|name| name.to_path_buf()));
        }
        for (index, (folder, kustomization, (what, at))) in sources.iter().enumerate() {
            // A component cannot be built alone.
            let uses = |i: &usize| !sources[*i].1.component && reaches[*i].named.contains(folder.as_path());
            let user = if kustomization.component { (0..sources.len()).find(uses) } else { Some(index) };
            let (build, remedy, flags) = match user {
                Some(user) => (quoted(&display(root, sources[user].0)), REMEDY, reaches[user].flags.clone()),
                None => ("DIR".to_owned(), "DIR is a kustomization that uses the component", BTreeSet::new()),
            };
            let flags: String = flags.into_iter().map(|flag| flag.to_owned() + " ").collect();
            trees.all.push(Tree {
                skipped: SkippedTree {
                    folder: display(root, folder),
                    command: format!("kustomize build {flags}{build} | restamp"),
                    files: Vec::new(),
                    generates: kustomization.generates.clone(),
                },
                mark: kustomization.file.clone(),
                at: *at,
                what: what.clone(),
                remedy,
                chart: false,
            });
        }
        trees
    }

    /// Adds charts; one that a kustomization names (`charts/` of `helmCharts`) is the kustomization's already.
    fn extend_charts(&mut self, root: &Path, charts: Vec<(PathBuf, Vec<PathBuf>)>) {
        for (mark, templates) in charts {
            if mark.ancestors().any(|path| self.whole.contains_key(path)) {
                continue;
            }
            let folder = display(root, parent(&mark));
            let command = format!("helm template {} | restamp", quoted(&folder));
            let index = self.all.len();
            self.whole.extend(templates.into_iter().map(|t| (t, index)));
            self.all.push(Tree {
                skipped: SkippedTree { folder, command, files: Vec::new(), generates: Vec::new() },
                mark,
                at: Position { line: 1, column: 1 },
                what: "Helm chart".to_owned(),
                remedy: REMEDY,
                chart: true,
            });
        }
    }
}

/// The topmost charts, each with the `templates` folders that are rendered with it: its own and its subcharts'.
fn chart_folders(root: &Path, marks: &[PathBuf]) -> Vec<(PathBuf, Vec<PathBuf>)> {
    let charts = marks.iter().filter(|m| file_name(m) == Some(CHART_FILE));
    let folders: HashSet<&Path> = charts.clone().map(|m| parent(m)).collect();
    let mut top: BTreeMap<&Path, Vec<PathBuf>> = BTreeMap::new();
    for folder in charts.map(|m| parent(m)) {
        let mut outer = folder;
        while let Some(chart) = parent_chart(outer).filter(|c| folders.contains(c)) {
            outer = chart;
        }
        top.entry(outer).or_default().push(folder.join("templates"));
    }
    let mut charts: Vec<_> = top.into_iter().map(|(folder, templates)| (folder.join(CHART_FILE), templates)).collect();
    // The walk may begin in the templates themselves.
    if is_templates(root) {
        charts.push((Path::new("..").join(CHART_FILE), vec![PathBuf::new()]));
    }
    charts
}

/// The chart whose `charts/` this folder is in.
fn parent_chart(folder: &Path) -> Option<&Path> {
    let charts = folder.parent()?;
    (file_name(charts) == Some("charts")).then(|| parent(charts))
}

fn is_templates(root: &Path) -> bool {
    fs::canonicalize(root)
        .is_ok_and(|real| file_name(&real) == Some("templates") && real.with_file_name(CHART_FILE).is_file())
}

/// The kustomizations of the walk and those that they name, by folder, and those that cannot be read.
fn kustomizations(
    root: &Path,
    marks: &[PathBuf],
    follow_links: bool,
) -> (BTreeMap<PathBuf, Kustomization>, Vec<Broken>) {
    let (mut found, mut broken) = (BTreeMap::new(), Vec::new());
    let Ok(real) = fs::canonicalize(root) else {
        return (found, broken);
    };
    let mut seen = HashSet::new();
    let mut todo: Vec<PathBuf> = marks.iter().map(|m| parent(m).to_owned()).collect();
    while let Some(folder) = todo.pop() {
        if !seen.insert(folder.clone()) {
            continue;
        }
        match kustomization::kustomization(root, &real, &folder, follow_links) {
            Ok(Some(it)) => {
                todo.extend(it.names.iter().cloned());
                found.insert(folder, it);
            }
            Ok(None) => {}
            Err(it) => broken.push(it),
        }
    }
    (found, broken)
}

/// What a build of one folder reads.
#[derive(Default)]
struct Reach<'k> {
    /// The folder and all that is named, directly or through others.
    named: HashSet<&'k Path>,
    /// Files and folders that are taken whole.
    whole: HashSet<&'k Path>,
    flags: BTreeSet<&'static str>,
}

fn reach<'k>(start: &'k Path, found: &'k BTreeMap<PathBuf, Kustomization>) -> Reach<'k> {
    let mut reach = Reach::default();
    let mut todo = vec![start];
    while let Some(folder) = todo.pop() {
        if !reach.named.insert(folder) {
            continue;
        }
        if let Some(kustomization) = found.get(folder) {
            reach.flags.extend(&kustomization.flags);
            todo.extend(kustomization.names.iter().map(PathBuf::as_path));
            // A folder above (`..`) is not taken whole: its other subfolders need not belong to it.
            let below = kustomization.names.iter().filter(|name| !folder.starts_with(name));
            reach.whole.extend(below.map(PathBuf::as_path));
        }
    }
    reach
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_./-+@:,%=\\".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::{folder, globs, read};

    /// Reads one folder; the paths of what is read, then the findings.
    fn walk(files: &[(&str, &str)]) -> String {
        read(folder(files).path(), &["."], Scope::default()).replace("./", "")
    }

    const OBJECT: &str = "kind: ConfigMap\n";

    #[test]
    fn each_trigger_makes_a_source() {
        for field in [
            "configMapGenerator",
            "secretGenerator",
            "generators",
            "patches",
            "patchesStrategicMerge",
            "patchesJson6902",
            "replacements",
            "vars",
            "components",
            "transformers",
        ] {
            let text = format!("resources: [a.yaml]\n{field}: [{{name: x}}]\n");
            let files = [("k/kustomization.yaml", &*text), ("k/a.yaml", OBJECT), ("z.yaml", OBJECT)];
            let expected = format!(
                "z.yaml \n! source-tree k/kustomization.yaml:2:1: kustomize source (`{field}`), no rendering: \
                 2 files skipped; use `kustomize build k | restamp`"
            );
            assert_eq!(walk(&files), expected);
        }
        for field in ["helmCharts", "helmChartInflationGenerator"] {
            let text = format!("{field}: [{{name: x}}]\n");
            let read = walk(&[("k/Kustomization", &text), ("k/a.yaml", OBJECT), ("z.yaml", OBJECT)]);
            assert!(read.starts_with("z.yaml \n! source-tree k/Kustomization:1:1:"), "{read}");
            assert!(read.ends_with("use `kustomize build --enable-helm k | restamp`"), "{read}");
        }
    }

    #[test]
    fn a_harmless_kustomization_is_read_over() {
        let text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\nnamePrefix: a-\n\
                    labels: [{pairs: {a: b}}]\nimages: [{name: a}]\nreplicas: []\npatches: []\nresources: [a.yaml, b]\n";
        let files = [("kustomization.yaml", text), ("a.yaml", OBJECT), ("b/c.yaml", OBJECT)];
        assert_eq!(walk(&files), "a.yaml b/c.yaml kustomization.yaml");
    }

    #[test]
    fn a_kustomization_of_flux_is_an_ordinary_object() {
        let flux = "# a\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\npatches: [{}]\ncomponents: [a]\n";
        assert_eq!(walk(&[("kustomization.yaml", flux), ("a.yaml", OBJECT)]), "a.yaml kustomization.yaml");
    }

    #[test]
    fn whatever_its_values_look_like_it_is_a_source() {
        for (text, place) in [
            ("configMapGenerator: [{name: d, literals: [NET=fd00::]}]\n", "1:1"),
            ("patches: []\nlabels: []\npatches: [{path: x}]\n", "3:1"),
            ("x: &x [{path: p}]\npatches: *x\n", "2:1"),
            ("x: &x {patches: [{path: p}]}\n<<: *x\n", "1:8"),
            ("patches: !!seq [{path: p}]\n", "1:1"),
            ("{\"resources\": [],\n\t\"patches\": [{\"path\": \"p\"}]}\n", "2:2"),
            ("---\n# nothing\n---\npatches:\n- path: p\n---\nkind: ConfigMap\n", "4:1"),
            ("\u{feff}patches:\r\n- path: p\r\n", "1:1"),
            ("resources:\r\n- a.yaml\r\n  \r\npatches:\r\n- path: p\r\n", "4:1"),
            ("\"patches\" : [{path: p}]\n", "1:1"),
            ("  labels: []\n  patches: [{path: p}]\n", "2:3"),
        ] {
            let read = walk(&[("k/kustomization.yaml", text), ("k/a.yaml", OBJECT), ("z.yaml", OBJECT)]);
            assert!(read.starts_with(&format!("z.yaml \n! source-tree k/kustomization.yaml:{place}: kust")), "{read}");
        }
    }

    #[test]
    fn one_that_does_not_parse_is_an_error_at_its_place() {
        let broken = "resources: [a.yaml]\npatches: [{{ x }}\n";
        let said = "syntax kustomization.yaml:2:12: a mapping or sequence is used as a key, which Kubernetes refuses";
        let files = [("kustomization.yaml", broken), ("a.yaml", OBJECT), ("b/c.yaml", OBJECT)];
        assert_eq!(walk(&files), format!("a.yaml b/c.yaml \n! {said}"));
        // A word that makes the core read it too, and nothing else to read.
        let named = format!("{broken}# kind: Deployment\n");
        assert_eq!(walk(&[("kustomization.yaml", &named)]), format!("! {said}"));
        // kustomize takes a file without an extension, which no walk reads.
        let files = [("Kustomization", broken), ("a.yaml", OBJECT)];
        assert_eq!(walk(&files), format!("a.yaml \n! {}", said.replace("kustomization.yaml", "Kustomization")));
        // What follows an object that was read is the object's.
        let files = [("kustomization.yaml", "namespace: x\n---\na: [\n"), ("a.yaml", OBJECT)];
        assert_eq!(walk(&files), "a.yaml kustomization.yaml");
    }

    #[test]
    fn one_that_is_no_text_is_an_error() {
        let dir = folder(&[("a.yaml", OBJECT), ("l/b.yaml", OBJECT), ("m/c.yaml", OBJECT)]);
        fs::write(dir.path().join("Kustomization"), b"a: \xff\n").unwrap();
        fs::write(dir.path().join("m/kustomization.yaml"), b"a: \xff\n").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("nowhere", dir.path().join("l/Kustomization")).unwrap();
        let read = read(dir.path(), &["."], Scope::default()).replace("./", "");
        let mut said = vec!["encoding Kustomization:1:4: not UTF-8: byte 0xff"];
        if cfg!(unix) {
            said.push("no-input l/Kustomization: cannot be read: No such file or directory (os error 2)");
        }
        said.push("encoding m/kustomization.yaml:1:4: not UTF-8: byte 0xff");
        assert_eq!(read, format!("a.yaml l/b.yaml m/c.yaml \n! {}", said.join("\n! ")));
    }

    #[test]
    fn a_broken_one_counts_if_it_is_read_or_a_source_names_it() {
        let broken = "patches: [{{ x }}\n";
        let files = |top: &'static str| [("k/kustomization.yaml", top), ("k/vendor/kustomization.yaml", broken)];
        let named = walk(&files("resources: [vendor]\npatches: [{path: p}]\n"));
        assert!(named.contains("! syntax k/vendor/kustomization.yaml:1:12:"), "{named}");
        let harmless = walk(&files("resources: [vendor]\n"));
        assert!(!harmless.contains("syntax"), "{harmless}");
        // A chart's template may have that name.
        let chart = [("app/Chart.yaml", ""), ("app/templates/kustomization.yaml", broken), ("z.yaml", OBJECT)];
        assert!(!walk(&chart).contains("syntax"));
        let dir = folder(&[("k/kustomization.yaml", broken), ("k/a.yaml", OBJECT), ("z.yaml", OBJECT)]);
        let read = |exclude: &[&str]| {
            let exclude = globs(exclude);
            read(dir.path(), &["."], Scope { exclude: &exclude, ..Scope::default() }).replace("./", "")
        };
        assert_eq!(read(&["k/"]), "z.yaml");
        assert!(read(&["kustomization.yaml"]).contains("! syntax k/kustomization.yaml:1:12:"));
    }

    #[test]
    fn what_a_source_names_is_skipped_through_others_too() {
        let files = [
            (
                "overlays/prod/kustomization.yml",
                "resources:\n- ../../base\n- https://example.com/x?ref=1\npatches:\n- path: ../patch.yaml\n- patch: |-\n    kind: X\n",
            ),
            ("overlays/prod/extra.yaml", OBJECT),
            ("overlays/prod/rendered/a.yaml", OBJECT),
            ("overlays/patch.yaml", OBJECT),
            ("overlays/other.yaml", OBJECT),
            ("base/kustomization.yaml", "bases: [../lib]\nresources: [../shared/a.yaml]\n"),
            ("base/deep/a.yaml", OBJECT),
            ("lib/kustomization.yaml", "resources: [.., a.yaml]\n"),
            ("shared/a.yaml", OBJECT),
            ("shared/b.yaml", OBJECT),
        ];
        assert_eq!(
            walk(&files),
            "overlays/other.yaml overlays/prod/rendered/a.yaml shared/b.yaml \n\
             ! source-tree overlays/prod/kustomization.yml:4:1: kustomize source (`patches`), no rendering: \
             7 files skipped; use `kustomize build --load-restrictor LoadRestrictionsNone overlays/prod | restamp`"
        );
    }

    #[test]
    fn a_folder_above_is_not_taken_whole() {
        let files = [
            ("kustomization.yaml", "resources: [a.yaml]\n"),
            ("a.yaml", OBJECT),
            ("prod/kustomization.yaml", "resources: [..]\nconfigMapGenerator:\n- files: [x=../x.yaml]\n"),
            ("rendered/b.yaml", OBJECT),
            ("x.yaml", OBJECT),
        ];
        let read = walk(&files);
        assert!(read.starts_with("rendered/b.yaml \n"), "{read}");
        assert!(read.contains(" 4 files skipped"), "{read}");
    }

    #[test]
    fn a_component_names_the_build_that_uses_it() {
        let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n";
        let mut files = vec![("c/kustomization.yaml", component), ("c/a.yaml", OBJECT), ("z.yaml", OBJECT)];
        assert_eq!(
            walk(&files),
            "z.yaml \n! source-tree c/kustomization.yaml:2:1: kustomize component, no rendering: 2 files skipped; \
             use `kustomize build DIR | restamp`"
        );
        files.push(("my app/kustomization.yaml", "components: [../c]\n"));
        let read = walk(&files);
        let command = "use `kustomize build 'my app' | restamp`";
        assert!(read.starts_with("z.yaml \n"), "{read}");
        assert_eq!(read.matches(command).count(), 2, "{read}");
    }

    #[test]
    fn one_that_is_no_mapping_is_an_error() {
        for text in ["- a.yaml\n", "hello\n", "5\n"] {
            let files = [("kustomization.yaml", text), ("a.yaml", OBJECT)];
            assert_eq!(walk(&files), "a.yaml \n! syntax kustomization.yaml:1:1: a kustomization is a mapping");
        }
    }

    #[test]
    fn fields_count_whatever_their_case() {
        let files = [
            ("k/kustomization.yaml", "ConfigMapGenerator: [{name: x}]\nRESOURCES: [../b]\n"),
            ("k/a.yaml", OBJECT),
            ("b/b.yaml", OBJECT),
            ("z.yaml", OBJECT),
        ];
        assert!(walk(&files).starts_with("z.yaml \n! source-tree k/kustomization.yaml:1:1: kustomize source"));
    }

    #[test]
    fn cycles_end() {
        let files = [
            ("a/kustomization.yaml", "resources: [../b]\npatches: [{path: p.yaml}]\n"),
            ("b/kustomization.yaml", "resources: [../a, ../b, .]\n"),
            ("b/x.yaml", OBJECT),
            ("z.yaml", OBJECT),
        ];
        let read = walk(&files);
        assert!(read.starts_with("z.yaml \n"), "{read}");
        assert_eq!(read.matches("source-tree").count(), 1, "{read}");
    }

    #[test]
    fn templates_of_a_chart_are_skipped() {
        let files = [
            ("app/Chart.yaml", "name: app\n"),
            ("app/values.yaml", "kind: x\n"),
            ("app/templates/a.yaml", "{{ x }}"),
            ("app/templates/tests/b.yaml", "{{ x }}"),
            ("app/charts/db/Chart.yaml", "name: db\n"),
            ("app/charts/db/templates/c.yaml", "{{ x }}"),
            ("templates/d.yaml", OBJECT),
        ];
        assert_eq!(
            walk(&files),
            "app/Chart.yaml app/charts/db/Chart.yaml app/values.yaml templates/d.yaml \n\
             ! source-tree app/Chart.yaml:1:1: Helm chart, no rendering: 3 files skipped; use `helm template app | restamp`"
        );
    }

    #[test]
    fn nothing_left_is_an_error_that_names_the_command() {
        let chart = [("app/Chart.yaml", "name: app\n"), ("app/values.yaml", "kind: x\n"), ("app/templates/a.yaml", "")];
        let read_at = |files: &[(&str, &str)], path| read(folder(files).path(), &[path], Scope::default());
        let in_chart = read_at(&chart, "app");
        assert!(
            in_chart.contains(
                "\n! no-input app: nothing to read but sources of manifests; use `helm template app | restamp`"
            ),
            "{in_chart}"
        );
        let in_templates = read_at(&chart, "app/templates");
        assert!(in_templates.contains("! source-tree app/Chart.yaml:1:1: Helm chart"), "{in_templates}");
        assert!(in_templates.contains("! no-input app/templates: nothing"), "{in_templates}");
        let files = [("k/kustomization.yaml", "secretGenerator:\n- name: x\n"), ("l/kustomization.yaml", "vars: [{}]")];
        let in_kustomize = read_at(&files, "");
        assert!(in_kustomize.contains("k | restamp` (and 1 more)"), "{in_kustomize}");
    }

    #[test]
    fn globs_do_not_turn_a_source_into_a_rendering() {
        let dir = folder(&[("k/kustomization.yaml", "patches: [{}]\n"), ("k/a.yaml", OBJECT), ("z/a.yaml", OBJECT)]);
        let read = |include: &[&str], exclude: &[&str]| {
            let (include, exclude) = (globs(include), globs(exclude));
            read(dir.path(), &["."], Scope { include: &include, exclude: &exclude, ..Scope::default() })
        };
        let included = read(&["a.yaml"], &[]);
        assert!(included.starts_with("./z/a.yaml \n! source-tree"), "{included}");
        assert!(included.contains(" 1 file skipped"), "{included}");
        assert_eq!(read(&[], &["k/"]), "./z/a.yaml");
    }

    #[test]
    fn skipped_files_and_generated_configs_are_kept_for_near_misses() {
        let dir = folder(&[
            ("k/kustomization.yaml", "configMapGenerator:\n- name: env\nsecretGenerator: [{name: db}]\n"),
            ("k/a.yaml", OBJECT),
        ]);
        let marks = [PathBuf::from("k/kustomization.yaml")];
        let files = vec![PathBuf::from("k/a.yaml"), marks[0].clone()];
        let split = split(dir.path(), files, &marks, Scope::default());
        assert!(split.rest.is_empty());
        assert_eq!(split.skipped[0].files, [dir.path().join("k/a.yaml"), dir.path().join(&marks[0])]);
        let generated = [(ConfigKind::ConfigMap, "env".to_owned()), (ConfigKind::Secret, "db".to_owned())];
        assert_eq!(split.skipped[0].generates, generated);
    }

    #[cfg(unix)]
    #[test]
    fn names_through_links_are_resolved() {
        let dir = folder(&[
            ("k/kustomization.yaml", "resources: [link]\nvars: [{}]\n"),
            ("base/a.yaml", OBJECT),
            ("z.yaml", OBJECT),
        ]);
        std::os::unix::fs::symlink("../base", dir.path().join("k/link")).unwrap();
        let read = read(dir.path(), &["."], Scope::default());
        assert!(read.starts_with("./z.yaml \n"), "{read}");
    }
}
