//! Which triggers an event meets.

use recording::Event;

use super::condition::Prepared;
use super::{InvalidTrigger, Responses, Trigger};
use crate::kind::Kind;

/// The triggers of a rule, ready to be asked about every event of a session.
#[derive(Debug, Clone, Default)]
pub struct PreparedTriggers(Vec<(Trigger, Vec<Prepared>)>);

impl PreparedTriggers {
    /// Makes them ready. One that makes no sense is left out, and none of the others: it comes with why.
    pub fn new(responses: &Responses) -> (Self, Vec<(Trigger, InvalidTrigger)>) {
        let (mut ready, mut refused) = (Vec::new(), Vec::new());
        for trigger in &responses.triggers {
            match prepare(trigger) {
                Ok(conditions) => ready.push((trigger.clone(), conditions)),
                Err(error) => refused.push((trigger.clone(), error)),
            }
        }
        (Self(ready), refused)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that an event meets, in their order.
    pub fn met_by<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Trigger> {
        let meets = |(trigger, conditions): &&(Trigger, Vec<Prepared>)| {
            trigger.event == event.kind && conditions.iter().all(|condition| condition.holds(event))
        };
        self.0.iter().filter(meets).map(|(trigger, _)| trigger)
    }
}

fn prepare(trigger: &Trigger) -> Result<Vec<Prepared>, InvalidTrigger> {
    trigger.check()?;
    let kind = Kind::named(&trigger.event).ok_or_else(|| InvalidTrigger::Event(trigger.event.clone()))?;
    trigger.conditions.iter().map(|condition| condition.prepare(kind).map_err(InvalidTrigger::from)).collect()
}
