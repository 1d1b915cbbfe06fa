//! The classes of PyO3, as its users write them; those that do not change are frozen, as its guide advises. What they do is what
//! those of work.hpp do.
use pyo3::prelude::*;
use std::sync::{Arc, LazyLock};

// Named for pickle, which looks for the class there.
#[cfg_attr(not(pyo3_disable_reference_pool), pyclass(eq, module = "bench_classes_pyo3"))]
#[cfg_attr(pyo3_disable_reference_pool, pyclass(eq, module = "bench_classes_pyo3_no_pool"))]
#[derive(PartialEq)]
struct Counter {
    #[pyo3(get, set)]
    value: i32,
}

#[pymethods]
impl Counter {
    #[new]
    fn new(start: i32) -> Self {
        Self { value: start }
    }
    fn get(&self) -> i32 {
        self.value
    }
    #[pyo3(signature = (more, /))]
    fn add(&mut self, more: i32) {
        self.value += more;
    }
    fn __add__(&self, other: &Self) -> Self {
        Self { value: self.value + other.value }
    }
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (i32,)) {
        (slf.get_type().into_any(), (slf.borrow().value,))
    }
}

#[pyfunction]
fn make() -> Counter {
    Counter { value: 7 }
}

#[pyfunction]
#[pyo3(signature = (from, /))]
fn read(from: &Counter) -> i32 {
    from.value
}

struct Shared {
    value: i32,
}
static SHARED: LazyLock<Arc<Shared>> = LazyLock::new(|| Arc::new(Shared { value: 7 }));

#[pyclass(frozen)]
struct Item(Arc<Shared>);

#[pymethods]
impl Item {
    #[new]
    fn new(value: i32) -> Self {
        Self(Arc::new(Shared { value }))
    }
    #[getter]
    fn value(&self) -> i32 {
        self.0.value
    }
}

#[pyfunction]
fn shared_item() -> Item {
    Item(SHARED.clone())
}

#[pyfunction]
#[pyo3(signature = (from, /))]
fn read_shared(from: &Bound<'_, Item>) -> i32 {
    from.get().0.value
}

#[allow(non_camel_case_types)]
#[pyclass(eq, frozen, from_py_object)]
#[derive(Clone, Copy, PartialEq)]
enum Color {
    red,
    green,
    blue,
}

#[pyfunction]
#[pyo3(signature = (which, /))]
fn number_of(which: Color) -> i32 {
    which as i32
}

#[pyfunction]
#[pyo3(signature = (number, /))]
fn turned(number: i32) -> Color {
    match number % 3 {
        0 => Color::red,
        1 => Color::green,
        _ => Color::blue,
    }
}

#[pyclass(frozen)]
struct Series {
    values: [i32; 1000],
}

#[pymethods]
impl Series {
    #[new]
    fn new() -> Self {
        Self { values: std::array::from_fn(|i| i as i32) }
    }
    fn __iter__(slf: Bound<'_, Self>) -> Iter {
        Iter { owner: slf.unbind(), at: 0 }
    }
}

#[pyclass]
struct Iter {
    owner: Py<Series>,
    at: usize,
}

#[pymethods]
impl Iter {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }
    fn __next__(&mut self) -> Option<i32> {
        let value = self.owner.get().values.get(self.at).copied();
        self.at += 1;
        value
    }
}

fn fill(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Counter>()?;
    m.add_class::<Item>()?;
    m.add_class::<Color>()?;
    m.add_class::<Series>()?;
    m.add_function(wrap_pyfunction!(make, m)?)?;
    m.add_function(wrap_pyfunction!(read, m)?)?;
    m.add_function(wrap_pyfunction!(shared_item, m)?)?;
    m.add_function(wrap_pyfunction!(read_shared, m)?)?;
    m.add_function(wrap_pyfunction!(number_of, m)?)?;
    m.add_function(wrap_pyfunction!(turned, m)?)
}

#[cfg(not(pyo3_disable_reference_pool))]
#[pymodule(gil_used = false)]
fn bench_classes_pyo3(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}

#[cfg(pyo3_disable_reference_pool)]
#[pymodule(gil_used = false)]
fn bench_classes_pyo3_no_pool(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}
