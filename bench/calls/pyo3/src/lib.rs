//! The calls of PyO3, as its users write them. What the functions do is what those of work.hpp do.
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyString, PyTuple};

#[pyfunction]
fn noop() {}

#[pyfunction]
#[pyo3(signature = (a, /))]
fn one_int(a: i32) -> i32 {
    a + 1
}

#[pyfunction]
#[pyo3(signature = (a, b, /))]
fn two_ints(a: i32, b: i32) -> i32 {
    a + b
}

#[pyfunction]
#[pyo3(signature = (a, /))]
fn one_float(a: f64) -> f64 {
    2.0 * a
}

#[pyfunction]
#[pyo3(signature = (a, b, c, d, e, f, /))]
fn six(a: i32, b: i32, c: i32, d: i32, e: i32, f: f64) -> f64 {
    f64::from(a + b + c + d + e) + f
}

#[pyfunction]
fn named(a: i32, b: i32) -> i32 {
    a + b
}

#[pyfunction]
#[pyo3(signature = (a, b = 10))]
fn defaulted(a: i32, b: i32) -> i32 {
    a + b
}

#[pyfunction]
#[pyo3(signature = (text, /))]
fn length_view(text: &str) -> usize {
    text.len()
}

#[pyfunction]
#[pyo3(signature = (text, /))]
fn length_string(text: String) -> usize {
    text.len()
}

#[pyfunction]
#[pyo3(signature = (_value, /))]
fn takes(_value: &Bound<'_, PyAny>) -> bool {
    true
}

#[pyfunction]
#[pyo3(signature = (*all))]
fn arguments<'py>(all: Bound<'py, PyTuple>) -> Bound<'py, PyTuple> {
    all
}

#[pyfunction]
#[pyo3(signature = (*all))]
fn sum_arguments(all: &Bound<'_, PyTuple>) -> PyResult<i32> {
    let mut sum = 0;
    for each in all.iter_borrowed() {
        sum += each.extract::<i32>()?;
    }
    Ok(sum)
}

#[allow(dead_code)] // which one it is, is what is asked
#[derive(FromPyObject)]
enum Overload<'py> {
    First(i32),
    Second(Bound<'py, PyString>),
}

#[pyfunction]
#[pyo3(signature = (value, /))]
fn overloaded(value: Overload<'_>) -> i32 {
    match value {
        Overload::First(_) => 1,
        Overload::Second(_) => 2,
    }
}

#[pyfunction]
fn refuse() -> PyResult<i32> {
    Err(PyRuntimeError::new_err("boom"))
}

#[pyfunction]
#[pyo3(signature = (f, n, /))]
fn callback(f: &Bound<'_, PyAny>, n: i32) -> PyResult<i32> {
    let mut all = 0;
    for i in 0..n {
        all += f.call1((i,))?.extract::<i32>()?;
    }
    Ok(all)
}

type Function = Box<dyn Fn(i32) -> PyResult<i32> + Send + Sync>;

#[inline(never)]
fn call(f: &Function, x: i32) -> PyResult<i32> {
    f(x)
}

#[pyfunction]
#[pyo3(signature = (f, x, /))]
fn apply(f: Py<PyAny>, x: i32) -> PyResult<i32> {
    let function: Function =
        Box::new(move |x| Python::attach(|py| f.call1(py, (x,))?.extract::<i32>(py)));
    call(&function, x)
}

#[pyfunction]
#[pyo3(signature = (n, /))]
fn adder(py: Python<'_>, n: i32) -> PyResult<Bound<'_, PyCFunction>> {
    let function: Function = Box::new(move |x| Ok(x + n));
    PyCFunction::new_closure(
        py,
        None,
        None,
        move |all: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
            let (x,) = all.extract::<(i32,)>()?;
            function(x)
        },
    )
}

fn fill(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(noop, m)?)?;
    m.add_function(wrap_pyfunction!(one_int, m)?)?;
    m.add_function(wrap_pyfunction!(two_ints, m)?)?;
    m.add_function(wrap_pyfunction!(one_float, m)?)?;
    m.add_function(wrap_pyfunction!(six, m)?)?;
    m.add_function(wrap_pyfunction!(named, m)?)?;
    m.add_function(wrap_pyfunction!(defaulted, m)?)?;
    m.add_function(wrap_pyfunction!(length_view, m)?)?;
    m.add_function(wrap_pyfunction!(length_string, m)?)?;
    m.add_function(wrap_pyfunction!(takes, m)?)?;
    m.add_function(wrap_pyfunction!(arguments, m)?)?;
    m.add_function(wrap_pyfunction!(sum_arguments, m)?)?;
    m.add_function(wrap_pyfunction!(overloaded, m)?)?;
    m.add_function(wrap_pyfunction!(refuse, m)?)?;
    m.add_function(wrap_pyfunction!(callback, m)?)?;
    m.add_function(wrap_pyfunction!(apply, m)?)?;
    m.add_function(wrap_pyfunction!(adder, m)?)
}

#[cfg(not(pyo3_disable_reference_pool))]
#[pymodule(gil_used = false)]
fn bench_calls_pyo3(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}

#[cfg(pyo3_disable_reference_pool)]
#[pymodule(gil_used = false)]
fn bench_calls_pyo3_no_pool(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}
