//! Messages as bytes and back. Pure.

/// Nothing that we ask for has a longer answer (the specification allows 128 MiB).
pub const MESSAGE_MAX: usize = 256 * 1024;
/// Containers in containers: more than any message here has.
const DEPTH: usize = 8;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `y`.
    Byte(u8),
    /// `b`.
    Bool(bool),
    /// `u`.
    U32(u32),
    /// `t`.
    U64(u64),
    /// `s`.
    Str(String),
    /// `o`.
    Path(String),
    /// `g`.
    Signature(String),
    /// `a`, with the type of an element.
    Array(&'static str, Vec<Value>),
    /// `(…)`.
    Struct(Vec<Value>),
    /// `v`.
    Variant(Box<Value>),
}

impl Value {
    fn signature(&self) -> String {
        match self {
            Self::Byte(_) => "y".to_owned(),
            Self::Bool(_) => "b".to_owned(),
            Self::U32(_) => "u".to_owned(),
            Self::U64(_) => "t".to_owned(),
            Self::Str(_) => "s".to_owned(),
            Self::Path(_) => "o".to_owned(),
            Self::Signature(_) => "g".to_owned(),
            Self::Array(element, _) => format!("a{element}"),
            Self::Struct(fields) => format!("({})", fields.iter().map(Self::signature).collect::<String>()),
            Self::Variant(_) => "v".to_owned(),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => to.push(*byte),
            Self::Bool(on) => number(to, u32::from(*on)),
            Self::U32(value) => number(to, *value),
            Self::U64(value) => {
                pad(to, 8);
                to.extend(value.to_le_bytes());
            }
            Self::Str(text) | Self::Path(text) => {
                number(to, text.len() as u32);
                to.extend(text.as_bytes());
                to.push(0);
            }
            Self::Signature(text) => {
                to.push(text.len() as u8);
                to.extend(text.as_bytes());
                to.push(0);
            }
            Self::Array(element, values) => {
                number(to, 0);
                let length_at = to.len() - 4;
                pad(to, alignment(element.as_bytes().first().copied().unwrap_or(b'y')));
                let from = to.len();
                values.iter().for_each(|value| value.write(to));
                let length = (to.len() - from) as u32;
                to[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
            }
            Self::Struct(fields) => {
                pad(to, 8);
                fields.iter().for_each(|field| field.write(to));
            }
            Self::Variant(value) => {
                Self::Signature(value.signature()).write(to);
                value.write(to);
            }
        }
    }
}

fn pad(to: &mut Vec<u8>, alignment: usize) {
    to.resize(to.len().next_multiple_of(alignment), 0);
}

fn number(to: &mut Vec<u8>, value: u32) {
    pad(to, 4);
    to.extend(value.to_le_bytes());
}

/// "Summary of D-Bus marshaling" of the specification.
fn alignment(kind: u8) -> usize {
    match kind {
        b'y' | b'g' | b'v' => 1,
        b'n' | b'q' => 2,
        b'x' | b't' | b'd' | b'(' | b'{' => 8,
        _ => 4,
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A method is called.
    #[default]
    Call,
    /// What it gives.
    Return,
    /// It failed.
    Error,
    /// Something happened.
    Signal,
    /// Of a later version: to be ignored.
    Other,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// Which of its sender's.
    pub serial: u32,
    /// Which message it answers.
    pub reply_to: u32,
    /// To whom.
    pub destination: String,
    /// The object.
    pub path: String,
    /// The interface.
    pub interface: String,
    /// The method or signal.
    pub member: String,
    /// An error's name.
    pub error: String,
    /// What it says.
    pub body: Vec<Value>,
}

impl Message {
    /// A call without arguments.
    pub fn call(destination: &str, path: &str, interface: &str, member: &str) -> Self {
        Self {
            destination: destination.to_owned(),
            path: path.to_owned(),
            interface: interface.to_owned(),
            member: member.to_owned(),
            ..Self::default()
        }
    }

    /// With these arguments.
    pub fn with(mut self, body: Vec<Value>) -> Self {
        self.body = body;
        self
    }

    /// As bytes, little-endian ("Message Format").
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        self.body.iter().for_each(|value| value.write(&mut body));
        let kind = match self.kind {
            Kind::Call => 1,
            Kind::Return => 2,
            Kind::Error => 3,
            Kind::Signal | Kind::Other => 4,
        };
        let mut fields = Vec::new();
        let mut field = |code: u8, value: Value| {
            fields.push(Value::Struct(vec![Value::Byte(code), Value::Variant(Box::new(value))]));
        };
        if !self.path.is_empty() {
            field(1, Value::Path(self.path.clone()));
        }
        let texts = [(6, &self.destination), (2, &self.interface), (3, &self.member), (4, &self.error)];
        for (code, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            field(code, Value::Str(text.clone()));
        }
        if self.reply_to != 0 {
            field(5, Value::U32(self.reply_to));
        }
        if !self.body.is_empty() {
            field(8, Value::Signature(self.body.iter().map(Value::signature).collect()));
        }
        let mut bytes = vec![b'l', kind, 0, 1];
        number(&mut bytes, body.len() as u32);
        number(&mut bytes, self.serial);
        Value::Array("(yv)", fields).write(&mut bytes);
        pad(&mut bytes, 8);
        bytes.extend(body);
        bytes
    }

    /// How long the message is whose first 16 bytes these are.
    ///
    /// # Errors
    /// It is no message, or too long.
    pub fn length(head: &[u8; 16]) -> Result<usize, &'static str> {
        let order = Order::of(head[0])?;
        if head[3] != 1 {
            return Err("a protocol of another version");
        }
        let word = |at: usize| order.number([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (body, fields) = (word(4), word(12));
        if body > MESSAGE_MAX || fields > MESSAGE_MAX {
            return Err("a message that is too long");
        }
        Ok((16 + fields).next_multiple_of(8) + body)
    }

    /// Reads one; `bytes` are all of it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let head: &[u8; 16] = bytes.first_chunk().ok_or("a message that is cut off")?;
        if Self::length(head)? != bytes.len() {
            return Err("a message of another length than it says");
        }
        let order = Order::of(head[0])?;
        let mut message = Self {
            kind: match head[1] {
                1 => Kind::Call,
                2 => Kind::Return,
                3 => Kind::Error,
                4 => Kind::Signal,
                _ => Kind::Other,
            },
            serial: order.number([head[8], head[9], head[10], head[11]]),
            ..Self::default()
        };
        let mut reader = Reader { bytes, at: 12, order };
        let (fields, _) = reader.value(b"a(yv)", 0)?;
        let mut signature = String::new();
        let Value::Array(_, fields) = fields else { return Err("a head without fields") };
        for field in fields {
            let Value::Struct(pair) = field else { continue };
            let [Value::Byte(code), Value::Variant(value)] = pair.as_slice() else { continue };
            match (code, value.as_ref()) {
                (1, Value::Path(text)) => message.path.clone_from(text),
                (2, Value::Str(text)) => message.interface.clone_from(text),
                (3, Value::Str(text)) => message.member.clone_from(text),
                (4, Value::Str(text)) => message.error.clone_from(text),
                (5, Value::U32(serial)) => message.reply_to = *serial,
                (6, Value::Str(text)) => message.destination.clone_from(text),
                (8, Value::Signature(text)) => signature.clone_from(text),
                _ => {}
            }
        }
        reader.align(8)?;
        // The body counts from its own beginning, which is aligned to 8.
        let mut left = signature.as_bytes();
        while !left.is_empty() {
            let (value, used) = reader.value(left, 0)?;
            message.body.push(value);
            left = &left[used..];
        }
        Ok(message)
    }
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn of(byte: u8) -> Result<Self, &'static str> {
        match byte {
            b'l' => Ok(Self::Little),
            b'B' => Ok(Self::Big),
            _ => Err("what is no message"),
        }
    }

    fn number(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    order: Order,
}

impl Reader<'_> {
    fn align(&mut self, to: usize) -> Result<(), &'static str> {
        self.at = self.at.next_multiple_of(to);
        if self.at > self.bytes.len() { Err("a message that is cut off") } else { Ok(()) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let part = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk);
        self.at += N;
        part.copied().ok_or("a message that is cut off")
    }

    fn number(&mut self) -> Result<u32, &'static str> {
        self.align(4)?;
        Ok(self.order.number(self.take()?))
    }

    fn text(&mut self, length: usize) -> Result<String, &'static str> {
        let end = self.at.checked_add(length).ok_or("a message that is cut off")?;
        let bytes = self.bytes.get(self.at..end).ok_or("a message that is cut off")?;
        let text = std::str::from_utf8(bytes).map_err(|_| "a text that is not UTF-8")?.to_owned();
        self.at = end;
        match self.take()? {
            [0] => Ok(text),
            _ => Err("a text without an end"),
        }
    }

    /// The value of the first type in `signature`, and how long that type is there.
    fn value(&mut self, signature: &[u8], depth: usize) -> Result<(Value, usize), &'static str> {
        if depth > DEPTH {
            return Err("values in values without end");
        }
        let kind = *signature.first().ok_or("a value without a type")?;
        let value = match kind {
            b'y' => Value::Byte(self.take::<1>()?[0]),
            b'b' => Value::Bool(self.number()? != 0),
            b'u' | b'i' | b'h' => Value::U32(self.number()?),
            b'n' | b'q' => {
                self.align(2)?;
                let [a, b] = self.take()?;
                Value::U32(u32::from(match self.order {
                    Order::Little => u16::from_le_bytes([a, b]),
                    Order::Big => u16::from_be_bytes([a, b]),
                }))
            }
            b'x' | b't' | b'd' => {
                self.align(8)?;
                let bytes = self.take()?;
                Value::U64(match self.order {
                    Order::Little => u64::from_le_bytes(bytes),
                    Order::Big => u64::from_be_bytes(bytes),
                })
            }
            b's' | b'o' => {
                let length = self.number()? as usize;
                let text = self.text(length)?;
                if kind == b's' { Value::Str(text) } else { Value::Path(text) }
            }
            b'g' => {
                let [length] = self.take()?;
                Value::Signature(self.text(length.into())?)
            }
            b'v' => {
                let [length] = self.take()?;
                let inner = self.text(length.into())?;
                let (value, used) = self.value(inner.as_bytes(), depth + 1)?;
                if used != inner.len() {
                    return Err("a variant of more than one value");
                }
                Value::Variant(Box::new(value))
            }
            b'a' => {
                let element = &signature[1..];
                let used = type_length(element, 0)?;
                let length = self.number()? as usize;
                self.align(alignment(element[0]))?;
                let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
                let end = end.ok_or("a message that is cut off")?;
                let mut values = Vec::new();
                while self.at < end {
                    let before = self.at;
                    values.push(self.value(element, depth + 1)?.0);
                    if self.at == before {
                        return Err("an array of nothing");
                    }
                }
                if self.at != end {
                    return Err("an array of another length than it says");
                }
                return Ok((Value::Array("", values), 1 + used));
            }
            b'(' | b'{' => {
                self.align(8)?;
                let used = type_length(signature, 0)?;
                let mut left = &signature[1..used - 1];
                let mut fields = Vec::new();
                while !left.is_empty() {
                    let (value, used) = self.value(left, depth + 1)?;
                    fields.push(value);
                    left = &left[used..];
                }
                return Ok((Value::Struct(fields), used));
            }
            _ => return Err("a type that is none"),
        };
        Ok((value, 1))
    }
}

/// How long the first complete type of a signature is.
fn type_length(signature: &[u8], depth: usize) -> Result<usize, &'static str> {
    if depth > DEPTH {
        return Err("types in types without end");
    }
    match signature.first() {
        Some(b'a') => Ok(1 + type_length(&signature[1..], depth + 1)?),
        Some(open @ (b'(' | b'{')) => {
            let close = if *open == b'(' { b')' } else { b'}' };
            let mut at = 1;
            while signature.get(at).ok_or("a type without an end")? != &close {
                at += type_length(&signature[at..], depth + 1)?;
            }
            if at == 1 { Err("a struct of nothing") } else { Ok(at + 1) }
        }
        Some(
            b'y' | b'b' | b'n' | b'q' | b'i' | b'u' | b'x' | b't' | b'd' | b's' | b'o' | b'g' | b'v' | b'h',
        ) => Ok(1),
        _ => Err("a type that is none"),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
