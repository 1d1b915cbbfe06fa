//! The conversions of PyO3, as its users write them. The values are those of work.hpp.
use pyo3::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

type Record = (i32, f64, String);

#[derive(FromPyObject, IntoPyObjectRef)]
enum Choice {
    Int(i32),
    Float(f64),
    Text(String),
}

#[pyfunction]
#[pyo3(signature = (values, /))]
fn list_in(values: Vec<i32>) -> i32 {
    values.iter().sum()
}

#[pyfunction]
#[pyo3(signature = (values, /))]
fn dict_in(values: HashMap<String, i32>) -> i32 {
    values.values().sum()
}

#[pyfunction]
#[pyo3(signature = (values, /))]
fn set_in(values: HashSet<i32>) -> i32 {
    values.iter().sum()
}

#[pyfunction]
#[pyo3(signature = (values, /))]
fn nested_in(values: HashMap<String, Vec<f64>>) -> f64 {
    values.values().flatten().sum()
}

#[pyfunction]
#[pyo3(signature = (text, /))]
fn text_in(text: String) -> usize {
    text.len()
}

#[pyfunction]
#[pyo3(signature = (values, /))]
fn tuple_in(values: Record) -> f64 {
    f64::from(values.0) * values.1 + values.2.len() as f64
}

#[pyfunction]
#[pyo3(signature = (value, /))]
fn optional_in(value: Option<f64>) -> f64 {
    value.unwrap_or(-1.0)
}

#[pyfunction]
#[pyo3(signature = (value, /))]
fn variant_in(value: Choice) -> usize {
    match value {
        Choice::Int(_) => 0,
        Choice::Float(_) => 1,
        Choice::Text(text) => 2 + text.len(),
    }
}

static LIST: LazyLock<Vec<i32>> = LazyLock::new(|| (0..1000).collect());
static DICT: LazyLock<HashMap<String, i32>> =
    LazyLock::new(|| (0..100).map(|i| (format!("key{i}"), i)).collect());
static SET: LazyLock<HashSet<i32>> = LazyLock::new(|| (0..1000).collect());
static NESTED: LazyLock<HashMap<String, Vec<f64>>> = LazyLock::new(|| {
    (0..10).map(|i| (format!("key{i}"), vec![f64::from(i) + 0.5; 100])).collect()
});
static SHORT: LazyLock<String> = LazyLock::new(|| "x".repeat(10));
static LONG: LazyLock<String> = LazyLock::new(|| "x".repeat(10_000));
static RECORD: LazyLock<Record> = LazyLock::new(|| (2, 1.5, "abc".to_owned()));
static CHOICE: LazyLock<Choice> = LazyLock::new(|| Choice::Text("abc".to_owned()));

#[pyfunction]
fn list_out() -> &'static Vec<i32> {
    &LIST
}

#[pyfunction]
fn dict_out() -> &'static HashMap<String, i32> {
    &DICT
}

#[pyfunction]
fn set_out() -> &'static HashSet<i32> {
    &SET
}

#[pyfunction]
fn nested_out() -> &'static HashMap<String, Vec<f64>> {
    &NESTED
}

#[pyfunction]
fn short_out() -> &'static str {
    &SHORT
}

#[pyfunction]
fn long_out() -> &'static str {
    &LONG
}

#[pyfunction]
fn tuple_out() -> (i32, f64, &'static str) {
    (RECORD.0, RECORD.1, &RECORD.2)
}

#[pyfunction]
fn optional_out() -> Option<f64> {
    std::hint::black_box(Some(1.5))
}

#[pyfunction]
fn variant_out() -> &'static Choice {
    &CHOICE
}

fn fill(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(list_in, m)?)?;
    m.add_function(wrap_pyfunction!(dict_in, m)?)?;
    m.add_function(wrap_pyfunction!(set_in, m)?)?;
    m.add_function(wrap_pyfunction!(nested_in, m)?)?;
    m.add_function(wrap_pyfunction!(text_in, m)?)?;
    m.add_function(wrap_pyfunction!(tuple_in, m)?)?;
    m.add_function(wrap_pyfunction!(optional_in, m)?)?;
    m.add_function(wrap_pyfunction!(variant_in, m)?)?;
    m.add_function(wrap_pyfunction!(list_out, m)?)?;
    m.add_function(wrap_pyfunction!(dict_out, m)?)?;
    m.add_function(wrap_pyfunction!(set_out, m)?)?;
    m.add_function(wrap_pyfunction!(nested_out, m)?)?;
    m.add_function(wrap_pyfunction!(short_out, m)?)?;
    m.add_function(wrap_pyfunction!(long_out, m)?)?;
    m.add_function(wrap_pyfunction!(tuple_out, m)?)?;
    m.add_function(wrap_pyfunction!(optional_out, m)?)?;
    m.add_function(wrap_pyfunction!(variant_out, m)?)
}

#[cfg(not(pyo3_disable_reference_pool))]
#[pymodule(gil_used = false)]
fn bench_conversions_pyo3(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}

#[cfg(pyo3_disable_reference_pool)]
#[pymodule(gil_used = false)]
fn bench_conversions_pyo3_no_pool(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}
