//! What the engine does not do of Go's templates is put into the parsed template as calls of functions of ours: fields
//! that know where they stand, methods (`.Label "x"`), and a trace of where execution is, for errors.

use gotmpl::TemplateError;
use gotmpl::parse::{BranchNode, CommandNode, Expr, ListNode, Node, Number, PipeNode, Pos, SmolStr};

use super::functions;

/// `field OFFSET VALUE NAME…`: the field of a field.
pub(super) const FIELD: &str = "rctr.field";
/// `method OFFSET VALUE NAME ARGUMENT…`.
pub(super) const METHOD: &str = "rctr.method";
/// `at OFFSET VALUE`: the value; execution has come here.
pub(super) const AT: &str = "rctr.at";

/// Rewrites a list of nodes in place.
///
/// # Errors
/// A function that there is not: its offset and name.
pub(super) fn list(nodes: &mut ListNode) -> Result<(), (usize, TemplateError)> {
    nodes.nodes.iter_mut().try_for_each(|node| match node {
        Node::List(nodes) => list(nodes),
        Node::Action(action) => pipe(&mut action.pipe),
        Node::If(node) | Node::Range(node) | Node::With(node) => branch(node),
        Node::Template(node) => node.pipe.as_mut().map_or(Ok(()), pipe),
        Node::Define(node) => list(&mut node.body),
        Node::Text(_) | Node::Break(_) | Node::Continue(_) => Ok(()),
    })
}

fn branch(node: &mut BranchNode) -> Result<(), (usize, TemplateError)> {
    let pos = node.pipe.commands.first().map_or(node.pos, |command| command.pos);
    pipe(&mut node.pipe)?;
    // What cannot be ranged over is noticed when the pipe has its value.
    node.pipe.commands.push(trace(pos));
    list(&mut node.body)?;
    node.else_body.as_mut().map_or(Ok(()), list)
}

fn pipe(pipe: &mut PipeNode) -> Result<(), (usize, TemplateError)> {
    let mut commands = Vec::with_capacity(pipe.commands.len());
    for (n, mut command) in std::mem::take(&mut pipe.commands).into_iter().enumerate() {
        let (pos, piped) = (place(&command), n > 0);
        let calls = match command.args.first() {
            Some(Expr::Identifier(_, name)) if !known(name) => return Err(undefined(pos, name)),
            Some(Expr::Identifier(..)) => true,
            // Only a method takes arguments.
            Some(_) if piped || command.args.len() > 1 => {
                method(&mut command);
                true
            }
            _ => false,
        };
        command.args.iter_mut().try_for_each(expression)?;
        // The last that is evaluated before the call says where the call is.
        let arguments = command.args.len() > 1;
        match command.args.last_mut().filter(|_| calls) {
            Some(last) if arguments => {
                let value = std::mem::replace(last, Expr::Nil(pos));
                let value = CommandNode { pos, args: vec![value] };
                let piped =
                    PipeNode { pos, decl: Vec::new(), commands: vec![value, trace(pos)], is_assign: false };
                *last = Expr::Pipe(pos, piped);
            }
            Some(_) if piped => commands.push(trace(pos)),
            _ => {}
        }
        commands.push(command);
    }
    pipe.commands = commands;
    Ok(())
}

fn known(name: &str) -> bool {
    functions::NAMES.contains(&name) || [FIELD, METHOD, AT].contains(&name)
}

fn undefined(pos: Pos, name: &str) -> (usize, TemplateError) {
    (pos.offset, TemplateError::Exec(format!("function {name:?} not defined")))
}

fn place(command: &CommandNode) -> Pos {
    command.args.first().map_or(command.pos, Expr::pos)
}

fn call(pos: Pos, name: &'static str) -> Vec<Expr> {
    let offset = Number::Int(i64::try_from(pos.offset).unwrap_or(i64::MAX));
    vec![Expr::Identifier(pos, SmolStr::new_static(name)), Expr::Number(pos, offset)]
}

fn trace(pos: Pos) -> CommandNode {
    CommandNode { pos, args: call(pos, AT) }
}

/// `.Mounts.Label "x"` becomes `method OFFSET .Mounts "Label" "x"`.
fn method(command: &mut CommandNode) {
    let Some((pos, base, mut names)) = command.args.first().and_then(split) else { return };
    let Some(name) = names.pop() else { return };
    let mut args = call(pos, METHOD);
    args.push(if names.is_empty() { base } else { chain(pos, base, names) });
    args.push(text(pos, &name));
    args.extend(command.args.drain(1..));
    command.args = args;
}

/// Fields become calls, everywhere in an expression.
fn expression(expression: &mut Expr) -> Result<(), (usize, TemplateError)> {
    match expression {
        Expr::Pipe(_, inner) => return pipe(inner),
        Expr::Identifier(pos, name) if !known(name) => return Err(undefined(*pos, name)),
        _ => {}
    }
    let Some((pos, mut base, names)) = split(expression) else { return Ok(()) };
    self::expression(&mut base)?;
    *expression = if names.is_empty() { base } else { access(pos, base, &names) };
    Ok(())
}

/// What the fields are of, and their names; none of what has no fields.
fn split(expression: &Expr) -> Option<(Pos, Expr, Vec<SmolStr>)> {
    match expression {
        Expr::Field(pos, names) => Some((*pos, Expr::Dot(*pos), names.clone())),
        Expr::Variable(pos, name, names) if !names.is_empty() => {
            Some((*pos, Expr::Variable(*pos, name.clone(), Vec::new()), names.clone()))
        }
        Expr::Chain(pos, inner, names) => Some((*pos, (**inner).clone(), names.clone())),
        _ => None,
    }
}

fn chain(pos: Pos, base: Expr, names: Vec<SmolStr>) -> Expr {
    Expr::Chain(pos, Box::new(base), names)
}

fn access(pos: Pos, base: Expr, names: &[SmolStr]) -> Expr {
    let mut args = call(pos, FIELD);
    args.push(base);
    args.extend(names.iter().map(|name| text(pos, name)));
    let command = CommandNode { pos, args };
    Expr::Pipe(pos, PipeNode { pos, decl: Vec::new(), commands: vec![command], is_assign: false })
}

fn text(pos: Pos, text: &str) -> Expr {
    Expr::String(pos, text.into())
}
