//! What the kernel knows of the tree: nodes by number, and by name below their directory. No I/O: what a node is was
//! looked up by others.
//!
//! A node's number is the inode number that programs see, so it is its file's where that is free. Small on purpose: a
//! hundred thousand files may be known at once, so what few nodes have lies in tables beside.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::merge::{Layer, Merged, UPPER};

/// Number of a node, as the kernel has it.
pub type NodeId = u64;

/// The root directory's.
pub const ROOT: NodeId = 1;

/// From here on numbers are given out for files whose own one is taken.
const INVENTED: NodeId = 1 << 63;

type Slot = u32;

/// One file or directory.
#[derive(Debug)]
struct Node {
    id: NodeId,
    /// Number of its file in its layer.
    real: u64,
    /// How often the kernel has been told of it.
    lookups: u64,
    name: Box<[u8]>,
    parent: Slot,
    /// Nodes that have this one as their directory.
    children: u32,
    layer: Layer,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    directory: bool,
    /// It has no name any more.
    orphan: bool,
    /// One of several names of a lower file: it shows that file's number, which may be another node's.
    shares_number: bool,
}

/// What a lookup has found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Of which layers.
    pub merged: Merged,
    /// Number of the file in its layer.
    pub real: u64,
    /// The number that is to be shown.
    pub number: u64,
    /// It has other names.
    pub linked: bool,
}

/// Where a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its topmost layer.
    pub layer: Layer,
    /// It is a directory.
    pub directory: bool,
    /// It has no name any more.
    pub orphan: bool,
    /// The inode number to be shown.
    pub number: u64,
    /// That is not the node's own, which is what the kernel shows unless it asks.
    pub shares_number: bool,
    /// Number of its file in its layer.
    pub real: u64,
}

/// A directory, and a name in it.
type Place = (NodeId, Box<[u8]>);

/// All nodes.
#[derive(Debug)]
pub struct Nodes {
    slots: Vec<Option<Node>>,
    free: Vec<Slot>,
    ids: HashMap<NodeId, Slot>,
    /// By directory and name; only nodes that have a name.
    names: HashTable<Slot>,
    hasher: RandomState,
    /// The layers of each directory.
    layers: HashMap<NodeId, Box<[Layer]>>,
    /// Further names of files with several in the upper layer: directory and name.
    links: HashMap<NodeId, Vec<Place>>,
    /// Those names the other way round.
    linked: HashMap<Place, NodeId>,
    /// Numbers that files of the upper layer showed before they were copied there.
    numbers: HashMap<u64, u64>,
    invented: NodeId,
    gone: Vec<Gone>,
}

/// A node that is known no longer, and the layers that it had as a directory.
pub type Gone = (NodeId, Box<[Layer]>);

impl Nodes {
    /// A tree of which only the root is known.
    pub fn new(layers: Box<[Layer]>, real: u64) -> Self {
        let hasher = RandomState::new();
        let mut nodes = Self {
            slots: Vec::new(),
            free: Vec::new(),
            ids: HashMap::new(),
            names: HashTable::new(),
            hasher,
            layers: HashMap::new(),
            links: HashMap::new(),
            linked: HashMap::new(),
            numbers: HashMap::new(),
            invented: INVENTED,
            gone: Vec::new(),
        };
        let state = State { directory: true, orphan: false, shares_number: true };
        let layer = layers.first().copied().unwrap_or(UPPER);
        nodes.slots.push(Some(Node {
            id: ROOT,
            real,
            lookups: 1,
            name: Box::default(),
            parent: 0,
            children: 0,
            layer,
            state,
        }));
        nodes.ids.insert(ROOT, 0);
        nodes.layers.insert(ROOT, layers);
        nodes
    }

    fn slot(&self, id: NodeId) -> Option<Slot> {
        self.ids.get(&id).copied()
    }

    fn at(&self, slot: Slot) -> Option<&Node> {
        self.slots.get(slot as usize)?.as_ref()
    }

    fn at_mut(&mut self, slot: Slot) -> Option<&mut Node> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.at(self.slot(id)?)
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.at_mut(self.slot(id)?)
    }

    /// What is known of a node.
    pub fn seen(&self, id: NodeId) -> Option<Seen> {
        let node = self.node(id)?;
        Some(Seen {
            layer: node.layer,
            directory: node.state.directory,
            orphan: node.state.orphan,
            number: if node.state.shares_number { node.real } else { node.id },
            shares_number: node.state.shares_number,
            real: node.real,
        })
    }

    /// Directory and name of a node; none of the root and of an orphan.
    pub fn name(&self, id: NodeId) -> Option<(NodeId, &[u8])> {
        let node = self.node(id)?;
        if node.state.orphan || id == ROOT {
            return None;
        }
        Some((self.at(node.parent)?.id, &node.name))
    }

    /// The directory of a directory; the root's is itself.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        Some(self.at(self.node(id)?.parent)?.id)
    }

    /// The layers of a directory, the topmost first.
    pub fn layers(&self, id: NodeId) -> Option<&[Layer]> {
        self.layers.get(&id).map(AsRef::as_ref)
    }

    /// The node of a name, if it is known.
    pub fn child(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        let parent_slot = self.slot(parent)?;
        let hash = self.hasher.hash_one((parent_slot, name));
        let same = |slot: &Slot| {
            self.at(*slot).is_some_and(|node| node.parent == parent_slot && *node.name == *name)
        };
        if let Some(slot) = self.names.find(hash, same) {
            return self.at(*slot).map(|node| node.id);
        }
        if self.linked.is_empty() {
            return None;
        }
        self.linked.get(&(parent, name.into())).copied()
    }

    /// The number that a file of a layer shows; of one that was copied up, its number before.
    pub fn number(&self, layer: Layer, number: u64) -> u64 {
        if layer == UPPER { self.numbers.get(&number).copied().unwrap_or(number) } else { number }
    }

    /// The kernel is told of what a name stands for; gives the node's number.
    pub fn enter(&mut self, parent: NodeId, name: &[u8], found: &Found) -> Option<NodeId> {
        if let Some(id) = self.child(parent, name) {
            let node = self.node_mut(id)?;
            node.lookups = node.lookups.saturating_add(1);
            return Some(id);
        }
        let parent_slot = self.slot(parent)?;
        let directory = matches!(found.merged, Merged::Directory(_));
        let layer = found.merged.top();
        let number = if directory { found.number } else { self.number(layer, found.number) };
        if found.linked && layer == UPPER && !directory {
            // Another name of a file that is known: one node, so that all its names show one content.
            let known = self.node_mut(number).filter(|node| {
                node.layer == UPPER && node.real == found.real && !node.state.directory && !node.state.orphan
            });
            if let Some(node) = known {
                node.lookups = node.lookups.saturating_add(1);
                self.add_link(number, parent, name);
                return Some(number);
            }
        }
        let shares_number = found.linked && layer != UPPER && !directory;
        let id = self.free_id(number);
        let node = Node {
            id,
            real: found.real,
            lookups: 1,
            name: name.into(),
            parent: parent_slot,
            children: 0,
            layer,
            state: State { directory, orphan: false, shares_number },
        };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(None);
                Slot::try_from(self.slots.len().checked_sub(1)?).ok()?
            }
        };
        *self.slots.get_mut(slot as usize)? = Some(node);
        self.ids.insert(id, slot);
        if let Merged::Directory(layers) = &found.merged {
            self.layers.insert(id, layers.clone());
        }
        self.attach(slot);
        Some(id)
    }

    /// Its file's own number, unless another node has that.
    fn free_id(&mut self, number: u64) -> NodeId {
        if number > ROOT && number < INVENTED && !self.ids.contains_key(&number) {
            return number;
        }
        self.invented = self.invented.wrapping_add(1).max(INVENTED);
        self.invented
    }

    fn hash(&self, slot: Slot) -> u64 {
        self.at(slot).map_or(0, |node| self.hasher.hash_one((node.parent, &*node.name)))
    }

    /// Makes a node found by its name, and counts it as its directory's.
    fn attach(&mut self, slot: Slot) {
        let hash = self.hash(slot);
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.names.insert_unique(hash, slot, |slot| {
            let node = slots.get(*slot as usize).and_then(Option::as_ref);
            node.map_or(0, |node| hasher.hash_one((node.parent, &*node.name)))
        });
        if let Some(parent) = self.at(slot).map(|node| node.parent)
            && let Some(node) = self.at_mut(parent)
        {
            node.children = node.children.saturating_add(1);
        }
    }

    /// The other way round; a directory that nobody needs any more goes.
    fn detach(&mut self, slot: Slot) {
        let hash = self.hash(slot);
        if let Ok(entry) = self.names.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        if let Some(parent) = self.at(slot).map(|node| node.parent) {
            self.release(parent);
        }
    }

    fn release(&mut self, parent: Slot) {
        let Some(node) = self.at_mut(parent) else { return };
        node.children = node.children.saturating_sub(1);
        self.drop_unused(parent);
    }

    fn drop_unused(&mut self, slot: Slot) {
        let Some(node) = self.at(slot) else { return };
        if node.lookups > 0 || node.children > 0 || node.id == ROOT {
            return;
        }
        let (id, orphan) = (node.id, node.state.orphan);
        if !orphan {
            self.detach(slot);
        }
        self.ids.remove(&id);
        self.gone.push((id, self.layers.remove(&id).unwrap_or_default()));
        for (parent, name) in self.links.remove(&id).unwrap_or_default() {
            self.linked.remove(&(parent, name));
            if let Some(parent) = self.slot(parent) {
                self.release(parent);
            }
        }
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = None;
            self.free.push(slot);
        }
    }

    /// The kernel has forgotten a node so often.
    pub fn forget(&mut self, id: NodeId, times: u64) {
        let Some(slot) = self.slot(id) else { return };
        let Some(node) = self.at_mut(slot) else { return };
        node.lookups = node.lookups.saturating_sub(times);
        self.drop_unused(slot);
    }

    /// The nodes that have gone since this was asked last.
    pub fn take_gone(&mut self) -> Vec<Gone> {
        std::mem::take(&mut self.gone)
    }

    /// A file of the upper layer has one more name.
    pub fn add_link(&mut self, id: NodeId, parent: NodeId, name: &[u8]) {
        self.links.entry(id).or_default().push((parent, name.into()));
        self.linked.insert((parent, name.into()), id);
        if let Some(node) = self.node_mut(parent) {
            node.children = node.children.saturating_add(1);
        }
    }

    /// The kernel is told of a node that it knows, once more.
    pub fn count(&mut self, id: NodeId) {
        if let Some(node) = self.node_mut(id) {
            node.lookups = node.lookups.saturating_add(1);
        }
    }

    /// A name is gone. True when its node has none left that is known: it is an orphan then.
    pub fn remove_name(&mut self, parent: NodeId, name: &[u8]) -> bool {
        let Some(id) = self.child(parent, name) else { return false };
        if self.linked.remove(&(parent, name.into())).is_some() {
            if let Some(links) = self.links.get_mut(&id) {
                links.retain(|(at, known)| (*at, &**known) != (parent, name));
            }
            if let Some(slot) = self.slot(parent) {
                self.release(slot);
            }
            return false;
        }
        let Some(slot) = self.slot(id) else { return false };
        let other = self.links.get_mut(&id).and_then(Vec::pop);
        if let Some((parent, name)) = other
            && let Some(parent_slot) = self.slot(parent)
        {
            // It goes on under another of its names, which keeps its hold on the directory.
            self.linked.remove(&(parent, name.clone()));
            self.detach(slot);
            if let Some(node) = self.at_mut(slot) {
                (node.parent, node.name) = (parent_slot, name);
            }
            self.attach(slot);
            self.release(parent_slot);
            return false;
        }
        self.detach(slot);
        if let Some(node) = self.at_mut(slot) {
            node.state.orphan = true;
            (node.parent, node.name) = (0, Box::default());
        }
        true
    }

    /// A node has another name than before; nothing may have that name any more.
    pub fn rename(&mut self, from: (NodeId, &[u8]), to: (NodeId, &[u8])) {
        let Some(id) = self.child(from.0, from.1) else { return };
        if self.linked.remove(&(from.0, from.1.into())).is_some() {
            if let Some(links) = self.links.get_mut(&id) {
                links.retain(|(at, known)| (*at, &**known) != from);
            }
            self.add_link(id, to.0, to.1);
            if let Some(slot) = self.slot(from.0) {
                self.release(slot);
            }
            return;
        }
        let (Some(slot), Some(parent)) = (self.slot(id), self.slot(to.0)) else { return };
        // Held meanwhile, so that it does not go with its last child.
        if let Some(node) = self.at_mut(parent) {
            node.children = node.children.saturating_add(1);
        }
        self.detach(slot);
        if let Some(node) = self.at_mut(slot) {
            (node.parent, node.name) = (parent, to.1.into());
        }
        self.attach(slot);
        self.release(parent);
    }

    /// Two names have changed places.
    pub fn exchange(&mut self, one: (NodeId, &[u8]), other: (NodeId, &[u8])) {
        // No name has a NUL in it.
        let aside = (one.0, b"\0".as_slice());
        self.rename(one, aside);
        self.rename(other, one);
        self.rename(aside, other);
    }

    /// A node was copied to the upper layer, where its file has another number. What it has shown, it goes on showing;
    /// unless that is also the number of another name of the lower file, which stays what it was.
    pub fn copied_up(&mut self, id: NodeId, real: u64) {
        let Some(node) = self.node_mut(id) else { return };
        (node.layer, node.real) = (UPPER, real);
        let (directory, shares, orphan) = (node.state.directory, node.state.shares_number, node.state.orphan);
        if directory {
            let layers = self.layers.remove(&id).unwrap_or_default();
            self.layers.insert(id, [&[UPPER], &*layers].concat().into());
        } else if !shares && !orphan && id < INVENTED {
            self.numbers.insert(real, id);
        }
    }

    /// A file of the upper layer is gone from the disk.
    pub fn gone(&mut self, real: u64) {
        self.numbers.remove(&real);
    }

    /// How many are known.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.ids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Nodes {
        Nodes::new([UPPER, 1].into(), 2)
    }

    impl Nodes {
        fn forgets(&mut self, id: NodeId, times: u64) -> bool {
            self.forget(id, times);
            self.take_gone().iter().any(|(gone, _)| *gone == id)
        }
    }

    fn file(layer: Layer, number: u64, linked: bool) -> Found {
        Found { merged: Merged::Other(layer), real: number, number, linked }
    }

    fn dir(number: u64) -> Found {
        Found { merged: Merged::Directory([1].into()), real: number, number, linked: true }
    }

    #[test]
    fn a_directory_lives_as_long_as_what_is_below_it() {
        let mut nodes = nodes();
        let d = nodes.enter(ROOT, b"d", &dir(10)).unwrap();
        let f = nodes.enter(d, b"f", &file(1, 11, false)).unwrap();
        assert_eq!((d, f), (10, 11));
        assert!(!nodes.forgets(d, 1), "its child is known");
        assert_eq!(nodes.name(f), Some((d, b"f".as_slice())));
        assert!(nodes.forgets(f, 1));
        assert_eq!(nodes.len(), 1, "both are gone");
        assert_eq!(nodes.child(ROOT, b"d"), None);
    }

    #[test]
    fn a_name_that_is_known_counts() {
        let mut nodes = nodes();
        let f = nodes.enter(ROOT, b"f", &file(1, 11, false)).unwrap();
        assert_eq!(nodes.enter(ROOT, b"f", &file(1, 11, false)), Some(f));
        assert!(!nodes.forgets(f, 1));
        assert!(nodes.forgets(f, 1));
    }

    #[test]
    fn lower_links_are_nodes_of_their_own_with_one_number() {
        let mut nodes = nodes();
        let f = nodes.enter(ROOT, b"f", &file(1, 11, true)).unwrap();
        let g = nodes.enter(ROOT, b"g", &file(1, 11, true)).unwrap();
        assert_ne!(f, g);
        assert_eq!(nodes.seen(f).unwrap().number, nodes.seen(g).unwrap().number);
        nodes.copied_up(f, 70);
        assert_eq!(nodes.seen(f).unwrap().number, 70);
        assert_eq!(nodes.seen(g).unwrap().number, 11);
        assert_eq!(nodes.number(UPPER, 70), 70);
    }

    #[test]
    fn upper_links_are_one_node_with_several_names() {
        let mut nodes = nodes();
        let f = nodes.enter(ROOT, b"f", &file(UPPER, 11, true)).unwrap();
        assert_eq!(nodes.enter(ROOT, b"g", &file(UPPER, 11, true)), Some(f));
        assert_eq!(nodes.child(ROOT, b"g"), Some(f));
        assert!(!nodes.remove_name(ROOT, b"f"));
        assert_eq!(nodes.name(f), Some((ROOT, b"g".as_slice())));
        nodes.rename((ROOT, b"g"), (ROOT, b"h"));
        assert_eq!(nodes.child(ROOT, b"h"), Some(f));
        assert!(nodes.remove_name(ROOT, b"h"), "that was its last");
        assert!(nodes.seen(f).unwrap().orphan);
        assert!(nodes.forgets(f, 2));
        assert_eq!(nodes.len(), 1);
    }

    #[test]
    fn a_further_name_is_renamed_and_removed() {
        let mut nodes = nodes();
        let d = nodes.enter(ROOT, b"d", &dir(10)).unwrap();
        let f = nodes.enter(ROOT, b"f", &file(UPPER, 11, true)).unwrap();
        nodes.add_link(f, d, b"g");
        nodes.rename((d, b"g"), (ROOT, b"h"));
        assert_eq!((nodes.child(d, b"g"), nodes.child(ROOT, b"h")), (None, Some(f)));
        assert!(nodes.forgets(d, 1), "nothing holds it");
        assert!(!nodes.remove_name(ROOT, b"h"));
        assert_eq!(nodes.name(f), Some((ROOT, b"f".as_slice())));
    }

    #[test]
    fn a_number_survives_being_copied_up() {
        let mut nodes = nodes();
        let f = nodes.enter(ROOT, b"f", &file(1, 11, false)).unwrap();
        nodes.copied_up(f, 70);
        assert_eq!(
            nodes.seen(f).unwrap(),
            Seen {
                layer: UPPER,
                directory: false,
                orphan: false,
                number: 11,
                shares_number: false,
                real: 70
            }
        );
        assert!(nodes.forgets(f, 1));
        assert_eq!(nodes.enter(ROOT, b"f", &file(UPPER, 70, false)), Some(11), "also when looked up anew");
        nodes.gone(70);
        assert_eq!(nodes.number(UPPER, 70), 70);
    }

    #[test]
    fn taken_numbers_are_not_given_twice() {
        let mut nodes = nodes();
        let f = nodes.enter(ROOT, b"f", &file(UPPER, 11, false)).unwrap();
        assert!(nodes.remove_name(ROOT, b"f"));
        let g = nodes.enter(ROOT, b"g", &file(UPPER, 11, false)).unwrap();
        assert_ne!(f, g);
        for number in [0, 1, INVENTED | 5] {
            let id = nodes.enter(ROOT, format!("{number}").as_bytes(), &file(1, number, false)).unwrap();
            assert!(id > INVENTED, "{id}");
        }
    }

    #[test]
    fn renames_and_exchanges() {
        let mut nodes = nodes();
        let a = nodes.enter(ROOT, b"a", &dir(10)).unwrap();
        let b = nodes.enter(ROOT, b"b", &dir(20)).unwrap();
        let f = nodes.enter(a, b"f", &file(UPPER, 11, false)).unwrap();
        let g = nodes.enter(b, b"g", &file(UPPER, 12, false)).unwrap();
        nodes.exchange((a, b"f"), (b, b"g"));
        assert_eq!((nodes.child(a, b"f"), nodes.child(b, b"g")), (Some(g), Some(f)));
        nodes.exchange((ROOT, b"a"), (ROOT, b"b"));
        assert_eq!((nodes.child(ROOT, b"a"), nodes.child(ROOT, b"b")), (Some(b), Some(a)));
        assert_eq!(nodes.name(f), Some((b, b"g".as_slice())));
        nodes.rename((ROOT, b"a"), (a, b"c"));
        assert_eq!(nodes.parent(b), Some(a));
    }
}
