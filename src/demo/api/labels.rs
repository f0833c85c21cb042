//! The grammar of label selectors, and its complaints.

use crate::demo::status::quote;
use crate::demo::store::Object;

/// One requirement on labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// The label is there.
    Exists(String),
    /// The label is not there.
    Absent(String),
    /// It is there with one of the values.
    In(String, Vec<String>),
    /// It is not there, or with none of the values.
    NotIn(String, Vec<String>),
    /// It is a greater integer.
    Greater(String, i64),
    /// It is a smaller integer.
    Less(String, i64),
}

impl Label {
    /// Whether the object meets the requirement.
    pub fn matches(&self, object: &Object) -> bool {
        let int = |key: &str| object.label(key).and_then(|v| v.parse::<i64>().ok());
        match self {
            Self::Exists(key) => object.label(key).is_some(),
            Self::Absent(key) => object.label(key).is_none(),
            Self::In(key, values) => object.label(key).is_some_and(|v| values.iter().any(|w| w == v)),
            Self::NotIn(key, values) => object.label(key).is_none_or(|v| values.iter().all(|w| w != v)),
            Self::Greater(key, than) => int(key).is_some_and(|v| v > *than),
            Self::Less(key, than) => int(key).is_some_and(|v| v < *than),
        }
    }
}

/// Reads a selector.
///
/// # Errors
/// What was found and what was expected, as the real parser says it.
pub fn labels(text: &str) -> Result<Vec<Label>, String> {
    let mut parser = Parser { tokens: tokens(text), at: 0 };
    let mut out = Vec::new();
    loop {
        match parser.peek() {
            Token::End if out.is_empty() => return Ok(out),
            Token::Word(_) | Token::Sign("!") => {}
            other @ (Token::Sign(_) | Token::End) if out.is_empty() => {
                return Err(format!("found '{other}', expected: !, identifier, or 'end of string'"));
            }
            other @ (Token::Sign(_) | Token::End) => {
                return Err(format!("found '{other}', expected: identifier after ','"));
            }
        }
        out.push(parser.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?);
        match parser.next() {
            Token::End => return Ok(out),
            Token::Sign(",") => {}
            other @ (Token::Word(_) | Token::Sign(_)) => {
                return Err(format!("found '{other}', expected: ',' or 'end of string'"));
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(w) => f.write_str(w),
            Self::Sign(s) => f.write_str(s),
            Self::End => Ok(()),
        }
    }
}

/// Longest first: `==` before `=`.
const SIGNS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some((sign, after)) = SIGNS.iter().find_map(|s| rest.strip_prefix(s).map(|r| (*s, r))) {
            out.push(Token::Sign(sign));
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || "=!(),><".contains(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push(Token::Word(word.to_owned()));
        rest = after.trim_start();
    }
    out
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn key(&mut self) -> Result<String, String> {
        match self.next() {
            Token::Word(word) => match crate::demo::rules::names::key_faults(&word).first() {
                Some(fault) => Err(format!("key: Invalid value: {}: {fault}", quote(&word))),
                None => Ok(word),
            },
            other @ (Token::Sign(_) | Token::End) => Err(format!("found '{other}', expected: identifier")),
        }
    }

    fn requirement(&mut self) -> Result<Label, String> {
        if self.peek() == Token::Sign("!") {
            self.at += 1;
            return Ok(Label::Absent(self.key()?));
        }
        let key = self.key()?;
        match self.peek() {
            Token::End | Token::Sign(",") => return Ok(Label::Exists(key)),
            Token::Word(_) | Token::Sign(_) => {}
        }
        match self.next() {
            Token::Sign("=" | "==") => Ok(Label::In(key, vec![self.value()?])),
            Token::Sign("!=") => Ok(Label::NotIn(key, vec![self.value()?])),
            Token::Sign(">") => Ok(Label::Greater(key, self.bound()?)),
            Token::Sign("<") => Ok(Label::Less(key, self.bound()?)),
            Token::Word(word) if word == "in" => Ok(Label::In(key, self.values()?)),
            Token::Word(word) if word == "notin" => Ok(Label::NotIn(key, self.values()?)),
            other @ (Token::Word(_) | Token::Sign(_) | Token::End) => {
                Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt"))
            }
        }
    }

    /// One value, empty at the end of the requirement.
    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::Word(word) => {
                self.at += 1;
                Ok(word)
            }
            Token::End | Token::Sign(",") => Ok(String::new()),
            other @ Token::Sign(_) => Err(format!("found '{other}', expected: identifier")),
        }
    }

    fn bound(&mut self) -> Result<i64, String> {
        let text = self.value()?;
        if let Ok(bound) = text.parse() {
            return Ok(bound);
        }
        Err(format!(
            "values[0]: Invalid value: {}: for 'Gt', 'Lt' operators, the value must be an integer",
            quote(&text)
        ))
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        match self.next() {
            Token::Sign("(") => {}
            other @ (Token::Word(_) | Token::Sign(_) | Token::End) => {
                return Err(format!("found '{other}' expected: '('"));
            }
        }
        let mut out = Vec::new();
        loop {
            out.push(self.value_in_list()?);
            match self.next() {
                Token::Sign(",") => {}
                Token::Sign(")") => return Ok(out),
                other @ (Token::Word(_) | Token::Sign(_) | Token::End) => {
                    return Err(format!("found '{other}', expected: ',' or ')'"));
                }
            }
        }
    }

    fn value_in_list(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::Word(word) => {
                self.at += 1;
                Ok(word)
            }
            Token::Sign("," | ")") => Ok(String::new()),
            other @ (Token::Sign(_) | Token::End) => {
                Err(format!("found '{other}', expected: ',', ')' or identifier"))
            }
        }
    }
}
