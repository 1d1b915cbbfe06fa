//! Overrides and containers of PyO3, as its guide has them. Rust has no virtual functions that a Python class could override: what comes
//! next to them is a trait whose implementation calls the methods of a Python object by name, as the guide's chapter on trait bounds has
//! it. So a method that Python does not override is called through Python too. It binds no containers by itself: they are a class that
//! is a sequence and one that is a mapping. What they do is what those of work.hpp do.
use pyo3::exceptions::{PyIndexError, PyKeyError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::arch::asm;
use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::{c_long, c_void};
use std::sync::{Arc, Mutex};

#[inline(always)]
fn escape<T>(value: *const T) {
    // Without options the block may read and write all memory.
    unsafe { asm!("/* {0} */", in(reg) value) }
}

trait Strategy {
    fn step(&self, x: i32) -> i32 {
        x + 1
    }
    fn stay(&self, x: i32) -> i32 {
        x - 1
    }
}

#[pyclass(frozen, subclass, name = "Strategy")]
struct Base;

impl Strategy for Base {}

#[pymethods]
impl Base {
    #[new]
    fn new() -> Self {
        Self
    }
    #[pyo3(signature = (x, /))]
    fn step(&self, x: i32) -> i32 {
        Strategy::step(self, x)
    }
    #[pyo3(signature = (x, /))]
    fn stay(&self, x: i32) -> i32 {
        Strategy::stay(self, x)
    }
}

struct UserStrategy(Py<Base>);

impl UserStrategy {
    fn call(&self, py: Python<'_>, name: &Bound<'_, PyString>, x: i32) -> i32 {
        let result = self.0.bind(py).call_method1(name, (x,));
        result.and_then(|value| value.extract()).expect("the override failed")
    }
}

impl Strategy for UserStrategy {
    fn step(&self, x: i32) -> i32 {
        Python::attach(|py| self.call(py, intern!(py, "step"), x))
    }
    fn stay(&self, x: i32) -> i32 {
        Python::attach(|py| self.call(py, intern!(py, "stay"), x))
    }
}

// The instance that the loops call.
static USED: Mutex<Option<Arc<dyn Strategy + Send + Sync>>> = Mutex::new(None);

#[pyfunction(name = "use")]
#[pyo3(signature = (that, /))]
fn use_it(that: Py<Base>) {
    *USED.lock().expect("lock not poisoned") = Some(Arc::new(UserStrategy(that)));
}

fn repeat(n: c_long, call: impl Fn(&dyn Strategy) -> i32) {
    let used = USED.lock().expect("lock not poisoned").clone();
    let that = used.expect("use has been called");
    let all = || {
        for _ in 0..n {
            let result = call(that.as_ref());
            escape(&result);
        }
    };
    // On a thread that is attached under an attach of its own, which PyO3 counts: it does not see that others have attached it.
    // PyGILState_Check says yes to everybody once there was a sub-interpreter.
    if unsafe { !ffi::compat::PyThreadState_GetUnchecked().is_null() } {
        Python::attach(|_| all());
    } else {
        all();
    }
}

extern "C" fn call_step(n: c_long) {
    repeat(n, |that| that.step(3));
}

extern "C" fn call_stay(n: c_long) {
    repeat(n, |that| that.stay(3));
}

// As work.hpp keeps it.
thread_local! {
    static KEPT: Cell<Option<(ffi::PyGILState_STATE, *mut ffi::PyThreadState)>> = const { Cell::new(None) };
}

extern "C" fn keep_state(_: c_long) {
    unsafe {
        let state = ffi::PyGILState_Ensure();
        KEPT.set(Some((state, ffi::PyEval_SaveThread())));
    }
}

extern "C" fn give_state_back() {
    let (state, left) = KEPT.take().expect("a state is kept");
    unsafe {
        ffi::PyEval_RestoreThread(left);
        ffi::PyGILState_Release(state);
    }
}

// Not as a sequence, of whose slots CPython adds the length to a negative place: subscripts come by that of a mapping.
#[pyclass]
struct Ints {
    values: Vec<i32>,
}

#[pymethods]
impl Ints {
    #[new]
    fn new() -> Self {
        Self { values: Vec::new() }
    }
    #[pyo3(signature = (value, /))]
    fn append(&mut self, value: i32) {
        self.values.push(value);
    }
    fn __len__(&self) -> usize {
        self.values.len()
    }
    fn __getitem__(&self, at: isize) -> PyResult<i32> {
        let from_start = if at < 0 { at + self.values.len() as isize } else { at };
        let found = usize::try_from(from_start).ok().and_then(|at| self.values.get(at).copied());
        found.ok_or_else(|| PyIndexError::new_err("index out of range"))
    }
    fn __iter__(slf: Bound<'_, Self>) -> Iter {
        Iter { owner: slf.unbind(), at: 0 }
    }
}

// Keeps a place and no pointer: the vector may grow meanwhile.
#[pyclass]
struct Iter {
    owner: Py<Ints>,
    at: usize,
}

#[pymethods]
impl Iter {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }
    fn __next__(&mut self, py: Python<'_>) -> Option<i32> {
        let value = self.owner.borrow(py).values.get(self.at).copied();
        self.at += 1;
        value
    }
}

#[pyclass(mapping)]
struct Counts {
    values: HashMap<String, i32>,
}

#[pymethods]
impl Counts {
    #[new]
    fn new() -> Self {
        Self { values: HashMap::new() }
    }
    fn __getitem__(&self, key: &str) -> PyResult<i32> {
        let found = self.values.get(key).copied();
        found.ok_or_else(|| PyKeyError::new_err(key.to_owned()))
    }
    fn __setitem__(&mut self, key: String, value: i32) {
        self.values.insert(key, value);
    }
}

type Run = extern "C" fn(c_long);

fn add(
    table: &Bound<'_, PyDict>,
    name: &str,
    run: Run,
    setup: Option<Run>,
    teardown: Option<extern "C" fn()>,
) -> PyResult<()> {
    let address = |f: Option<Run>| f.map_or(0, |f| f as *const c_void as usize);
    let last = teardown.map_or(0, |f| f as *const c_void as usize);
    table.set_item(name, (address(Some(run)), address(setup), last))
}

fn fill(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let loops = PyDict::new(m.py());
    add(&loops, "override", call_step, None, None)?;
    add(&loops, "override_kept", call_step, Some(keep_state), Some(give_state_back))?;
    add(&loops, "not_overridden", call_stay, None, None)?;
    m.add("loops", loops)?;
    m.add_class::<Base>()?;
    m.add_class::<Ints>()?;
    m.add_class::<Counts>()?;
    m.add_function(wrap_pyfunction!(use_it, m)?)
}

#[cfg(not(pyo3_disable_reference_pool))]
#[pymodule(gil_used = false)]
fn bench_overrides_pyo3(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}

#[cfg(pyo3_disable_reference_pool)]
#[pymodule(gil_used = false)]
fn bench_overrides_pyo3_no_pool(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}
