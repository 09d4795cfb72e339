//! The files of the workspace, and the crates it may hold.

use std::fs;
use std::path::{Path, PathBuf};

/// A crate and the crates of the workspace that it may depend on.
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) upstream: &'static [&'static str],
}

/// The walls, in the order of the flow.
pub(crate) const CRATES: [Crate; 7] = [
    Crate { name: "ledger", package: "evenkeel-ledger", upstream: &[] },
    Crate { name: "quant", package: "evenkeel-quant", upstream: &[] },
    Crate { name: "engine", package: "evenkeel", upstream: &["ledger", "quant"] },
    // The auditor shares no code with what it checks.
    Crate { name: "audit", package: "evenkeel-audit", upstream: &["ledger"] },
    Crate { name: "io", package: "evenkeel-io", upstream: &["ledger", "quant", "engine"] },
    Crate { name: "cli", package: "evenkeel-cli", upstream: &["ledger", "quant", "engine", "audit", "io"] },
    Crate { name: "testkit", package: "evenkeel-testkit", upstream: &["ledger", "quant", "engine", "audit", "io"] },
];

/// A file by its path from the root of the workspace, with `/` between the parts.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether its name ends in that extension.
    pub(crate) fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

/// All texts that people write: sources, manifests, documents, scripts.
pub(crate) struct Workspace {
    root: PathBuf,
    pub(crate) files: Vec<File>,
}

impl Workspace {
    pub(crate) fn open() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace exists");
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(files.iter().any(|file| file.path == "crates/ledger/src/lib.rs"), "the walk missed the sources");
        Self { root, files }
    }

    /// The Rust sources whose path begins so.
    pub(crate) fn rust_files<'a>(&'a self, below: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.starts_with(below) && file.is("rs"))
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        &self.files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is not there")).text
    }

    /// Whether a link in a document leads to a file or directory.
    pub(crate) fn resolves(&self, document: &str, target: &str) -> bool {
        let folder = self.root.join(document).parent().expect("a file lies in a folder").to_owned();
        folder.join(target).exists()
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let written = ["rs", "toml", "md", "sh", "py", "yml", "yaml"];
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            let generated = ["target", "out", ".git", "node_modules", "proptest-regressions"].contains(&name.as_str());
            // A crate may have a module `target`; only the one at the root is generated.
            if !(generated && (folder == root || name != "target")) {
                collect(root, &path, files);
            }
        } else if name == "Makefile"
            || name == "run"
            || path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| written.contains(&kind))
        {
            let inside = path.strip_prefix(root).expect("the walk stays below the root");
            let inside = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            files.push(File { path: inside, text: fs::read_to_string(&path).expect("a source is text") });
        }
    }
}
