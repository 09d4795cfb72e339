//! The codes of all diagnostics: the one table from which the reference is generated.

use std::fmt;

use serde::Serialize;

/// Identifies a kind of diagnostic, such as `EK0104`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Code(&'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        impl Code {
            $($(#[doc = $doc])+ pub const $name: Self = Self($code);)+

            /// Every code with its explanation, in order.
            pub const ALL: &[(Self, &str)] = &[$((Self($code), concat!($($doc),+))),+];
        }
    };
}

codes! {
    // 01xx: reading a policy.
    /// The text is not valid TOML.
    SYNTAX = "EK0101";
    /// The key is not one that this table knows.
    UNKNOWN_KEY = "EK0102";
    /// A key that is needed is missing.
    MISSING_KEY = "EK0103";
    /// The value has another type than the key takes.
    WRONG_TYPE = "EK0104";
    /// The value lies outside what the key allows.
    OUT_OF_RANGE = "EK0105";
    /// The file's schema version is not one that this program reads.
    SCHEMA_VERSION = "EK0106";
    /// The value is not one of the names that the key takes.
    NOT_A_CHOICE = "EK0107";
    /// A key or table is given twice.
    DUPLICATE_KEY = "EK0108";
    /// Two keys are given of which only one may be.
    CONFLICTING_KEYS = "EK0109";
    /// Weights of classes that share a parent, of a profile or of a glide path's point do not sum to 1.
    WEIGHTS_SUM = "EK0110";
    /// Two things of one kind bear one name.
    DUPLICATE_NAME = "EK0111";
    /// An instrument stands for two classes, so that its value cannot be assigned.
    OVERLAP = "EK0112";
    /// The class is none that the policy has a target for.
    UNKNOWN_CLASS = "EK0113";
    /// A class has instruments of its own, or follows an index, and has classes below it.
    LEAF_AND_PARENT = "EK0114";
    /// A band has no width: neither absolute nor relative.
    EMPTY_BAND = "EK0115";
    /// Something compares with bands, and no target has one.
    NO_BANDS = "EK0116";
    /// An amount is not in the policy's base currency.
    FOREIGN_CURRENCY = "EK0117";
    /// The shares in which an overlay is paid for do not sum to 1.
    OFFSET_SUM = "EK0118";
    /// An overlay rule reads a signal that is not defined.
    UNDEFINED_SIGNAL = "EK0119";
    /// No overlay rule reads the signal.
    UNREAD_SIGNAL = "EK0120";
    /// Limits cannot be kept together: on the same holdings, or on classes within one another or side by side.
    CONTRADICTORY_LIMITS = "EK0121";
    /// The target weights themselves break a limit: of the tree, a profile, a point of a glide path, or tilted by a style.
    TARGET_BREAKS_LIMIT = "EK0122";
    /// A target's weight comes from a profile or glide path and is given again.
    WEIGHT_TWICE = "EK0123";
    /// No model or profile of that name is defined.
    UNKNOWN_NAME = "EK0124";
    /// A model contains itself.
    MODEL_CYCLE = "EK0125";
    /// No target uses the model.
    UNUSED_MODEL = "EK0126";
    /// The policy has no targets.
    NO_TARGETS = "EK0127";
    /// A limit or exclusion selects nothing in particular.
    SELECTS_EVERYTHING = "EK0128";
    /// Points of a glide path are not in ascending order.
    GLIDE_ORDER = "EK0129";
    /// A class is on both sides of an overlay.
    BOTH_SIDES = "EK0130";
    /// What is excluded is a target.
    EXCLUDED_TARGET = "EK0131";
    /// A key applies only together with another that is not given.
    KEY_WITHOUT_EFFECT = "EK0132";
    /// A rule or view in words cannot be read.
    STATEMENT = "EK0133";

    // 015x: a policy against the instruments.
    /// The instrument is not among those known.
    UNKNOWN_INSTRUMENT = "EK0150";
    /// The instrument's class is not the class that it stands for.
    CLASS_MISMATCH = "EK0151";
    /// No instrument has the attribute or the value that a limit names.
    UNKNOWN_ATTRIBUTE = "EK0152";
    /// No instrument stands for the class, so nothing can be bought for it.
    NOTHING_TO_BUY = "EK0153";

    // 02xx: reading instruments, households, holdings and journals, and tables of any kind.
    /// The file cannot be read.
    UNREADABLE = "EK0201";
    /// The file is not UTF-8 text.
    ENCODING = "EK0202";
    /// The file has no header line.
    NO_HEADER = "EK0203";
    /// The file has a header and no rows.
    NO_ROWS = "EK0204";
    /// The column is not one that this file has.
    UNKNOWN_COLUMN = "EK0205";
    /// A column that is needed is missing.
    MISSING_COLUMN = "EK0206";
    /// Two columns bear one name.
    DUPLICATE_COLUMN = "EK0207";
    /// A row has more or fewer fields than the header.
    RAGGED_ROW = "EK0208";
    /// A quote is never closed, or text follows a closing quote.
    BROKEN_QUOTE = "EK0209";
    /// A value that is needed is empty.
    EMPTY_VALUE = "EK0210";
    /// The value is not of the column's type.
    NOT_A_VALUE = "EK0211";
    /// The value lies outside what the column allows.
    VALUE_RANGE = "EK0212";
    /// Two rows say something of one and the same thing.
    DUPLICATE_ROW = "EK0213";
    /// The date lies after the date for which the file is read.
    FUTURE_DATE = "EK0214";
    /// The symbol is not in the instruments file.
    UNKNOWN_SYMBOL = "EK0215";
    /// The account is not in the household file.
    UNKNOWN_ACCOUNT = "EK0216";
    /// A quantity or balance is below zero.
    BELOW_ZERO = "EK0217";
    /// A lot lacks its cost basis or its date.
    INCOMPLETE_LOT = "EK0218";
    /// More rows have defects than are shown.
    MORE_ROWS = "EK0219";
    /// Parts of an instrument do not fit together.
    INSTRUMENT = "EK0220";
    /// Owners and accounts do not fit together.
    HOUSEHOLD = "EK0221";
    /// An event does not fit into the journal.
    JOURNAL = "EK0222";
    /// The mapping file does not fit the file that it maps.
    MAPPING = "EK0223";
    /// A file that is needed is missing, or stands twice in two forms.
    INPUT_FILES = "EK0224";
    /// The shards of a book, its manifest and the rows in them do not fit together.
    BOOK = "EK0231";

    // 03xx: prices, exchange rates, signals, assumptions and benchmarks.
    /// The file does not say what kind of prices it holds.
    PRICE_KIND = "EK0301";
    /// A price or rate is zero or below.
    NOT_POSITIVE = "EK0302";
    /// A price moved further in one step than the policy believes.
    PRICE_JUMP = "EK0303";
    /// A price jumped and came back with the next one.
    BAD_PRINT = "EK0304";
    /// A price or rate is older than the policy allows, or has stood still for long.
    STALE = "EK0305";
    /// An instrument has no price on or before the date.
    NO_PRICE = "EK0306";
    /// A return is missing inside a series.
    RETURN_GAP = "EK0307";
    /// Lots cannot be taxed on prices that nobody paid.
    PRICES_NOT_PAID = "EK0308";
    /// Correlations that no set of returns can have.
    CORRELATION = "EK0309";
    /// Weights do not sum to 1.
    WEIGHT_SUM = "EK0310";
    /// Two ways of deriving an exchange rate differ by more than 1 %.
    RATES_DISAGREE = "EK0311";
    /// An exchange rate moved by more than 10 % since the one before.
    RATE_JUMP = "EK0312";

    // 04xx: target weights.
    /// A class that the strategy gives weight is no top class of the tree.
    TARGET_CLASS_MISSING = "EK0401";
    /// The target weights of the top classes do not sum to 1.
    WEIGHTS_DO_NOT_SUM = "EK0402";
    /// The horizon is below zero.
    HORIZON_NEGATIVE = "EK0403";
    /// The horizon shifts weight to a class that the profile lacks.
    HORIZON_CLASS_MISSING = "EK0404";
    /// The glide path has no points, or points beyond all dates.
    GLIDE_PATH_UNUSABLE = "EK0405";
    /// The glide path goes by age and no owner has a birth date.
    BIRTH_DATE_MISSING = "EK0406";
    /// A target weight is outside the range of exact numbers.
    TARGET_NUMBER = "EK0407";
    /// The assumptions do not tell which classes a style prefers.
    STYLE_UNDEFINED = "EK0408";
    /// The tracking error of a style's tilt cannot be told.
    STYLE_RISK_UNKNOWN = "EK0409";
    /// The overlay's review date has passed.
    OVERLAY_EXPIRED = "EK0411";
    /// The overlay names a class that the tree lacks, or two of which one holds the other.
    OVERLAY_CLASS = "EK0412";
    /// A signal that a rule reads is not there.
    SIGNAL_ABSENT = "EK0413";
    /// A signal that a rule reads is older than the policy allows.
    SIGNAL_STALE = "EK0414";
    /// A signal cannot be computed from its series.
    SIGNAL_UNDEFINED = "EK0415";
    /// The overlay's tracking-error limit cannot be checked.
    TRACKING_ERROR_UNKNOWN = "EK0416";
    /// The target weights are expected to return less than the objective needs.
    TARGET_RETURN_SHORT = "EK0421";
    /// The expected return of the target weights cannot be told.
    TARGET_RETURN_UNKNOWN = "EK0422";
    /// The tree has no leaf that could be estimated.
    NOTHING_TO_ESTIMATE = "EK0431";
    /// An estimate needs history that is not there.
    NO_HISTORY = "EK0432";
    /// The history cannot be used as the policy asks.
    HISTORY_UNUSABLE = "EK0433";
    /// An estimate needs a belief that is not stated.
    BELIEF_MISSING = "EK0434";
    /// Views that cannot hold, or not together.
    VIEWS = "EK0435";
    /// The optimization has no answer.
    OPTIMIZATION = "EK0441";
    /// Rules of the optimization that cannot be kept together.
    RULES_CONTRADICT = "EK0442";
    /// A class cannot follow its index: its names, or their exposures to factors, are not known.
    INDEX = "EK0451";
    /// Something was assumed of names of an index of which the files say nothing.
    INDEX_ASSUMED = "EK0452";
    /// Nothing can be simulated of the policy, the history and what was asked.
    SIMULATION = "EK0461";
    /// The risk of what is held, or what shocks would do to it, cannot be told.
    RISK = "EK0471";

    // 05xx: drift and decision.
    /// The calendar cannot say whether a schedule is due.
    SCHEDULE_UNKNOWN = "EK0501";

    // 06xx: planning trades.
    /// An exchange rate that a valuation needs is missing.
    NO_EXCHANGE_RATE = "EK0601";
    /// An amount has more digits than can be kept exactly.
    AMOUNT_TOO_LARGE = "EK0602";
    /// A cash flow is not in the base currency.
    FLOW_CURRENCY = "EK0603";
    /// A cash flow names an account that the household has not.
    FLOW_ACCOUNT = "EK0604";
    /// Stated costs of holding classes are of an account that the household has not.
    COST_ACCOUNT = "EK0605";
    /// Nothing says what it costs a year to hold a class in one account rather than in another.
    NO_ANNUAL_COSTS = "EK0606";
    /// Menus and trading states leave no room for the targets in any location.
    NO_LOCATION = "EK0607";

    // 07xx: limits.
    /// The proposal breaks a hard limit by what it trades, or its trades lead further away from keeping it.
    LIMIT_BROKEN = "EK0701";
    /// The limit is broken, but not by the trades: they leave alone what it is about, or come closer to keeping it.
    LIMIT_STILL_BROKEN = "EK0702";
    /// The limit cannot be told: holdings lack the attribute that it asks for, or classes the beliefs.
    LIMIT_UNKNOWN = "EK0703";
    /// The limit names a class or value that no instrument has.
    LIMIT_SELECTS_NOTHING = "EK0704";
    /// The expected return does not meet the policy's objective.
    OBJECTIVE_NOT_MET = "EK0705";

    // 08xx: taxes.
    /// The owner's country, its part, the year, or how owners file together has no tax rules here.
    TAX_RULES = "EK0801";
    /// Holdings and events do not fit together for taxes.
    TAX_RECORDS = "EK0802";

    // 09xx: the command.
    /// An argument of the command does not fit the inputs.
    ARGUMENT = "EK0901";
    /// A result cannot be written.
    OUTPUT = "EK0902";
    /// A file is in the way of one that would be written.
    IN_THE_WAY = "EK0903";
    /// The auditor objects to the answer. That is a defect of Evenkeel, not of the inputs.
    OBJECTION = "EK0904";
    /// More is to go out of an account than can be raised in it.
    CASH_NOT_RAISED = "EK0905";
    /// A proposal that is made again is not the one that was recorded.
    DIFFERS = "EK0911";
    /// A computation ended abruptly. That is a defect of Evenkeel, not of the inputs.
    DEFECT = "EK0912";
}
