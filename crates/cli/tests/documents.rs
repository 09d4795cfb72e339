//! What README and the guide show is what the command says.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the way to fail")]

mod support;

use std::fs;

use support::{Folder, copy_example, evenkeel_in, root, shown};

/// Blocks of code of a kind.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let opening = format!("```{kind}\n");
    text.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn readme_shows_real_output() {
    // The mistakes that README shows are made in a copy.
    let folder = Folder::new("readme");
    let policy = fs::read_to_string(root().join("examples/client/policy.toml")).unwrap();
    let broken = policy.replace("weight = 0.40", "weigth = 0.40").replace("absolute = 0.05", "absolute = 5");
    fs::write(folder.path().join("policy.toml"), broken).unwrap();
    assert_eq!(shows_real_output("README.md", &folder), 3);
}

#[test]
fn the_guide_to_location_shows_real_output() {
    assert_eq!(shows_real_output("docs/guides/location.md", &Folder::new("location")), 1);
}

#[test]
fn the_guide_to_performance_shows_real_output_and_can_be_followed() {
    let page = "docs/guides/performance.md";
    assert_eq!(shows_real_output(page, &Folder::new("performance")), 2);
    // Its other commands write into a folder beside a copy of the examples.
    let folder = Folder::new("performance-followed");
    for example in ["history", "performance"] {
        let to = folder.path().join("examples").join(example);
        fs::create_dir_all(&to).unwrap();
        copy_example(example, &to);
    }
    fs::create_dir(folder.path().join("out")).unwrap();
    let guide = fs::read_to_string(root().join(page)).unwrap();
    let commands: Vec<String> =
        blocks(&guide, "sh").iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    for command in &commands {
        let arguments: Vec<&str> = command.strip_prefix("evenkeel ").unwrap().split(' ').collect();
        let output = evenkeel_in(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{command}\n{}", shown(&output));
    }
    assert_eq!(commands.len(), 3);
}

#[test]
fn the_guide_to_risk_shows_real_output() {
    assert_eq!(shows_real_output("docs/guides/risk.md", &Folder::new("risk")), 5);
}

/// Runs what a page shows; gives how many commands it shows. Mistakes in policies are those of the folder.
fn shows_real_output(page: &str, folder: &Folder) -> usize {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let blocks = blocks(&text, "console");
    for block in &blocks {
        let (command, expected) = block.strip_prefix("$ evenkeel ").unwrap().split_once('\n').unwrap();
        let arguments: Vec<&str> = command.split(' ').collect();
        let place = if command.starts_with("check") { folder.path().to_owned() } else { root() };
        let said = shown(&evenkeel_in(&place, &arguments));
        for part in expected.split("…\n") {
            assert!(said.contains(part.trim_end()), "{page} shows\n{part}\nand evenkeel {command} says\n{said}");
        }
    }
    blocks.len()
}

#[test]
fn the_guide_can_be_followed() {
    let folder = Folder::new("guide");
    let guide = fs::read_to_string(root().join("docs/guides/getting-started.md")).unwrap();
    let commands: Vec<String> =
        blocks(&guide, "sh").iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let mut run = 0;
    for command in commands.iter().filter_map(|command| command.strip_prefix("evenkeel ")) {
        let arguments: Vec<&str> = command.split(' ').collect();
        let output = evenkeel_in(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "evenkeel {command}\n{}", shown(&output));
        run += 1;
    }
    assert_eq!(run, 6);
    assert!(folder.files().contains(&"proposal.json".to_owned()));
}
