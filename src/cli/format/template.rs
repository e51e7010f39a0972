//! One template: parsed, filled, and its errors with the place where they arose.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gotmpl::parse::{BranchNode, Expr, ListNode, Node, Parser, PipeNode, SmolStr};
use gotmpl::{Template, TemplateError, Value};

use super::Failure;
use super::normalise::{Normalised, unbalanced};
use super::{functions, rewrite};
use crate::model::nearest;

/// What it is called in the engine, and in its errors.
const NAME: &str = "format";

/// A template that can be filled.
pub(super) struct Format<'a> {
    typed: &'a str,
    normalised: Normalised,
    /// As it was parsed.
    tree: ListNode,
    engine: Template,
    trace: Arc<Mutex<Trace>>,
}

/// Where execution is, and what to say of a field that there is not.
#[derive(Debug, Default)]
struct Trace {
    offset: usize,
    hint: Option<String>,
}

impl<'a> Format<'a> {
    /// Reads a template; the first `before` bytes are no part of it.
    ///
    /// # Errors
    /// One that cannot be read, with the place.
    pub(super) fn parse(typed: &'a str, before: usize, blank_is_tab: bool) -> Result<Self, Failure> {
        let normalised = Normalised::new(typed, before, blank_is_tab);
        let parsed = Parser::with_name(Some(NAME), &normalised.text, "{{", "}}").and_then(Parser::parse);
        let (tree, defines) = parsed.map_err(|error| {
            let offset = match &error {
                TemplateError::Parse { line, col, .. } | TemplateError::Lex { line, col, .. } => {
                    normalised.offset(*line, *col)
                }
                _ => 0,
            };
            fault(&normalised, typed, offset, &error)
        })?;
        if let Some((offset, reason)) = unbalanced(&normalised.text) {
            return Err(fault(&normalised, typed, offset, &TemplateError::Exec(reason.to_owned())));
        }
        let trace = Arc::new(Mutex::new(Trace::default()));
        let mut engine = with_trace(functions::with_functions(Template::new("")), &trace);
        let defines = defines.into_iter().map(|define| (define.name.to_string(), define.body));
        for (name, mut body) in defines.chain([(NAME.to_owned(), tree.clone())]) {
            rewrite::list(&mut body).map_err(|(offset, error)| fault(&normalised, typed, offset, &error))?;
            engine = engine.add_parse_tree(&name, body);
        }
        Ok(Self { typed, normalised, tree, engine, trace })
    }

    /// Fills it.
    ///
    /// # Errors
    /// A field that there is not, a function that cannot be called so; with the place.
    pub(super) fn fill(&self, data: &Value) -> Result<String, Failure> {
        self.engine.execute_template_to_string(NAME, data).map_err(|error| {
            let trace = lock(&self.trace);
            let mut failure = fault(&self.normalised, self.typed, trace.offset, &error);
            failure.hint.clone_from(&trace.hint);
            failure
        })
    }

    /// Does it go through a list by itself (`{{range .}}`)?
    pub(super) fn ranges_over_all(&self) -> bool {
        let first = self.tree.nodes.iter().find(|node| !matches!(node, Node::Text(_)));
        let Some(Node::Range(range)) = first else { return false };
        match range.pipe.commands.as_slice() {
            [command] => matches!(command.args.as_slice(), [Expr::Dot(_)]),
            _ => false,
        }
    }

    /// The line over a table: the text as it is, and for each action the heading of the field that it is about.
    pub(super) fn headings(&self, heading: &dyn Fn(&str) -> String) -> String {
        let mut line = String::new();
        for node in &self.tree.nodes {
            match node {
                Node::Text(text) => line.push_str(&text.text),
                node => line.push_str(&subject(node).map(|name| heading(&name)).unwrap_or_default()),
            }
        }
        line
    }

    /// Does it end its own line?
    pub(super) fn ends_line(&self) -> bool {
        self.normalised.text.ends_with('\n')
    }
}

/// The error as podman and docker write it, in a line; the column is that of what was typed.
fn fault(normalised: &Normalised, typed: &str, offset: usize, error: &TemplateError) -> Failure {
    let (line, column) = normalised.position(typed, offset);
    let reason = match error {
        TemplateError::Parse { message, .. } | TemplateError::Lex { message, .. } => message.clone(),
        TemplateError::Exec(message) => message.clone(),
        other => other.to_string(),
    };
    let reason = super::printable(&reason);
    Failure::new(format!("bad --format: template: {NAME}:{line}:{column}: {reason}"))
}

fn lock(trace: &Mutex<Trace>) -> MutexGuard<'_, Trace> {
    // A panic of the thread that held it would have ended the process.
    trace.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The functions that [`rewrite`] puts in.
fn with_trace(template: Template, trace: &Arc<Mutex<Trace>>) -> Template {
    let (field_trace, method_trace, at_trace) = (Arc::clone(trace), Arc::clone(trace), Arc::clone(trace));
    template
        .func(rewrite::FIELD, move |args| {
            let [offset, value, names @ ..] = args else { return Err(internal()) };
            go_to(&field_trace, offset);
            names.iter().try_fold(value.clone(), |value, name| {
                field(&value, &name.to_string()).map_err(|hint| {
                    lock(&field_trace).hint = hint;
                    missing(&value, names, &name.to_string())
                })
            })
        })
        .func(rewrite::METHOD, move |args| {
            let [offset, value, name, arguments @ ..] = args else { return Err(internal()) };
            go_to(&method_trace, offset);
            method(value, &name.to_string(), arguments)
        })
        .func(rewrite::AT, move |args| {
            let [offset, value] = args else { return Err(internal()) };
            go_to(&at_trace, offset);
            Ok(value.clone())
        })
}

fn go_to(trace: &Mutex<Trace>, offset: &Value) {
    lock(trace).offset = offset.as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
}

fn internal() -> TemplateError {
    TemplateError::Exec("internal error: a rewritten template lacks an argument".to_owned())
}

/// The field of an object. What is not in a map is no value; an object that has only names of fields is no map, and what
/// it does not have is an error: with a hint, where a name is near.
fn field(value: &Value, name: &str) -> Result<Value, Option<String>> {
    match value {
        Value::Map(map) => {
            if let Some(value) = map.get(name) {
                return Ok(value.clone());
            }
            if !is_object(map) {
                return Ok(Value::Nil);
            }
            let other = match name {
                "Src" => "Source",
                "Dst" => "Destination",
                "Healthcheck" => "Health",
                name => name,
            };
            // podman writes .ID and .HostIP, docker .Id and .HostIp.
            let found = map.iter().find(|(key, _)| key.eq_ignore_ascii_case(other));
            found.map(|(_, value)| value.clone()).ok_or_else(|| {
                nearest(name, map.keys().map(|key| &**key)).map(|near| format!("did you mean .{near}?"))
            })
        }
        Value::Nil => Ok(Value::Nil),
        Value::String(time) if name == "Unix" => seconds(time).map(Value::Int).ok_or(None),
        _ => Err(None),
    }
}

fn is_object(map: &BTreeMap<Arc<str>, Value>) -> bool {
    !map.is_empty() && map.keys().all(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Of a time, as lists and `inspect` have it.
fn seconds(text: &str) -> Option<i64> {
    let text = text.strip_suffix(" +0000 UTC").map_or_else(|| text.to_owned(), |time| format!("{time}Z"));
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

fn missing(value: &Value, names: &[Value], name: &str) -> TemplateError {
    let path: String = names.iter().map(|name| format!(".{name}")).collect();
    let of = match value {
        Value::Map(_) => String::new(),
        other => format!(" in type {}", other.type_name()),
    };
    TemplateError::Exec(format!("executing \"{NAME}\" at <{path}>: can't evaluate field {name}{of}"))
}

/// podman's and docker's lists have one method that takes an argument.
fn method(value: &Value, name: &str, arguments: &[Value]) -> Result<Value, TemplateError> {
    let bad = |reason: String| TemplateError::Exec(format!("executing \"{NAME}\" at <.{name}>: {reason}"));
    match (name, value.field("Labels"), arguments) {
        ("Label", Some(labels), [Value::String(label)]) => {
            Ok(labels.field(label).cloned().unwrap_or_else(|| Value::String("".into())))
        }
        ("Label", Some(_), _) => Err(bad("want one label".to_owned())),
        _ => match field(value, name) {
            Ok(_) => Err(bad(format!("{name} has arguments but cannot be invoked as function"))),
            Err(_) => Err(bad(format!("can't evaluate field {name}"))),
        },
    }
}

/// What a node is about: the last name of the first field in it; of `.Label "x"` the label.
fn subject(node: &Node) -> Option<String> {
    match node {
        Node::Action(action) => subject_of_pipe(&action.pipe),
        Node::If(BranchNode { pipe, body, .. })
        | Node::With(BranchNode { pipe, body, .. })
        | Node::Range(BranchNode { pipe, body, .. }) => {
            subject_of_pipe(pipe).or_else(|| body.nodes.iter().find_map(subject))
        }
        _ => None,
    }
}

fn subject_of_pipe(pipe: &PipeNode) -> Option<String> {
    pipe.commands.iter().find_map(|command| match command.args.as_slice() {
        [Expr::Field(_, names), Expr::String(_, label)] if names.last().is_some_and(|n| n == "Label") => {
            // docker: the part after the last dot.
            Some(label.rsplit('.').next().unwrap_or_default().replace(['-', '_'], " "))
        }
        args => args.iter().find_map(subject_of),
    })
}

fn subject_of(expression: &Expr) -> Option<String> {
    let last = |names: &[SmolStr]| names.last().map(ToString::to_string);
    match expression {
        Expr::Field(_, names) | Expr::Variable(_, _, names) => last(names),
        Expr::Pipe(_, pipe) => subject_of_pipe(pipe),
        Expr::Chain(_, inner, names) => last(names).or_else(|| subject_of(inner)),
        _ => None,
    }
}
