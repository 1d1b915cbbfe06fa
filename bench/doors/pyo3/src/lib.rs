// The doors of PyO3: Python::attach and Python::detach.
//
// The escapes and the table are those of harness/loops.hpp.
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::arch::asm;
use std::cell::RefCell;
use std::ffi::{c_long, c_void};
use std::mem::ManuallyDrop;
use std::sync::OnceLock;

#[inline(always)]
fn escape<T>(value: *const T) {
    // Without options the block may read and write all memory.
    unsafe { asm!("/* {0} */", in(reg) value) }
}

static LAMBDA: OnceLock<Py<PyAny>> = OnceLock::new();

fn lambda() -> &'static Py<PyAny> {
    LAMBDA.get().unwrap()
}

extern "C" fn nested(n: c_long) {
    for _ in 0..n {
        Python::attach(|py| escape(&py));
    }
}

// Under an attach of its own, which PyO3 counts: it does not see that others have attached the thread.
extern "C" fn nested_in_own(n: c_long) {
    Python::attach(|_| nested(n));
}

extern "C" fn call(n: c_long) {
    let function = lambda().as_ptr();
    for _ in 0..n {
        Python::attach(|py| unsafe {
            ffi::Py_DECREF(ffi::PyObject_CallNoArgs(function));
            escape(&py);
        });
    }
}

extern "C" fn alloc(n: c_long) {
    for _ in 0..n {
        Python::attach(|py| unsafe {
            let made = ffi::PyBytes_FromStringAndSize(std::ptr::null(), 100);
            escape(made);
            ffi::Py_XDECREF(made);
            escape(&py);
        });
    }
}

// A call, written as its users write it.
extern "C" fn call_bound(n: c_long) {
    let function = lambda();
    for _ in 0..n {
        Python::attach(|py| {
            drop(function.call0(py));
            escape(&py);
        });
    }
}

extern "C" fn leave(n: c_long) {
    Python::attach(|py| {
        for _ in 0..n {
            py.detach(|| escape(&n));
        }
    });
}

extern "C" fn reenter(n: c_long) {
    Python::attach(|py| py.detach(|| nested(n)));
}

thread_local! {
    static HANDLES: RefCell<Vec<ManuallyDrop<Py<PyAny>>>> = const { RefCell::new(Vec::new()) };
}

extern "C" fn drop_setup(n: c_long) {
    Python::attach(|py| {
        let list = PyList::empty(py).into_any();
        HANDLES.with_borrow_mut(|handles| {
            handles.clear();
            handles.extend((0..n).map(|_| ManuallyDrop::new(list.clone().unbind())));
        });
    });
}

extern "C" fn drop_detached(_: c_long) {
    HANDLES.with_borrow_mut(|handles| {
        for handle in handles.iter_mut() {
            unsafe { ManuallyDrop::drop(handle) };
            escape(handle);
        }
    });
}

// What was dropped is released by this entry.
extern "C" fn drop_teardown() {
    nested(1);
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
    let py = m.py();
    let _ = LAMBDA.set(py.eval(c"lambda: None", None, None)?.unbind());
    let loops = PyDict::new(py);
    add(&loops, "nested", nested_in_own, None, None)?;
    add(&loops, "entry", nested, None, None)?;
    add(&loops, "alloc", alloc, None, None)?;
    add(&loops, "call", call, None, None)?;
    add(&loops, "call_bound", call_bound, None, None)?;
    add(&loops, "leave", leave, None, None)?;
    add(&loops, "reenter", reenter, None, None)?;
    // Without the pool that is an error.
    if cfg!(not(pyo3_disable_reference_pool)) {
        add(&loops, "drop", drop_detached, Some(drop_setup), Some(drop_teardown))?;
    }
    m.add("loops", loops)
}

#[cfg(not(pyo3_disable_reference_pool))]
#[pymodule(gil_used = false)]
fn bench_doors_pyo3(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}

#[cfg(pyo3_disable_reference_pool)]
#[pymodule(gil_used = false)]
fn bench_doors_pyo3_no_pool(m: &Bound<'_, PyModule>) -> PyResult<()> {
    fill(m)
}
