//! From a decision to a short program: numbers by bisection, every verdict and every question once where it is in reach.
//!
//! Written from the end to the beginning, so that the target of every jump is there before the jump.

use std::collections::HashMap;

use super::bpf::{AND, IF_AT_LEAST, IF_EQUAL, Instruction, JUMP, LOAD, RETURN, branch, op};
use super::decide::{Decisions, Node, NodeId, Word};

/// So many single values among one interval are asked for one after the other; more are divided.
const CHAIN: usize = 3;

/// The same program, shorter. One that is of another making than libseccomp's comes back as it was.
pub(super) fn shorten(program: Vec<Instruction>) -> Vec<Instruction> {
    let Some((decisions, start)) = super::decide::decisions(&program) else { return program };
    let mut assembler = Assembler { decisions: &decisions, reversed: Vec::new(), places: HashMap::new() };
    let first = assembler.place(start, None);
    if first + 1 != assembler.reversed.len() {
        assembler.bring(first);
    }
    assembler.reversed.reverse();
    if assembler.reversed.len() < program.len() { assembler.reversed } else { program }
}

struct Assembler<'a> {
    decisions: &'a Decisions,
    /// The last instruction first. A place is an index into it.
    reversed: Vec<Instruction>,
    /// Where a node begins, by what the accumulator holds there.
    places: HashMap<(NodeId, Option<Word>), usize>,
}

impl Assembler<'_> {
    /// Where `node` begins when the accumulator holds `held`.
    fn place(&mut self, node: NodeId, held: Option<Word>) -> usize {
        let decisions = self.decisions;
        let (word, held) = match &decisions.nodes[node] {
            Node::Return(_) => (None, None),
            Node::Test { word, .. } => (Some(*word), held.filter(|held| held == word)),
            Node::Cases { offset, .. } => {
                let word = Word { offset: *offset, mask: u32::MAX };
                (Some(word), held.filter(|held| *held == word))
            }
        };
        if let Some(place) = self.places.get(&(node, held)).copied().filter(|place| self.reaches(*place)) {
            return place;
        }
        let place = match (&decisions.nodes[node], word, held) {
            (Node::Return(verdict), ..) => self.push(op(RETURN, *verdict)),
            (_, Some(word), None) => {
                let after = self.place(node, Some(word));
                self.fall_into(after);
                if word.mask != u32::MAX {
                    self.push(op(AND, word.mask));
                }
                self.push(op(LOAD, word.offset))
            }
            (Node::Test { code, k, yes, no, .. }, ..) => {
                let no = self.place(*no, word);
                let yes = self.place(*yes, word);
                self.branch(*code, *k, yes, no)
            }
            (Node::Cases { starts, .. }, ..) => self.search(starts, word),
        };
        self.places.insert((node, held), place);
        place
    }

    /// Finds the interval in which the accumulator's value lies, which is not below the first.
    fn search(&mut self, starts: &[(u32, NodeId)], held: Option<Word>) -> usize {
        if let Some((singles, rest)) = single_values(starts) {
            let mut place = self.place(rest, held);
            for (value, node) in singles.into_iter().rev() {
                let yes = self.place(node, held);
                place = self.branch(IF_EQUAL, value, yes, place);
            }
            return place;
        }
        let middle = starts.len() / 2;
        let above = self.search(&starts[middle..], held);
        let below = self.search(&starts[..middle], held);
        self.branch(IF_AT_LEAST, starts[middle].0, above, below)
    }

    fn branch(&mut self, code: u16, k: u32, mut yes: usize, mut no: usize) -> usize {
        loop {
            if !self.reaches(no) {
                no = self.bring(no);
            } else if !self.reaches(yes) {
                yes = self.bring(yes);
            } else {
                break;
            }
        }
        let (jt, jf) = (self.distance(yes) as u8, self.distance(no) as u8);
        self.push(branch(code, k, jt, jf))
    }

    /// Has the next instruction that is written go on at `place`.
    fn fall_into(&mut self, place: usize) {
        if self.distance(place) > 0 {
            self.bring(place);
        }
    }

    /// A place that is near, and the same as that one.
    fn bring(&mut self, place: usize) -> usize {
        let there = self.reversed[place];
        let near = if there.code == RETURN { there } else { op(JUMP, self.distance(place) as u32) };
        self.push(near)
    }

    fn reaches(&self, place: usize) -> bool {
        self.distance(place) <= usize::from(u8::MAX)
    }

    /// What a jump that is written next would have to skip.
    fn distance(&self, place: usize) -> usize {
        self.reversed.len() - place - 1
    }

    fn push(&mut self, instruction: Instruction) -> usize {
        self.reversed.push(instruction);
        self.reversed.len() - 1
    }
}

/// A few single values, and one node for all others; none where it is otherwise.
fn single_values(starts: &[(u32, NodeId)]) -> Option<(Vec<(u32, NodeId)>, NodeId)> {
    // Where the last interval ends is not known here, so it is no single value.
    let rest = starts.last()?.1;
    let mut singles = Vec::new();
    for pair in starts.windows(2) {
        let ((start, node), (next, _)) = (pair[0], pair[1]);
        if node != rest {
            singles.push((start, node));
            if next - start != 1 || singles.len() > CHAIN {
                return None;
            }
        }
    }
    Some((singles, rest))
}
