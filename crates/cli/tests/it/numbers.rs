use spool::notices;

#[test]
fn every_number_of_agents_is_explained_and_no_other() {
    let explained: Vec<u32> =
        api::numbers().items.iter().map(|item| item.number).filter(|number| *number < 2_000).collect();
    let told: Vec<u32> = notices::ALL.iter().map(|number| u32::from(*number)).collect();
    assert_eq!(explained, told);
}
