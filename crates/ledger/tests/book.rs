//! What the books do with each kind of event, and what they refuse. Lot methods and corporate
//! actions with figures an accountant can check stand in `specs/lots.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test fails by panicking

mod support;

use evenkeel_ledger::account::BasisMethod;
use evenkeel_ledger::book::{AccountRules, Book};
use evenkeel_ledger::event::{
    Acquisition, DeferLoss, EventKind, Income, MergerTerms, Reinvestment, Rematch, Replacement, StockTerms, Trade, TransferredLot,
};
use evenkeel_ledger::fx::FxQuote;
use evenkeel_ledger::instrument::InstrumentId;
use evenkeel_ledger::journal::{Journal, JournalError};
use evenkeel_ledger::lot::LotId;
use evenkeel_ledger::number::{Currency, Money};
use evenkeel_ledger::select::{LotMethod, LotQuantity, LotSelection};
use evenkeel_ledger::term::Term;
use support::{FIFO, Ledger, date, decimal, instruments, trade, units, usd};

fn one() -> InstrumentId {
    instruments(1)[0]
}

#[test]
fn the_journal_refuses_what_is_out_of_order() {
    let ledger = Ledger::new(BasisMethod::Lots);
    let event = |sequence, on| evenkeel_ledger::event::Event { sequence, ..ledger.make(on, EventKind::Deposit(usd("1"))) };
    let mut journal = Journal::from_events([event(2, "2024-01-02"), event(5, "2024-01-05")]).unwrap();
    assert_eq!(journal.append(event(5, "2024-01-05")), Err(JournalError::Duplicate { sequence: 5 }));
    assert_eq!(journal.append(event(2, "2024-01-05")), Err(JournalError::Duplicate { sequence: 2 }));
    assert_eq!(journal.append(event(3, "2024-01-05")), Err(JournalError::OutOfOrder { sequence: 3, last: 5 }));
    let back = journal.append(event(6, "2024-01-04")).unwrap_err();
    assert!(back.to_string().starts_with("event 6 is dated 2024-01-04, before event 5 of 2024-01-05"), "{back}");
    assert_eq!(journal.last_sequence(), Some(5));
    assert_eq!(journal.through(date("2024-01-04")).len(), 1);
    assert_eq!(journal.through(date("2024-01-05")).len(), 2);
}

#[test]
fn a_snapshot_is_never_older_than_the_books() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.buy("2024-05-01", one(), "1", "10");
    assert!(ledger.book.holdings(date("2024-04-30")).is_err());
    let held = ledger.book.holdings(date("2024-05-01")).unwrap();
    assert_eq!(held.accounts[ledger.account.index()].lots().len(), 1);
}

#[test]
fn fees_belong_to_basis_and_proceeds() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.event("2024-01-02", EventKind::Buy(Trade { fees: usd("7"), ..trade(one(), "10", "1000", LotSelection::Strict) }));
    ledger.event("2024-03-01", EventKind::Sell(Trade { fees: usd("5"), ..trade(one(), "10", "1100", LotSelection::Strict) }));
    let gain = &ledger.book.realized()[0];
    assert_eq!((gain.basis, gain.proceeds, gain.gain().unwrap()), (Some(usd("1007")), Some(usd("1095")), Some(usd("88"))));
    assert_eq!(ledger.cash(), usd("1000088"));
}

#[test]
fn ambiguity_is_refused_and_certainty_is_not() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.buy("2024-01-02", one(), "10", "100");
    ledger.buy("2024-01-03", one(), "10", "120");
    let sale = |quantity, selection| EventKind::Sell(trade(one(), quantity, "50", selection));
    let specific = |lots: &[(u64, &str)]| {
        let named = lots.iter().map(|(lot, quantity)| LotQuantity { lot: LotId::Number(*lot), quantity: units(quantity) });
        LotSelection::Specific(named.collect())
    };
    let mut refused = |kind| ledger.refusal("2024-02-01", kind);
    assert!(refused(sale("5", LotSelection::Strict)).contains("could come from any of 2 lots"));
    assert!(refused(sale("5", LotSelection::By(LotMethod::AverageCost))).contains("keep the account at average cost"));
    assert!(refused(sale("21", FIFO)).contains("21 units are sold and 20 are held"));
    assert!(refused(sale("5", specific(&[(9, "5")]))).contains("lot 9 is not held"));
    assert!(refused(sale("5", specific(&[(2, "2"), (2, "3")]))).contains("lot 2 is named twice"));
    assert!(refused(sale("5", specific(&[(2, "2")]))).contains("add up to 2 units and 5"));
    assert!(refused(sale("11", specific(&[(2, "11")]))).contains("11 units of lot 2 are named and it has 10"));
    assert!(refused(sale("0", FIFO)).contains("must be above zero"));
    ledger.sell("2024-02-01", one(), "7", "70", specific(&[(3, "4"), (2, "3")]));
    let sold: Vec<_> = ledger.book.realized().iter().map(|gain| (gain.lot.to_string(), gain.quantity)).collect();
    assert_eq!(sold, [("3".to_owned(), units("4")), ("2".to_owned(), units("3"))]);
    ledger.sell("2024-02-02", one(), "13", "130", LotSelection::Strict);
    assert!(ledger.book.lots(ledger.account, one()).is_empty());
}

#[test]
fn ties_go_by_lot_id() {
    for (method, first) in [(LotMethod::Hifo, "2"), (LotMethod::Lofo, "2"), (LotMethod::Fifo, "2"), (LotMethod::Lifo, "3")] {
        let mut ledger = Ledger::new(BasisMethod::Lots);
        ledger.buy("2024-01-02", one(), "10", "100");
        ledger.buy("2024-01-02", one(), "20", "200");
        ledger.sell("2024-02-01", one(), "1", "10", LotSelection::By(method));
        assert_eq!(ledger.book.realized()[0].lot.to_string(), first, "{method:?}");
    }
}

#[test]
fn many_lots_are_taken_in_the_order_of_their_cost() {
    for (method, expected) in
        [(LotMethod::Hifo, ["8", "5", "3", "6", "9", "4", "7", "2"]), (LotMethod::Lofo, ["2", "7", "4", "9", "6", "3", "5", "8"])]
    {
        let mut ledger = Ledger::new(BasisMethod::Lots);
        // A unit costs 1.0, 6.1, 2.2, 8.3, 5.4, 1.5, 9.6, 3.7.
        for (quantity, gross) in [(1, 10), (2, 122), (3, 66), (4, 332), (5, 270), (6, 90), (7, 672), (8, 296)] {
            ledger.buy("2024-01-02", one(), &format!("{quantity}0"), &gross.to_string());
        }
        ledger.sell("2024-02-01", one(), "359", "3590", LotSelection::By(method));
        let sold: Vec<_> = ledger.book.realized().iter().map(|gain| gain.lot.to_string()).collect();
        assert_eq!(sold, expected, "{method:?}");
        assert_eq!(ledger.book.lots(ledger.account, one())[0].quantity, units("1"));
    }
}

#[test]
fn what_is_unknown_is_not_guessed() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    let lot = |name: &str, basis: Option<&str>, acquired: Option<&str>| TransferredLot {
        id: name.parse().unwrap(),
        instrument: one(),
        quantity: units("10"),
        cost_basis: basis.map(usd),
        acquired: acquired.map(date),
        held_since: None,
    };
    let twice = EventKind::TransferIn([lot("x", Some("1"), None), lot("x", Some("1"), None)].into());
    assert!(ledger.refusal("2024-01-02", twice).contains("lot x is held already"));
    ledger.event(
        "2024-01-02",
        EventKind::TransferIn(
            [lot("x", None, Some("2020-01-02")), lot("y", Some("90"), None), lot("z", Some("80"), Some("2021-01-04"))].into(),
        ),
    );
    let sale = |method| EventKind::Sell(trade(one(), "5", "50", LotSelection::By(method)));
    assert!(ledger.refusal("2024-02-01", sale(LotMethod::Fifo)).contains("lot y has no acquisition date"));
    assert!(ledger.refusal("2024-02-01", sale(LotMethod::Hifo)).contains("lot x has no cost basis"));
    ledger.sell("2024-02-01", one(), "30", "300", FIFO);
    let gains: Vec<_> = ledger.book.realized().iter().map(|gain| (gain.lot.to_string(), gain.gain().unwrap(), gain.term())).collect();
    assert_eq!(
        gains,
        [("y".into(), Some(usd("10")), None), ("x".into(), None, Some(Term::Long)), ("z".into(), Some(usd("20")), Some(Term::Long))]
    );
}

#[test]
fn short_lots_open_only_by_leave_and_are_closed_first() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.buy("2024-01-02", one(), "10", "100");
    assert!(ledger.refusal("2024-01-03", EventKind::Sell(trade(one(), "25", "300", FIFO))).contains("record a short sale"));
    // Ten close the long lot, fifteen open a short one; proceeds are shared by units.
    ledger.event("2024-01-03", EventKind::SellShort(trade(one(), "25", "300", FIFO)));
    let lots = ledger.book.lots(ledger.account, one());
    assert_eq!((lots[0].quantity, lots[0].cost_basis), (units("-15"), Some(usd("-180"))));
    assert_eq!(ledger.book.realized()[0].gain().unwrap(), Some(usd("20")));
    ledger.event("2024-01-04", EventKind::SellShort(trade(one(), "5", "80", FIFO)));
    assert!(ledger.refusal("2025-06-01", EventKind::Buy(trade(one(), "4", "40", LotSelection::Strict))).contains("any of 2 lots"));
    ledger.event("2025-06-01", EventKind::Buy(trade(one(), "4", "40", LotSelection::By(LotMethod::Hifo))));
    let gain = &ledger.book.realized()[1];
    assert_eq!((gain.lot.to_string(), gain.proceeds, gain.basis), ("4".into(), Some(usd("64")), Some(usd("40"))));
    assert_eq!((gain.sold, gain.acquired, gain.short), (Some(date("2024-01-04")), Some(date("2025-06-01")), true));
    assert_eq!(gain.term(), Some(Term::Short));
    ledger.event("2025-06-02", EventKind::Buy(trade(one(), "20", "200", FIFO)));
    let lots = ledger.book.lots(ledger.account, one());
    assert_eq!((lots.len(), lots[0].quantity, lots[0].cost_basis), (1, units("4"), Some(usd("40"))));
    assert_eq!(ledger.cash(), usd("1000040"));
}

#[test]
fn accounts_may_be_allowed_to_borrow_and_to_sell_short() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    let over = || EventKind::Buy(trade(one(), "1", "1000001", FIFO));
    let refusal = ledger.refusal("2024-01-02", over());
    assert!(refusal.contains("1000001.00 USD is needed and 1000000.00 USD is held"), "{refusal}");
    let rules = AccountRules { margin: true, short: true, ..AccountRules::STRICT };
    ledger.book = ledger.book.clone().with_rules(ledger.account, rules);
    ledger.event("2024-01-02", over());
    assert_eq!(ledger.cash(), usd("-1"));
    ledger.sell("2024-01-03", one(), "3", "30", FIFO);
    assert_eq!(ledger.book.lots(ledger.account, one())[0].quantity, units("-2"));
}

#[test]
fn income_is_cash_or_units() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.buy("2024-01-02", one(), "10", "100");
    let income = Income { gross: usd("20"), withheld: usd("3"), reinvested: None };
    ledger.event("2024-03-01", EventKind::Dividend { instrument: one(), income: income.clone() });
    assert_eq!(ledger.cash(), usd("999917"));
    let reinvested = Some(Reinvestment { instrument: one(), quantity: units("1.5"), cost: usd("17") });
    ledger.event("2024-06-01", EventKind::Dividend { instrument: one(), income: Income { reinvested, ..income } });
    assert_eq!(ledger.cash(), usd("999917"));
    let lots = ledger.book.lots(ledger.account, one());
    assert_eq!((lots[1].quantity, lots[1].cost_basis, lots[1].acquired), (units("1.5"), Some(usd("17")), Some(date("2024-06-01"))));
    let owed = Income { gross: usd("-2"), withheld: usd("0"), reinvested: None };
    ledger.event("2024-06-30", EventKind::Interest { instrument: None, income: owed });
    ledger.event("2024-06-30", EventKind::Fee(usd("5")));
    ledger.event("2024-07-01", EventKind::Withdrawal(usd("7")));
    ledger.event("2024-07-01", EventKind::Tax(usd("3")));
    assert_eq!(ledger.cash(), usd("999900"));
    ledger.event("2024-07-02", EventKind::Tax(usd("-2")));
    assert_eq!(ledger.cash(), usd("999902"), "tax comes back");
    assert!(ledger.refusal("2024-07-02", EventKind::Fee(usd("-5"))).contains("the fee must be above zero"));
}

#[test]
fn basis_is_kept_in_the_accounts_currency() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    let eur = |text: &str| Money::new(decimal(text), Currency::EUR);
    ledger.event("2024-01-02", EventKind::Deposit(eur("1000")));
    let buy = Trade { gross: eur("500"), fees: eur("0"), ..trade(one(), "10", "0", FIFO) };
    let refusal = ledger.refusal("2024-01-03", EventKind::Buy(buy.clone()));
    assert!(refusal.contains("no exchange rate for EUR/USD"), "{refusal}");
    let quote = |base, quote, rate: &str| Some(FxQuote { base, quote, rate: decimal(rate), date: date("2024-01-03") });
    let mut event = ledger.make("2024-01-03", EventKind::Buy(buy));
    event.fx = quote(Currency::EUR, Currency::USD, "1.1");
    ledger.book.apply(&event).unwrap();
    ledger.next += 1;
    assert_eq!(ledger.book.lots(ledger.account, one())[0].cost_basis, Some(usd("550")));
    assert_eq!(ledger.book.cash(ledger.account, Currency::EUR), eur("500"));
    let mut event =
        ledger.make("2024-02-01", EventKind::Sell(Trade { gross: eur("600"), fees: eur("0"), ..trade(one(), "10", "0", FIFO) }));
    event.fx = quote(Currency::USD, Currency::EUR, "0.8");
    ledger.book.apply(&event).unwrap();
    assert_eq!(ledger.book.realized()[0].gain().unwrap(), Some(usd("200")));
    assert_eq!(ledger.cash(), usd("1000000"));
}

#[test]
fn transfers_carry_lots_and_parts_rejoin() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    let other = ledger.household.find_account("b").unwrap();
    let first = ledger.buy("2023-01-02", one(), "10", "100");
    ledger.buy("2024-01-02", one(), "10", "200");
    let out = |quantity, to| EventKind::TransferOut { instrument: one(), quantity: units(quantity), selection: FIFO, to };
    assert!(ledger.refusal("2024-02-01", out("5", Some(ledger.account))).contains("same"));
    ledger.event("2024-02-01", out("4", Some(other)));
    let moved = ledger.book.lots(other, one())[0];
    assert_eq!((&moved.id, moved.quantity, moved.cost_basis), (&LotId::Number(first), units("4"), Some(usd("40"))));
    assert_eq!(moved.acquired, Some(date("2023-01-02")));
    let mut back = ledger.make("2024-02-02", out("4", Some(ledger.account)));
    back.account = other;
    ledger.book.apply(&back).unwrap();
    ledger.next += 1;
    assert!(ledger.book.lots(other, one()).is_empty());
    let lots = ledger.book.lots(ledger.account, one());
    assert_eq!((lots.len(), lots[0].quantity, lots[0].cost_basis), (2, units("10"), Some(usd("100"))));
    ledger.event("2024-02-03", out("20", None));
    assert!(ledger.book.lots(ledger.account, one()).is_empty() && ledger.book.realized().is_empty());
}

#[test]
fn symbols_change_and_taxed_mergers_sell() {
    let ids = instruments(3);
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.buy("2022-01-03", ids[0], "10", "100");
    ledger.event("2023-01-03", EventKind::SymbolChange { from: ids[0], to: ids[1] });
    assert!(ledger.refusal("2023-01-04", EventKind::SymbolChange { from: ids[0], to: ids[2] }).contains("nothing is held"));
    let stock = StockTerms { instrument: ids[2], ratio: evenkeel_ledger::event::Ratio { new: decimal("1"), old: decimal("2") } };
    let terms = MergerTerms::Taxed { stock, stock_value: usd("150"), cash: usd("30") };
    ledger.event("2024-01-03", EventKind::Merger { from: ids[1], terms, cash_in_lieu: None });
    let gain = &ledger.book.realized()[0];
    assert_eq!((gain.gain().unwrap(), gain.term()), (Some(usd("80")), Some(Term::Long)));
    let lot = ledger.book.lots(ledger.account, ids[2])[0];
    assert_eq!((lot.quantity, lot.cost_basis, lot.acquired), (units("5"), Some(usd("150")), Some(date("2024-01-03"))));
    assert_eq!(ledger.cash(), usd("999930"));
}

/// A disposal from a UK pool, matched to a purchase within 30 days, as HMRC's manual has it
/// (CG51560, section 106A TCGA 1992): the pool gets its units back at their former cost.
#[test]
fn a_pooled_disposal_is_matched_anew_until_its_window_closes() {
    let mut ledger = Ledger::new(BasisMethod::Pooled);
    ledger.book = Book::new(&ledger.household).with_rules(ledger.account, AccountRules { matching_days: 30, ..AccountRules::STRICT });
    ledger.event("2023-01-02", EventKind::Deposit(usd("100000")));
    ledger.buy("2023-02-01", one(), "1000", "4000");
    ledger.buy("2023-03-01", one(), "500", "2600");
    let disposal = ledger.sell("2024-05-01", one(), "600", "3000", LotSelection::Strict);
    assert_eq!(ledger.book.realized()[0].basis, Some(usd("2640")));
    ledger.buy("2024-05-20", one(), "200", "900");
    let rematch = |quantity| {
        let to = Acquisition::Pooled { acquired: date("2024-05-20"), basis: usd("900") };
        let from = "pool".parse().unwrap();
        EventKind::Rematch(Rematch { disposal, instrument: one(), from, quantity: units(quantity), to })
    };
    assert!(ledger.refusal("2024-05-20", rematch("601")).contains("601 units are matched and 600 were disposed of"));
    assert!(ledger.refusal("2024-06-01", rematch("200")).contains("became final after 2024-05-31"));
    ledger.event("2024-05-31", rematch("200"));
    let gains: Vec<_> = ledger.book.realized().iter().map(|gain| (gain.quantity, gain.proceeds, gain.basis)).collect();
    assert_eq!(gains, [(units("400"), Some(usd("2000")), Some(usd("1760"))), (units("200"), Some(usd("1000")), Some(usd("900")))]);
    let pool = ledger.book.lots(ledger.account, one())[0];
    // 1,500 units at 4.40 less 400 of them.
    assert_eq!((pool.quantity, pool.cost_basis, pool.acquired), (units("1100"), Some(usd("4840")), None));
}

#[test]
fn a_disposal_may_be_identified_with_another_lot() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.book = ledger.book.clone().with_rules(ledger.account, AccountRules { matching_days: 30, ..AccountRules::STRICT });
    let first = ledger.buy("2023-02-01", one(), "10", "100");
    let second = ledger.buy("2023-03-01", one(), "10", "150");
    let disposal = ledger.sell("2024-05-01", one(), "10", "180", FIFO);
    let (from, to) = (LotId::Number(first), Acquisition::Lot(LotId::Number(second)));
    ledger.event("2024-05-02", EventKind::Rematch(Rematch { disposal, instrument: one(), from: from.clone(), quantity: units("4"), to }));
    let gains: Vec<_> = ledger.book.realized().iter().map(|gain| (gain.lot.to_string(), gain.quantity, gain.gain().unwrap())).collect();
    assert_eq!(gains, [("2".into(), units("6"), Some(usd("48"))), ("3".into(), units("4"), Some(usd("12")))]);
    let lots: Vec<_> = ledger.book.lots(ledger.account, one()).iter().map(|lot| (lot.id.clone(), lot.quantity, lot.cost_basis)).collect();
    assert_eq!(lots, [(from, units("4"), Some(usd("40"))), (LotId::Number(second), units("6"), Some(usd("90")))]);
}

/// 300 units with a loss of 1,500, 500 bought: the loss goes into 300 of them (26 CFR 1.1091-1(d)).
#[test]
fn a_deferred_loss_goes_into_replacement_units() {
    let mut ledger = Ledger::new(BasisMethod::Lots);
    ledger.book = ledger.book.clone().with_rules(ledger.account, AccountRules { matching_days: 30, ..AccountRules::STRICT });
    let bought = ledger.buy("2023-01-03", one(), "300", "6000");
    let disposal = ledger.sell("2024-02-01", one(), "300", "4500", FIFO);
    let replacement = ledger.buy("2024-02-19", one(), "500", "5700");
    let deferral = |loss| {
        let (account, lot) = (ledger.account, LotId::Number(replacement));
        let into = Replacement { account, instrument: one(), lot, quantity: units("300"), held_since: Some(date("2023-01-22")) };
        EventKind::DeferLoss(DeferLoss { disposal, instrument: one(), from: LotId::Number(bought), loss: usd(loss), into: Some(into) })
    };
    let (too_much, right) = (deferral("1500.01"), deferral("1500"));
    assert!(ledger.refusal("2024-02-19", too_much).contains("1500.00 USD is left"));
    ledger.event("2024-02-19", right);
    let gain = &ledger.book.realized()[0];
    assert_eq!((gain.gain().unwrap(), gain.deferred, gain.basis), (Some(usd("0")), usd("1500"), Some(usd("6000"))));
    let lots: Vec<_> =
        ledger.book.lots(ledger.account, one()).iter().map(|lot| (lot.id.to_string(), lot.quantity, lot.cost_basis)).collect();
    assert_eq!(lots, [("4".into(), units("200"), Some(usd("2280"))), ("4.5".into(), units("300"), Some(usd("4920")))]);
    assert_eq!(ledger.book.lots(ledger.account, one())[1].held_since, Some(date("2023-01-22")));
}
