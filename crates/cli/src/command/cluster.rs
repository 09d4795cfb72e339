//! `evenkeel cluster`: which assets move together, as a tree.

use clap::Args;
use evenkeel::diagnostic::{Code, Diagnostic};
use evenkeel::estimate::{Estimates, estimate};
use evenkeel::policy::{Linkage, Method, linkage_in_words};
use evenkeel::target::cluster_tree;
use evenkeel_io::page::Page;
use evenkeel_io::picture::{Dendrogram, Join, Picture};
use evenkeel_ledger::date::Date;
use serde::Serialize;

use crate::analysis::output::{Csv, Named, OutputArguments, correlations, digits};
use crate::analysis::{Analysis, AnalysisArguments, defect_note};
use crate::evidence::{About, written};
use crate::render::number::rounded;
use crate::render::sections::pictured;
use crate::render::table::{Column, Table};

use super::{Document, Outcome};

/// Joins that are shown to people, the highest ones.
const SHOWN_JOINS: usize = 30;

/// More assets than this are not listed in their order.
const MOST_IN_ORDER: usize = 100;

/// Arguments of `evenkeel cluster`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the inputs are.
    #[command(flatten)]
    pub inputs: AnalysisArguments,
    /// How clusters are joined; left out, as the policy's `[optimize]` joins them, `ward` where it does not.
    #[arg(long, value_name = "LINKAGE")]
    pub linkage: Option<LinkageName>,
    /// Cut the tree into so many clusters; left out, as the policy's `[optimize]` cuts it.
    #[arg(long, value_name = "N")]
    pub clusters: Option<usize>,
    /// Files of results.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// How clusters are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LinkageName {
    /// By their nearest members.
    Single,
    /// By their farthest members.
    Complete,
    /// By the mean distance of members.
    Average,
    /// By the growth of the sum of squares.
    Ward,
}

/// Which assets move together.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClusterDocument {
    /// The policy.
    pub policy: String,
    /// The date.
    pub as_of: Date,
    /// How clusters were joined.
    pub linkage: String,
    /// The classes: nodes 0 to n − 1 of the tree.
    pub classes: Vec<String>,
    /// The joins in turn: the k-th, from 0, makes node n + k.
    pub joins: Vec<ClusterJoin>,
    /// The classes, so that those that move together are neighbors.
    pub order: Vec<String>,
    /// The classes of each cluster, where the tree was cut.
    pub clusters: Vec<Vec<String>>,
    /// How the estimates were made.
    pub notes: Vec<String>,
    /// Pictures of it.
    #[serde(skip)]
    pub pictures: Vec<Named>,
    #[serde(skip)]
    files: Vec<String>,
}

/// Two clusters that were joined.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClusterJoin {
    /// One node.
    pub left: usize,
    /// The other.
    pub right: usize,
    /// How far they are apart, from 0: √((1 − correlation) ÷ 2) between two assets.
    pub distance: f64,
    /// How many classes are below.
    pub size: usize,
}

/// Builds the tree.
pub fn run(arguments: &Arguments) -> Outcome {
    let analysis = match arguments.inputs.load() {
        Ok(analysis) => analysis,
        Err(diagnostics) => return Outcome::invalid(diagnostics),
    };
    let found = found(&analysis, arguments);
    super::finish(analysis.warnings, found)
}

fn found(analysis: &Analysis, arguments: &Arguments) -> Result<ClusterDocument, Vec<Diagnostic>> {
    let (by_policy, cut) = match analysis.optimization().map(|optimization| &optimization.method) {
        Some(Method::Hierarchical { linkage, clusters, .. }) => (*linkage, *clusters),
        _ => (Linkage::Ward, None),
    };
    let linkage = arguments.linkage.map_or(by_policy, |name| match name {
        LinkageName::Single => Linkage::Single,
        LinkageName::Complete => Linkage::Complete,
        LinkageName::Average => Linkage::Average,
        LinkageName::Ward => Linkage::Ward,
    });
    let estimates = estimate(&analysis.estimate_inputs())?;
    let refuse = |error: &dyn std::fmt::Display, help: &str| vec![Diagnostic::error(Code::ARGUMENT, error.to_string()).help(help)];
    let tree =
        cluster_tree(&estimates.covariance, linkage).map_err(|error| refuse(&error, "check the covariance with `evenkeel estimate`"))?;
    let clusters = match arguments.clusters.or(cut) {
        Some(count) => tree.clusters(count).map_err(|error| refuse(&error, "ask for a number of clusters within that"))?,
        None => Vec::new(),
    };
    let order = tree.leaf_order();
    let classes: Vec<String> = estimates.assets.iter().map(|asset| asset.class.to_string()).collect();
    let named = |assets: &[usize]| assets.iter().filter_map(|asset| classes.get(*asset).cloned()).collect::<Vec<String>>();
    let joins =
        tree.merges().iter().map(|merge| ClusterJoin { left: merge.left, right: merge.right, distance: merge.height, size: merge.size });
    let document = ClusterDocument {
        policy: analysis.policy.name.clone(),
        as_of: analysis.as_of,
        linkage: linkage_in_words(linkage).to_owned(),
        joins: joins.collect(),
        order: named(&order),
        clusters: clusters.iter().map(|cluster| named(cluster)).collect(),
        notes: estimates.notes.iter().cloned().chain(defect_note(&estimates)).collect(),
        pictures: Vec::new(),
        files: Vec::new(),
        classes,
    };
    document.written(&arguments.output, &estimates, &order)
}

impl ClusterDocument {
    fn written(self, output: &OutputArguments, estimates: &Estimates, order: &[usize]) -> Result<Self, Vec<Diagnostic>> {
        let joins = self.joins.iter().map(|join| Join { left: join.left, right: join.right, distance: join.distance });
        let tree = Dendrogram {
            title: format!("Clusters of assets that move together, {} linkage", self.linkage),
            names: self.classes.clone(),
            order: order.to_vec(),
            joins: joins.collect(),
            clusters: if self.clusters.is_empty() {
                Vec::new()
            } else {
                self.classes.iter().map(|class| self.cluster_of(class).unwrap_or(0)).collect()
            },
        };
        let pictures = vec![("dendrogram", Picture::Dendrogram(tree)), correlations(estimates, order)];
        let files = output.write(&self.csv(), &pictures).map_err(|problem| vec![*problem])?;
        Ok(Self { pictures, files, ..self })
    }

    fn cluster_of(&self, class: &str) -> Option<usize> {
        self.clusters.iter().position(|cluster| cluster.iter().any(|member| member == class))
    }

    /// The nodes of the tree: first the classes with their place in the order, then the joins.
    fn csv(&self) -> Csv {
        let header = ["node", "class", "place", "cluster", "left", "right", "distance", "size"].map(str::to_owned).to_vec();
        let count = |number: Option<usize>| number.map_or_else(String::new, |number| number.to_string());
        let leaves = self.classes.iter().enumerate().map(|(node, class)| {
            let place = self.order.iter().position(|placed| placed == class);
            let own =
                [node.to_string(), class.clone(), count(place.map(|place| place + 1)), count(self.cluster_of(class).map(|at| at + 1))];
            own.into_iter().chain([String::new(), String::new(), String::new(), "1".to_owned()]).collect()
        });
        let joins = self.joins.iter().zip(self.classes.len()..).map(|(join, node)| {
            let own = [node.to_string(), String::new(), String::new(), String::new()];
            own.into_iter().chain([join.left.to_string(), join.right.to_string(), digits(join.distance), join.size.to_string()]).collect()
        });
        Csv { header, rows: leaves.chain(joins).collect() }
    }

    /// A node in words.
    fn node(&self, node: usize) -> String {
        match node.checked_sub(self.classes.len()) {
            None => self.classes.get(node).cloned().unwrap_or_default(),
            Some(join) => format!("join {}", join + 1),
        }
    }
}

impl Document for ClusterDocument {
    fn page(&self) -> Page {
        let mut page = Page::new();
        page.say(format!("CLUSTERS: {} assets by {} linkage of √((1 − correlation) ÷ 2).", self.classes.len(), self.linkage));
        page.say(format!("Policy “{}”, {}.", self.policy, self.as_of));
        let mut table = Table::new([
            Column::Number("Join"),
            Column::Name("of"),
            Column::Name("and"),
            Column::Number("Distance"),
            Column::Number("Assets"),
        ]);
        let skipped = self.joins.len().saturating_sub(SHOWN_JOINS);
        for (number, join) in self.joins.iter().enumerate().skip(skipped) {
            let (left, right) = (self.node(join.left), self.node(join.right));
            table.row([
                (number + 1).to_string().into(),
                left.into(),
                right.into(),
                rounded(join.distance, 4),
                join.size.to_string().into(),
            ]);
        }
        let heading = if skipped == 0 {
            "Joins".to_owned()
        } else {
            format!("The last {SHOWN_JOINS} of {} joins; `--csv` writes all", self.joins.len())
        };
        page.table(&heading, table);
        let mut clusters = Table::new([Column::Number("Cluster"), Column::Text("Classes")]);
        for (number, cluster) in self.clusters.iter().enumerate() {
            clusters.row([(number + 1).to_string(), cluster.join(", ")]);
        }
        page.table("Clusters", clusters);
        let order = if self.order.len() > MOST_IN_ORDER {
            "`--csv` and `--json` give the order.".to_owned()
        } else {
            format!("In order: {}.", self.order.join(", "))
        };
        page.item(&order);
        for note in &self.notes {
            page.item(note);
        }
        page.append(pictured(&self.pictures)).append(written(&self.files));
        page
    }

    fn about(&self) -> About {
        About::policy(&self.policy, self.as_of)
    }

    fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
