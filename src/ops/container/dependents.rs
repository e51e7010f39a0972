//! Containers that use the namespaces of another one, without which they cannot start: that one goes after them.

use std::collections::{BTreeMap, BTreeSet};

use super::Chosen;
use super::seen::SeenContainer;
use crate::model::ContainerId;

/// Who uses whose namespaces, as the records say.
#[derive(Debug, Default)]
pub(super) struct Dependents {
    of: BTreeMap<ContainerId, Vec<ContainerId>>,
}

impl Dependents {
    /// Among these, which are all that use others' namespaces.
    pub fn among(all: &[SeenContainer]) -> Self {
        let mut dependents = Self::default();
        for container in all {
            let used = container.spec.iter().flat_map(|spec| spec.namespaces.containers());
            for id in used.filter(|id| **id != container.id) {
                dependents.of.entry(id.clone()).or_default().push(container.id.clone());
            }
        }
        dependents
    }

    /// Those that use its namespaces, but for those that have gone.
    pub fn left(&self, id: &ContainerId, gone: &BTreeSet<ContainerId>) -> Vec<String> {
        let all = self.of.get(id).into_iter().flatten();
        all.filter(|id| !gone.contains(id)).map(ContainerId::to_string).collect()
    }

    /// The ids of all that directly or not use the namespaces of one of these, and their own; each after those that use its.
    pub fn in_order(&self, ids: impl IntoIterator<Item = ContainerId>) -> Vec<ContainerId> {
        let (mut order, mut met) = (Vec::new(), BTreeSet::new());
        // What is left to do: to meet one, or to put it after all that it led to.
        let mut waiting: Vec<(ContainerId, bool)> = ids.into_iter().map(|id| (id, false)).collect();
        waiting.reverse();
        while let Some((id, led)) = waiting.pop() {
            if led {
                order.push(id);
            } else if met.insert(id.clone()) {
                let users = self.of.get(&id).cloned().unwrap_or_default();
                waiting.push((id, true));
                waiting.extend(users.into_iter().rev().map(|user| (user, false)));
            }
        }
        order
    }

    /// Puts them in that order; `too`: with those that were not chosen.
    pub fn arrange(&self, chosen: Vec<Chosen>, joining: Vec<SeenContainer>, too: bool) -> Vec<Chosen> {
        let order = self.in_order(chosen.iter().map(|chosen| chosen.container.id.clone()));
        let mut by_id: BTreeMap<ContainerId, Chosen> = BTreeMap::new();
        if too {
            let named = |container: SeenContainer| Chosen { shown: container.id.to_string(), container };
            by_id.extend(joining.into_iter().map(|container| (container.id.clone(), named(container))));
        }
        by_id.extend(chosen.into_iter().map(|chosen| (chosen.container.id.clone(), chosen)));
        order.iter().filter_map(|id| by_id.remove(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_those_that_use_it() {
        let id = |n: u8| ContainerId::from_bytes([n; 32]);
        let uses = [(2, 1), (3, 2), (4, 1), (3, 1)];
        let mut dependents = Dependents::default();
        for (user, used) in uses {
            dependents.of.entry(id(used)).or_default().push(id(user));
        }
        for (asked, want) in
            [(&[1][..], &[3, 2, 4, 1][..]), (&[5, 2], &[5, 3, 2]), (&[3, 1], &[3, 2, 4, 1]), (&[], &[])]
        {
            let order = dependents.in_order(asked.iter().map(|n| id(*n)));
            assert_eq!(order, want.iter().map(|n| id(*n)).collect::<Vec<_>>(), "{asked:?}");
        }
        assert_eq!(dependents.left(&id(1), &[id(2), id(3)].into()), [id(4).to_string()]);
        // Records that somebody has made up end, too.
        dependents.of.insert(id(3), vec![id(1)]);
        assert_eq!(dependents.in_order([id(1)]).len(), 4);
    }
}
