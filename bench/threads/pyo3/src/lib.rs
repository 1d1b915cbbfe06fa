//! Threads: PyO3, as its guide has classes that threads share: frozen, with a lock around what is changed. What they do is what
//! those of work.hpp do.
use pyo3::prelude::*;
use std::sync::Mutex;

#[pyfunction]
fn noop() {}

#[pyfunction]
#[pyo3(signature = (a, /))]
fn one_int(a: i32) -> i32 {
    a + 1
}

#[pyfunction]
#[pyo3(signature = (values, /))]
fn sum(values: Vec<i32>) -> i32 {
    values.iter().sum()
}

#[pyclass(frozen)]
struct Counter {
    value: Mutex<i32>,
}

#[pymethods]
impl Counter {
    #[new]
    fn new(start: i32) -> Self {
        Self { value: Mutex::new(start) }
    }
    fn get(&self) -> i32 {
        *self.value.lock().expect("lock not poisoned")
    }
    #[pyo3(signature = (more, /))]
    fn add(&self, more: i32) {
        *self.value.lock().expect("lock not poisoned") += more;
    }
}

#[pyclass(frozen)]
struct Constant {
    value: i32,
}

#[pymethods]
impl Constant {
    #[new]
    fn new(start: i32) -> Self {
        Self { value: start }
    }
    fn get(&self) -> i32 {
        self.value
    }
}

fn fill(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Counter>()?;
    m.add_class::<Constant>()?;
    m.add_function(wrap_pyfunction!(noop, m)?)?;
    m.add_function(wrap_pyfunction!(one_int, m)?)?;
    m.add_function(wrap_pyfunction!(sum, m)?)
}

#[cfg(not(pyo3_disable_reference_pool))]
#[pymodule(gil_used = false)]
fn bench_threads_pyo3(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}

#[cfg(pyo3_disable_reference_pool)]
#[pymodule(gil_used = false)]
fn bench_threads_pyo3_no_pool(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}
