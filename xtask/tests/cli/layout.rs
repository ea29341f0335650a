//! The direction of imports: a folder of `xtask/src` uses only the folders below it, and no folder
//! of a crate is in a cycle of imports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `xtask/src`, from top to bottom.
const FOLDERS: [&str; 9] =
    ["dev", "commands", "steps", "report", "run", "tables", "settings", "maths", "support"];

const CRATES: [&str; 5] = ["dim-models", "linear-probe", "mi-metrics", "mi-plots", "stl-data"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every source file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file, without comments and without the unit tests at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names that follow `crate::` in code; for `crate::{a, b::c}` these are `a` and `b`.
fn imported(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let Some(list) = part.strip_prefix('{') else {
            names.insert(part.chars().take_while(|&c| is_name(c)).collect());
            continue;
        };
        let (mut depth, mut name) = (1, String::new());
        let mut is_first = true;
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => is_first = true,
                c if is_name(c) && depth == 1 && is_first => {
                    name.push(c);
                    continue;
                }
                c if !c.is_whitespace() => is_first = false,
                _ => {}
            }
            if !name.is_empty() {
                names.insert(std::mem::take(&mut name));
                is_first = c == ',';
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// The top-level module of a file: the first part of its path in `src`.
fn module(path: &Path, src: &Path) -> String {
    let relative = path.strip_prefix(src).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The top-level modules of a crate, each with the modules that it imports.
fn modules(src: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let root_file =
        ["lib.rs", "main.rs"].map(|name| src.join(name)).into_iter().find(|p| p.exists());
    let root = code(&root_file.unwrap());
    // After `pub use error::{Error, Result}`, `crate::Error` imports module `error`.
    let mut owner = BTreeMap::new();
    for part in root.split("pub use ").skip(1) {
        let statement = part.split(';').next().unwrap().trim_start_matches("crate::");
        let Some((module, names)) = statement.split_once("::") else { continue };
        for name in names.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            owner.insert(name.to_owned(), module.to_owned());
        }
    }
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(src) {
        let own = module(&path, src);
        if ["lib", "main"].contains(&own.as_str()) {
            continue;
        }
        let imports = imported(&code(&path)).into_iter();
        let imports = imports.map(|name| owner.get(&name).cloned().unwrap_or(name));
        modules.entry(own.clone()).or_default().extend(imports.filter(|name| *name != own));
    }
    let known: BTreeSet<String> = modules.keys().cloned().collect();
    modules.values_mut().for_each(|imports| imports.retain(|name| known.contains(name)));
    modules
}

/// Every module that a module imports, directly or through others.
fn reachable(modules: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(name) = open.pop() {
        for next in &modules[name] {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}

/// The folders that are in a cycle of imports with any other module. A single file of `src` may be
/// in one: an error names types whose methods return it.
fn folders_in_cycles(
    modules: &BTreeMap<String, BTreeSet<String>>,
    is_folder: impl Fn(&str) -> bool,
) -> Vec<String> {
    let is_in_cycle = |name: &&String| reachable(modules, name).contains(*name);
    modules.keys().filter(|name| is_folder(name)).filter(is_in_cycle).cloned().collect()
}

#[test]
fn folders_of_xtask_import_only_folders_below_them() {
    let src = root().join("xtask/src");
    let level = |name: &str| FOLDERS.iter().position(|folder| *folder == name);
    let mut problems = Vec::new();
    for path in sources(&src) {
        let own = module(&path, &src);
        if own == "main" {
            continue;
        }
        let level_of_own =
            level(&own).unwrap_or_else(|| panic!("{} is in no folder", path.display()));
        for name in imported(&code(&path)) {
            let is_below = level(&name).is_some_and(|other| other > level_of_own);
            if name != own && !is_below {
                problems.push(format!("{} imports crate::{name}", path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn no_folder_is_in_a_cycle_of_imports() {
    let mut problems = Vec::new();
    let libraries = CRATES.map(|name| root().join("crates").join(name).join("src"));
    for src in libraries.into_iter().chain([root().join("xtask/src")]) {
        let modules = modules(&src);
        assert!(modules.len() > 3, "{} has no modules", src.display());
        let folders = folders_in_cycles(&modules, |name| src.join(name).is_dir());
        problems.extend(folders.iter().map(|name| format!("{}/{name}", src.display())));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn cycles_and_imports_are_found() {
    let graph = |edges: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        edges.iter().map(|&(name, imports)| (name.to_owned(), set(imports))).collect()
    };
    let line = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &[])]);
    assert_eq!(folders_in_cycles(&line, |_| true), [""; 0]);
    let cycle = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
    assert_eq!(folders_in_cycles(&cycle, |_| true), ["b", "c"]);
    assert_eq!(folders_in_cycles(&cycle, |name| name == "c"), ["c"]);
    let text = "use crate::{one, two::{A, b}, three};\nfn f() { crate::four::g() }";
    assert_eq!(imported(text).into_iter().collect::<Vec<_>>(), ["four", "one", "three", "two"]);
}
