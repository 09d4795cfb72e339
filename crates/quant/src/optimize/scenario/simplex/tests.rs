use super::*;

#[test]
fn a_budget_goes_to_the_cheapest_within_its_bound() {
    let mut simplex = Simplex::new(vec![0.0; 3], vec![0.6; 3], 100);
    simplex.push(&[1.0; 3], Row::limit(1.0, 1.0));
    simplex.set_costs(&[3.0, 1.0, 2.0], 1.0);
    assert_eq!(simplex.minimize(), Ending::Optimal);
    assert_eq!(simplex.x(), [0.0, 0.6, 0.4]);
    assert_eq!(simplex.reduced_costs(), [1.0, -1.0, 0.0]);
    assert_eq!(simplex.row_slopes(), [-2.0]);
}

#[test]
fn a_median_is_the_least_sum_of_distances() {
    let mut simplex = Simplex::new(vec![f64::NEG_INFINITY], vec![f64::INFINITY], 100);
    for value in [5.0, 1.0, 9.0, 4.0, 100.0] {
        simplex.push(&[1.0], Row { low: value, high: value, below: 1.0, above: 1.0 });
    }
    assert_eq!(simplex.minimize(), Ending::Optimal);
    assert_eq!(simplex.x(), [5.0]);
}

#[test]
fn limits_that_contradict_are_told() {
    let mut simplex = Simplex::new(vec![0.0; 2], vec![0.4; 2], 100);
    simplex.push(&[1.0; 2], Row::limit(1.0, 1.0));
    assert_eq!(simplex.minimize(), Ending::Infeasible);
}

#[test]
fn a_fall_without_end_is_told() {
    let mut simplex = Simplex::new(vec![0.0; 2], vec![f64::INFINITY; 2], 100);
    simplex.push(&[1.0, -1.0], Row::limit(0.0, 0.0));
    simplex.set_costs(&[-1.0, 0.0], 1.0);
    assert_eq!(simplex.minimize(), Ending::Unbounded);
}
