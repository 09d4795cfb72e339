//! Why no amounts keep all bounds and sums: rows that hold more than there is room for.
//!
//! A set R of rows has room in column j for what is left of bⱼ when the other rows hold no more of it than they must,
//! and for no more than its own upper bounds. Where the room over all columns is less than the rows hold, nothing is
//! feasible; and where nothing is feasible there is such a set (A. J. Hoffman's circulation theorem, 1960).

use super::Transport;

/// Rows that hold more than there is room for.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The rows: one where one alone shows it, else a set of which none could be left out. None where the least amounts
    /// of a column are more than it is to hold.
    pub rows: Vec<usize>,
    /// What they hold.
    pub held: f64,
    /// What there is room for, over all columns.
    pub room: f64,
    /// Column by column.
    pub rooms: Vec<Room>,
}

/// The room that rows have in a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// How much.
    pub amount: f64,
    /// Whether the column ends it, and not the upper bounds of the rows.
    pub is_scarce: bool,
}

/// The smallest set found, of rows that are known to have too little room together.
pub(super) fn find(transport: &Transport, known: &[bool]) -> Conflict {
    let rows = transport.rows.len();
    let one = |row: Option<usize>| (0..rows).map(|other| row == Some(other)).collect::<Vec<bool>>();
    let smallest = std::iter::once(None).chain((0..rows).map(Some)).map(one).find(|set| excess(transport, set) > 0.0);
    let set = smallest.unwrap_or_else(|| {
        let mut set = known.to_vec();
        for row in 0..rows {
            let fewer: Vec<bool> = set.iter().enumerate().map(|(other, inside)| *inside && other != row).collect();
            if excess(transport, &fewer) > 0.0 {
                set = fewer;
            }
        }
        set
    });
    let rooms = rooms(transport, &set);
    let (held, room) = (held(transport, &set), rooms.iter().map(|room| room.amount).sum());
    Conflict { rows: (0..rows).filter(|row| set[*row]).collect(), held, room, rooms }
}

/// By how much a set holds more than it has room for, beyond rounding.
fn excess(transport: &Transport, set: &[bool]) -> f64 {
    let room: f64 = rooms(transport, set).iter().map(|room| room.amount).sum();
    let scale: f64 = transport.rows.iter().chain(&transport.columns).map(|sum| sum.abs()).sum();
    held(transport, set) - room - 0.25 * super::MISS * scale
}

fn held(transport: &Transport, set: &[bool]) -> f64 {
    transport.rows.iter().zip(set).filter(|(_, inside)| **inside).map(|(sum, _)| sum).sum()
}

fn rooms(transport: &Transport, set: &[bool]) -> Vec<Room> {
    let columns = transport.columns.len();
    let room = |(column, sum): (usize, &f64)| {
        let (mut own, mut left) = (0.0, *sum);
        for (row, inside) in set.iter().enumerate() {
            let cell = &transport.cells[row * columns + column];
            if *inside {
                own += cell.upper;
            } else {
                left -= cell.lower;
            }
        }
        Room { amount: left.min(own), is_scarce: left <= own }
    };
    transport.columns.iter().enumerate().map(room).collect()
}
