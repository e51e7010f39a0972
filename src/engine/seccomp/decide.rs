//! What a filter program decides, apart from how it gets there: the program is run for every architecture and number with
//! both kept symbolic as far as it looks at them, and the tests on arguments that remain become a graph.

use std::collections::HashMap;

use super::bpf::{
    AND, ARCH, ARGUMENTS, FROM_X, Instruction, JUMP, LOAD, LOAD_MEMORY, NUMBER, RETURN, STORE, TO_X, holds,
};

/// A program with more cases than this is left as it is. docker's profile has some 1,500.
const MAX_CASES: usize = 50_000;

/// And one that asks so many questions about arguments in a row.
const MAX_DEPTH: usize = 500;

/// A place in the list of [`Decisions::nodes`].
pub(super) type NodeId = usize;

/// A word of `struct seccomp_data`, and which of its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Word {
    pub(super) offset: u32,
    pub(super) mask: u32,
}

/// A step of a decision. Equal ones are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// The verdict.
    Return(u32),
    /// A question about an argument.
    Test { word: Word, code: u16, k: u32, yes: NodeId, no: NodeId },
    /// By intervals of the architecture or the number: where each begins, the first at 0, no neighbours alike.
    Cases { offset: u32, starts: Vec<(u32, NodeId)> },
}

/// A decision as a graph.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    pub(super) nodes: Vec<Node>,
    known: HashMap<Node, NodeId>,
}

/// What a program decides, and the node that it begins with; none for one that does what libseccomp's programs do not.
pub(super) fn decisions(program: &[Instruction]) -> Option<(Decisions, NodeId)> {
    let mut decisions = Decisions::default();
    let mut cases = 0;
    let mut arches = Vec::new();
    let mut arch = Field::from(0);
    loop {
        let mut numbers = Vec::new();
        let mut number = Field::from(0);
        loop {
            cases += 1;
            let mut walk =
                Walk { program, decisions: &mut decisions, arch, number, depth: 0, seen: HashMap::new() };
            let node = walk.from(0, State::default()).filter(|_| cases <= MAX_CASES)?;
            (arch, number) = (walk.arch, walk.number);
            push_case(&mut numbers, number.low, node);
            match number.high.checked_add(1) {
                Some(next) => number = Field::from(next),
                None => break,
            }
        }
        let node = decisions.cases(NUMBER, numbers);
        push_case(&mut arches, arch.low, node);
        match arch.high.checked_add(1) {
            Some(next) => arch = Field::from(next),
            None => break,
        }
    }
    let start = decisions.cases(ARCH, arches);
    Some((decisions, start))
}

fn push_case(cases: &mut Vec<(u32, NodeId)>, start: u32, node: NodeId) {
    if cases.last().is_none_or(|(_, last)| *last != node) {
        cases.push((start, node));
    }
}

impl Decisions {
    fn node(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        self.nodes.push(node.clone());
        self.known.insert(node, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn cases(&mut self, offset: u32, starts: Vec<(u32, NodeId)>) -> NodeId {
        match starts[..] {
            [(_, only)] => only,
            _ => self.node(Node::Cases { offset, starts }),
        }
    }
}

/// The architecture or the number: one value, and the values around it for which the program does the same.
#[derive(Clone, Copy, Debug)]
struct Field {
    value: u32,
    low: u32,
    high: u32,
}

impl Field {
    /// Everything from this value on, which stands for all of it until the program asks.
    fn from(value: u32) -> Self {
        Self { value, low: value, high: u32::MAX }
    }

    /// Answers a question, and leaves of the values around only those with the same answer.
    fn ask(&mut self, mask: u32, code: u16, k: u32) -> Option<bool> {
        let answer = holds(code, self.value & mask, k)?;
        let above = |this: &mut Self, first: u32| match this.value >= first {
            true => this.low = this.low.max(first),
            false => this.high = this.high.min(first - 1),
        };
        let blocks = match code {
            super::bpf::IF_ANY_SET => Some(mask & k),
            _ => (mask != u32::MAX).then_some(mask),
        };
        match (blocks, code) {
            // Looks at these bits alone: values that differ only in lower ones are alike.
            (Some(bits), _) => {
                let lower = 1u32.checked_shl(bits.trailing_zeros()).map_or(u32::MAX, |bit| bit - 1);
                self.low = self.low.max(self.value & !lower);
                self.high = self.high.min(self.value | lower);
            }
            (None, super::bpf::IF_AT_LEAST) if k > 0 => above(self, k),
            (None, super::bpf::IF_GREATER) if k < u32::MAX => above(self, k + 1),
            (None, super::bpf::IF_EQUAL) => {
                if k > 0 {
                    above(self, k);
                }
                if k < u32::MAX {
                    above(self, k + 1);
                }
            }
            _ => {}
        }
        Some(answer)
    }
}

/// The registers and the scratch memory (BPF_MEMWORDS): words that were loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    accumulator: Option<Word>,
    x: Option<Word>,
    memory: [Option<Word>; 16],
}

/// One way through the program, with every way that arguments open.
struct Walk<'a> {
    program: &'a [Instruction],
    decisions: &'a mut Decisions,
    arch: Field,
    number: Field,
    depth: usize,
    seen: HashMap<(usize, State), NodeId>,
}

impl Walk<'_> {
    fn from(&mut self, start: usize, mut state: State) -> Option<NodeId> {
        if let Some(node) = self.seen.get(&(start, state)) {
            return Some(*node);
        }
        let begun = (start, state);
        let mut at = start;
        let node = loop {
            let &Instruction { code, jt, jf, k } = self.program.get(at)?;
            at += 1;
            match code {
                LOAD if is_word(k) => state.accumulator = Some(Word { offset: k, mask: u32::MAX }),
                AND => state.accumulator.as_mut()?.mask &= k,
                STORE => *state.memory.get_mut(k as usize)? = Some(state.accumulator?),
                LOAD_MEMORY => state.accumulator = Some((*state.memory.get(k as usize)?)?),
                TO_X => state.x = Some(state.accumulator?),
                FROM_X => state.accumulator = Some(state.x?),
                JUMP => at = at.checked_add(k as usize)?,
                RETURN => break self.decisions.node(Node::Return(k)),
                _ => {
                    let word = state.accumulator?;
                    let field = match word.offset {
                        NUMBER => Some(&mut self.number),
                        ARCH => Some(&mut self.arch),
                        _ => None,
                    };
                    if let Some(field) = field {
                        at += usize::from(if field.ask(word.mask, code, k)? { jt } else { jf });
                        continue;
                    }
                    holds(code, 0, k).filter(|_| self.depth < MAX_DEPTH)?;
                    self.depth += 1;
                    let yes = self.from(at + usize::from(jt), state)?;
                    let no = self.from(at + usize::from(jf), state)?;
                    self.depth -= 1;
                    break match yes == no {
                        true => yes,
                        false => self.decisions.node(Node::Test { word, code, k, yes, no }),
                    };
                }
            }
        };
        self.seen.insert(begun, node);
        Some(node)
    }
}

/// Is it a word that tells two calls apart? The instruction pointer would, and no profile asks for it.
fn is_word(offset: u32) -> bool {
    let arguments = ARGUMENTS..ARGUMENTS + 6 * 8;
    offset == NUMBER || offset == ARCH || (arguments.contains(&offset) && offset.is_multiple_of(4))
}
