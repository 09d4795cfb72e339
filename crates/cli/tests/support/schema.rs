//! Documents against their schemas.

use serde_json::Value;

/// Panics where a value does not keep to a schema. Reads the part of JSON Schema that these schemas use.
pub fn validate(root: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(problem) = problem(root, schema, value) {
        panic!("{place}: {problem}");
    }
}

fn problem(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return problem(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array())
        && !choices.iter().any(|choice| problem(root, choice, value).is_none())
    {
        return Some(format!("{value} is none of {choices:?}"));
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        return Some(format!("{value} is not {constant}"));
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        return Some(format!("{value} is none of {names:?}"));
    }
    let is_of = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_of(name)) {
        return Some(format!("{value} is not of {types:?}"));
    }
    if let Some(items) = value.as_array() {
        let of = |index: usize| schema["prefixItems"].get(index).unwrap_or(&schema["items"]);
        return items.iter().enumerate().find_map(|(index, item)| problem(root, of(index), item));
    }
    let object = value.as_object()?;
    let missing = schema["required"].as_array()?.iter().filter_map(Value::as_str).find(|name| !object.contains_key(*name));
    if let Some(name) = missing {
        return Some(format!("{name} is missing"));
    }
    object.iter().find_map(|(name, inner)| match schema["properties"].get(name) {
        Some(schema) => problem(root, schema, inner).map(|problem| format!("{name}: {problem}")),
        None => Some(format!("{name} is not in the schema")),
    })
}
