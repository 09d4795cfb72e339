//! One household of a synthetic book: owners, accounts, and lots bought along the paths of the market.

use evenkeel_ledger::date::Date;
use evenkeel_ledger::number::{Decimal, Rounding};

use crate::book::shard::{AccountRow, LotRow};

use super::Plan;
use super::market::{Market, STOCKS, cents};
use super::model::{CLASSES, MODELS, Model};
use super::random::Random;

/// Weekdays within which a purchase is a recent one.
const RECENT: usize = 20;

/// Makes households.
pub(super) struct Households<'a> {
    pub(super) plan: &'a Plan,
    pub(super) market: &'a Market,
}

/// What is common to the accounts of a household.
struct Traits {
    id: String,
    model: Model,
    is_married: bool,
    jurisdiction: &'static str,
    rates: [Decimal; 3],
    last_rebalance: Option<Date>,
    /// Of the first owner: short-term and long-term gains of the year, and losses carried into it.
    gains: Option<(Decimal, Decimal)>,
    carried: Option<Decimal>,
}

/// What kind of account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    Taxable,
    Traditional,
    Roth,
}

impl Households<'_> {
    /// The accounts of a household by its number.
    pub(super) fn draw(&self, number: u64) -> Vec<AccountRow> {
        let random = &mut Random::stream(self.plan.seed, number);
        let traits = self.traits(number, random);
        let wrappers = wrappers(traits.is_married, random);
        let mut rows: Vec<AccountRow> =
            wrappers.iter().enumerate().map(|(place, (owner, wrapper))| self.account(&traits, place, owner, *wrapper, random)).collect();
        if !["a", "b"].iter().all(|owner| rows.iter().any(|row| row.owner == *owner)) {
            for row in &mut rows {
                row.spouse = None;
            }
        }
        if random.chance(self.plan.broken) {
            self.damage(&mut rows, random);
        }
        rows
    }

    fn traits(&self, number: u64, random: &mut Random) -> Traits {
        let model = pick(random, &MODELS);
        let (jurisdiction, state) =
            pick(random, &[("US-CA", 930), ("US-NY", 685), ("US-TX", 0), ("US-FL", 0), ("US-IL", 495), ("US-MA", 500)]);
        let (ordinary, long_term) =
            pick(random, &[(1_200, 0), (2_200, 1_500), (2_400, 1_500), (3_200, 1_500), (3_500, 1_500), (3_700, 2_000)]);
        let days = random.between(30, 400);
        let last = random.chance(0.8).then(|| self.market.date(self.market.today().saturating_sub(days))).flatten();
        let mut amount = |share: f64| whole_cents(60_000.0 * share * random.normal());
        let (short, long, carried) = (amount(0.004), amount(0.01), amount(0.02));
        Traits {
            id: format!("H{number:09}"),
            model,
            is_married: random.chance(0.55),
            jurisdiction,
            // In hundredths of a percent: a hundredth of a hundredth.
            rates: [ordinary, long_term, state].map(|rate| cents(rate).mul(cents(1), Rounding::HalfEven).unwrap_or_default()),
            last_rebalance: last,
            gains: random.chance(0.4).then_some((short, long)),
            carried: random.chance(0.15).then_some(carried.abs().neg()),
        }
    }

    fn account(&self, traits: &Traits, place: usize, owner: &'static str, wrapper: Wrapper, random: &mut Random) -> AccountRow {
        let value = 60_000.0 * random.normal().exp().clamp(0.08, 60.0);
        let has_menu = wrapper == Wrapper::Traditional && random.chance(0.3);
        let flow = match random.uniform() {
            chance if chance < 0.02 => Some(whole_cents(value * 0.05 * random.uniform() + 100.0)),
            chance if chance < 0.03 => Some(whole_cents(-value * 0.01 * random.uniform())),
            _ => None,
        };
        let mut lots = self.lots(traits.model, value, has_menu, wrapper, random);
        lots.sort_by(|a, b| (&a.symbol, a.acquired, a.lot).cmp(&(&b.symbol, b.acquired, b.lot)));
        // What is said of an owner is the same in each of the owner's rows.
        let is_first = owner == "a";
        let loss_sales = if wrapper == Wrapper::Taxable && random.chance(0.03) { self.loss_sales(random) } else { Vec::new() };
        let [ordinary_rate, long_term_rate, state_rate] = traits.rates;
        AccountRow {
            household: traits.id.clone(),
            account: format!("{}-{}", traits.id, place + 1),
            name: None,
            owner: owner.to_owned(),
            spouse: traits.is_married.then(|| if owner == "a" { "b" } else { "a" }.to_owned()),
            birth_date: None,
            filing_status: if traits.is_married { "married_jointly" } else { "single" }.to_owned(),
            jurisdiction: traits.jurisdiction.to_owned(),
            ordinary_rate,
            long_term_rate,
            state_rate,
            short_term_gains: traits.gains.filter(|_| is_first).map(|(short, _)| short),
            long_term_gains: traits.gains.filter(|_| is_first).map(|(_, long)| long),
            short_term_carried: None,
            long_term_carried: traits.carried.filter(|_| is_first),
            tax_treatment: match wrapper {
                Wrapper::Taxable => "taxable",
                Wrapper::Traditional => "deferred",
                Wrapper::Roth => "exempt",
            }
            .to_owned(),
            basis_method: None,
            model: traits.model.name.to_owned(),
            currency: "USD".to_owned(),
            cash: whole_cents(value * (0.008 + 0.022 * random.uniform())),
            cash_minimum: random.chance(0.1).then(|| whole_cents(value * 0.003)),
            flow,
            last_rebalance: traits.last_rebalance,
            last_review: traits.last_rebalance,
            menu: has_menu.then(|| {
                let mut menu: Vec<String> = CLASSES.iter().filter_map(|class| class.funds.last()).map(|fund| (*fund).to_owned()).collect();
                menu.sort();
                menu
            }),
            lots,
            loss_sales,
        }
    }

    /// A fund sold at a loss within the last weeks.
    fn loss_sales(&self, random: &mut Random) -> Vec<(String, Date)> {
        let fund = pick(random, &CLASSES).funds.first().copied().unwrap_or_default();
        let day = self.market.today() - random.between(1, RECENT);
        self.market.date(day).map(|sold| (fund.to_owned(), sold)).into_iter().collect()
    }

    /// Lots of every class, and now and then of a stock that no policy names.
    fn lots(&self, model: Model, value: f64, has_menu: bool, wrapper: Wrapper, random: &mut Random) -> Vec<LotRow> {
        let open = random.between(0, self.market.today().saturating_sub(200));
        let mut lots = Vec::with_capacity(40);
        for class in &CLASSES {
            // A market since the last rebalance, seen from one account.
            let weight = model.weight(class) * (0.07 * random.normal()).exp();
            let last = class.funds.len() - 1;
            let choice = match random.uniform() {
                _ if has_menu => last,
                chance if chance < 0.75 => 0,
                _ => random.between(0, last),
            };
            let fund = Market::find(class.funds.get(choice).copied().unwrap_or_default());
            self.position(fund, 0.975 * value * weight, open, random, &mut lots);
        }
        if wrapper == Wrapper::Taxable && random.chance(0.06) {
            let stock = Market::find(pick(random, &STOCKS));
            let share = 0.02 + 0.1 * random.uniform();
            self.position(stock, value * share, open, random, &mut lots);
        }
        lots
    }

    /// Lots of one fund that come to a value today.
    fn position(&self, fund: usize, value: f64, open: usize, random: &mut Random, lots: &mut Vec<LotRow>) {
        let today = self.market.today();
        let has_reinvested = random.chance(0.4);
        let count = random.between(2, 5);
        #[expect(clippy::cast_precision_loss, reason = "prices in cents are far below 2⁵³")]
        let units = value / (self.market.price(fund, today) as f64 / 100.0);
        // The first lot is a purchase; of the others some are reinvested dividends, which are small.
        let shares: Vec<f64> = (0..count)
            .map(|lot| if lot > 0 && has_reinvested && random.chance(0.35) { 0.0 } else { 0.4 + 1.2 * random.uniform() })
            .collect();
        let total: f64 = shares.iter().sum();
        for share in shares {
            let day = if random.chance(0.015) { today - random.between(0, RECENT) } else { random.between(open, today) };
            let is_reinvested = share <= 0.0;
            // Reinvested dividends come to thousandths of a unit, purchases to whole ones.
            let reinvested = (units * 5.0 * (0.5 + random.uniform())).round().max(1.0);
            let thousandths = if is_reinvested { reinvested } else { 1000.0 * (units * share / total).round().max(1.0) };
            #[expect(clippy::cast_possible_truncation, reason = "units are far below 2⁶³")]
            let quantity = Decimal::from_raw(i128::from(thousandths as i64) * 1_000_000).unwrap_or_default();
            let cost = quantity.mul(cents(self.market.price(fund, day)), Rounding::HalfEven);
            lots.push(LotRow {
                symbol: Market::symbol(fund).to_owned(),
                lot: i64::try_from(lots.len() + 1).unwrap_or(i64::MAX),
                quantity,
                cost_basis: cost.and_then(|cost| cost.round_to(2, Rounding::HalfEven)).ok(),
                acquired: self.market.date(day),
                held_since: None,
            });
        }
    }

    /// Breaks one row, in one of the ways in which rows of custodians are broken.
    fn damage(&self, rows: &mut [AccountRow], random: &mut Random) {
        let at = random.between(0, rows.len().saturating_sub(1));
        let Some(row) = rows.get_mut(at) else { return };
        let way = random.between(0, 5);
        match (way, row.lots.first_mut()) {
            (0, Some(lot)) => "DELISTED".clone_into(&mut lot.symbol),
            (1, Some(lot)) => lot.quantity = lot.quantity.neg(),
            (2, Some(lot)) => lot.acquired = self.plan.as_of.add_days(3).ok(),
            (3, _) => "retired".clone_into(&mut row.model),
            (4, _) => "joint".clone_into(&mut row.filing_status),
            _ => row.spouse = Some("nobody".to_owned()),
        }
    }
}

/// One to four accounts: whose, and of what kind.
fn wrappers(is_married: bool, random: &mut Random) -> Vec<(&'static str, Wrapper)> {
    let mut wrappers = Vec::with_capacity(4);
    if random.chance(0.85) {
        wrappers.push(("a", Wrapper::Taxable));
    }
    if random.chance(0.6) {
        wrappers.push(("a", Wrapper::Traditional));
    }
    if random.chance(0.45) {
        wrappers.push(("a", Wrapper::Roth));
    }
    if is_married && random.chance(0.8) {
        wrappers.push(("b", if random.chance(0.6) { Wrapper::Traditional } else { Wrapper::Roth }));
    }
    if wrappers.is_empty() {
        wrappers.push(("a", Wrapper::Taxable));
    }
    wrappers
}

/// One of several, none of which is preferred.
fn pick<T: Copy, const N: usize>(random: &mut Random, choices: &[T; N]) -> T {
    choices[random.between(0, N - 1)]
}

/// An amount rounded to cents.
fn whole_cents(amount: f64) -> Decimal {
    #[expect(clippy::cast_possible_truncation, reason = "amounts of a household are far below 2⁶³ cents")]
    cents((amount * 100.0).round() as i64)
}
