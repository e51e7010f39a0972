//! The part of the loop that looks at the container's health, and does what is to be done about it.

use std::time::Duration;

use super::{Attendant, Container, Relay, kill};
use crate::model::{HealthAction, HealthCheck, HealthRecord, HealthSpec};
use crate::monitor::health::Schedule;
use crate::monitor::protocol::Message;

impl Relay {
    pub(super) fn set_health(&mut self, spec: Option<HealthSpec>, attendant: &mut dyn Attendant) {
        if let Some(mut schedule) = self.schedule.take() {
            schedule.abandon();
            self.disappoint();
        }
        if let Some(spec) = spec {
            self.record = HealthRecord::default();
            self.schedule = Some(Schedule::new(spec));
            attendant.health(&self.record, HealthAction::None);
        }
    }

    pub(super) fn begin_check(&mut self, container: &Container, attendant: &mut dyn Attendant) {
        let Some(schedule) = &mut self.schedule else { return };
        let at_most = Duration::from_millis(schedule.spec().timeout_ms);
        match attendant.check(&schedule.spec().test, at_most) {
            Ok(check) => schedule.begin(check),
            Err(failure) => {
                let (check, starting) = schedule.not_begun(&failure.to_string());
                self.note(container, attendant, check, starting);
            }
        }
    }

    pub(super) fn check_ended(&mut self, container: &Container, attendant: &mut dyn Attendant) {
        if let Some((check, starting)) = self.schedule.as_mut().and_then(Schedule::finish) {
            self.note(container, attendant, check, starting);
        }
    }

    fn note(
        &mut self,
        container: &Container,
        attendant: &mut dyn Attendant,
        check: HealthCheck,
        starting: bool,
    ) {
        let Some(schedule) = &mut self.schedule else { return };
        let code = check.exit_code;
        let fell_ill = self.record.note(schedule.spec(), check, starting);
        schedule.plan(self.record.status);
        let action = if fell_ill { schedule.spec().on_failure } else { HealthAction::None };
        attendant.health(&self.record, action);
        match action {
            HealthAction::None => {}
            HealthAction::Kill | HealthAction::Restart => kill(container),
            HealthAction::Stop => self.ask_to_stop(container),
        }
        let mut packet = Vec::new();
        Message::Exited(i32::from(code != 0)).encode(&mut packet);
        for client in &mut self.clients {
            if std::mem::take(&mut client.asks_health) {
                client.gone |= !client.say(&packet);
            }
        }
    }
}
