// memoryview, buffer, capsule and weakref.
#include "decimal.hpp"
#include "run.hpp"

INTERLOCK_BEGIN
namespace detail {

viewed_memory buffer_of(PyObject* memoryview, const char* operation) {
    check_operand(memoryview, operation);
    // CPython asks this in each of its own operations; the shape of a released one is still there, its memory is not.
    const object length(
        adopt_t{}, check_new(run([&] { return PyObject_GetAttrString(memoryview, "nbytes"); })));
    return memory_of_view(memoryview);
}

namespace {

std::size_t unsigned_size(Py_ssize_t size) noexcept { return static_cast<std::size_t>(size); }

std::string shape_text(const std::ptrdiff_t* shape, std::size_t dimensions) {
    std::string text = "(";
    for (std::size_t i = 0; i < dimensions; ++i) {
        text += i == 0 ? "" : ", ";
        text += shape[i] == -1 ? "*" : decimal(shape[i]);
    }
    return text + (dimensions == 1 ? ",)" : ")");
}

void require_contiguous(const Py_buffer& view) {
    if (PyBuffer_IsContiguous(&view, 'C') == 0) {
        PyErr_SetString(PyExc_BufferError, "memoryview: underlying buffer is not C-contiguous");
        throw_python_error();
    }
}

[[noreturn]] void throw_no_fit(const std::string& what) {
    throw cast_error("interlock: il::buffer: " + what);
}

}  // namespace

PyObject* open_buffer(PyObject* exporter, const buffer_request& request, buffer_view& view,
                      loading& l) {
    reference made(export_as_object(exporter, request, l));
    if (made.pointer == nullptr) {
        return nullptr;
    }
    const Py_buffer& found = memory_of_view(made.pointer);
    view.readonly = found.readonly != 0;
    view.contiguous = PyBuffer_IsContiguous(&found, 'C') != 0;
    view.data = found.buf;
    // Bytes are one row, of whatever it was: the memoryview has room for that where it has a dimension, and is made to have one.
    if (request.items == item_class::any_byte && (found.ndim != 1 || found.itemsize != 1)) {
        const reference whole(made.release());
        made.pointer = run([&] { return PyObject_CallMethod(whole.pointer, "cast", "s", "B"); });
        if (made.pointer == nullptr) {
            l.raise();
            return nullptr;
        }
    }
    const Py_buffer& used = memory_of_view(made.pointer);
    view.dimensions = unsigned_size(used.ndim);
    view.shape = used.shape;
    view.strides = used.strides;
    view.size = used.itemsize == 0 ? 0 : unsigned_size(used.len / used.itemsize);
    return made.release();
}

memoryview open_buffer(const object& exporter, const buffer_request& request, buffer_view& view) {
    check_operand(exporter.ptr(), "il::buffer");
    loading l = loading::plain();
    PyObject* made = open_buffer(exporter.ptr(), request, view, l);
    if (made == nullptr) {
        l.raise_cast_error("il::buffer");
    }
    return memoryview(adopt_t{}, made);
}

void require_shape(const buffer_view& view, std::initializer_list<std::ptrdiff_t> shape) {
    bool fits = shape.size() == view.dimensions;
    for (std::size_t i = 0; fits && i < view.dimensions; ++i) {
        const std::ptrdiff_t wanted = shape.begin()[i];
        fits = wanted == -1 || wanted == view.shape[i];
    }
    if (!fits) {
        throw_no_fit("expected shape " + shape_text(shape.begin(), shape.size()) + ", got " +
                     shape_text(view.shape, view.dimensions));
    }
}

void throw_not_contiguous() {
    throw std::logic_error(
        "interlock: il::buffer::span: the memory is not contiguous; use indices and strides, or "
        "make a contiguous copy in Python");
}

void throw_out_of_range(std::size_t dimension, std::size_t index, std::size_t size) {
    throw std::out_of_range("interlock: il::buffer::at: index " + decimal(index) +
                            " of dimension " + decimal(dimension) +
                            " is out of range: its extent is " + decimal(size));
}

void throw_wrong_dimensions(std::size_t given, std::size_t there) {
    throw std::out_of_range("interlock: il::buffer::at: " + decimal(given) + " indices for " +
                            decimal(there) + " dimensions");
}

// ---- capsule

namespace {

// Reports the error that is set. The capsule is dying: it cannot be what the report refers to.
void report_unraisable(const capsule_keeper& keeper) noexcept {
    PyObject* error = take_error();
    PyObject* place = PyUnicode_FromFormat("the end of a capsule named '%s'", keeper.name.c_str());
    put_error(error);
    PyErr_WriteUnraisable(place);
    Py_XDECREF(place);
}

// Runs in the middle of anything: what Python is raising must survive it.
void end_capsule(PyObject* self) noexcept {
    const keep_error kept;
    const std::unique_ptr<capsule_keeper> keeper(
        static_cast<capsule_keeper*>(PyCapsule_GetContext(self)));
    try {
        keeper->end();
        return;
    } catch (const python_error& error) {
        error.restore();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    } catch (...) {
        PyErr_SetString(PyExc_RuntimeError, "unknown C++ exception");
    }
    report_unraisable(*keeper);
}

}  // namespace

PyObject* make_capsule(std::unique_ptr<capsule_keeper> keeper) {
    const object made(adopt_t{},
                      check_new(PyCapsule_New(keeper->pointer, keeper->name.c_str(), nullptr)));
    check_status(PyCapsule_SetDestructor(made.ptr(), end_capsule));
    // Cannot fail for a capsule that is one.
    check_status(PyCapsule_SetContext(made.ptr(), keeper.release()));
    return Py_NewRef(made.ptr());
}

void* capsule_pointer(PyObject* capsule, const char* name, const char* operation) {
    check_operand(capsule, operation);
    const char* there = PyCapsule_GetName(capsule);
    if (there == nullptr && PyErr_Occurred() != nullptr) {
        throw_python_error();
    }
    if ((there == nullptr) != (name == nullptr) ||
        (there != nullptr && std::string_view(there) != name)) {
        PyErr_Format(PyExc_ValueError, "%s: the capsule is named '%s', not '%s'", operation,
                     there == nullptr ? "" : there, name == nullptr ? "" : name);
        throw_python_error();
    }
    void* pointer = PyCapsule_GetPointer(capsule, name);
    if (pointer == nullptr) {
        throw_python_error();
    }
    return pointer;
}

std::string typed_capsule_name(const std::type_info& type) {
    // What is local to one file begins with a star there.
    const char* name = type.name();
    return std::string("interlock:") + (*name == '*' ? name + 1 : name);
}

}  // namespace detail

std::string capsule::name() const {
    detail::check_operand(pointer_, "il::capsule::name");
    const char* there = PyCapsule_GetName(pointer_);
    if (there == nullptr && PyErr_Occurred() != nullptr) {
        detail::throw_python_error();
    }
    return there == nullptr ? "" : there;
}

void* capsule::import_pointer(const char* place) {
    void* pointer = detail::run([&] { return PyCapsule_Import(place, 0); });
    if (pointer == nullptr) {
        detail::throw_python_error();
    }
    return pointer;
}

// ---- memoryview

memoryview memoryview::from(python, const object& exporter) {
    return detail::make_from<memoryview>(exporter.ptr(), "il::memoryview::from",
                                         [&] { return PyMemoryView_FromObject(exporter.ptr()); });
}

std::size_t memoryview::size() const {
    return detail::unsigned_size(detail::buffer_of(pointer_, "il::memoryview::size").len);
}

std::size_t memoryview::item_size() const {
    return detail::unsigned_size(detail::buffer_of(pointer_, "il::memoryview::item_size").itemsize);
}

std::size_t memoryview::dimensions() const {
    return detail::unsigned_size(detail::buffer_of(pointer_, "il::memoryview::dimensions").ndim);
}

bool memoryview::readonly() const {
    return detail::buffer_of(pointer_, "il::memoryview::readonly").readonly != 0;
}

std::string memoryview::format() const {
    const Py_buffer& view = detail::buffer_of(pointer_, "il::memoryview::format");
    return view.format == nullptr ? "B" : view.format;
}

bool memoryview::is_contiguous() const {
    const Py_buffer& view = detail::buffer_of(pointer_, "il::memoryview::is_contiguous");
    return PyBuffer_IsContiguous(&view, 'C') != 0;
}

std::span<const std::byte> memoryview::span() const& {
    const Py_buffer& view = detail::buffer_of(pointer_, "il::memoryview::span");
    detail::require_contiguous(view);
    return {static_cast<const std::byte*>(view.buf), detail::unsigned_size(view.len)};
}

std::span<std::byte> memoryview::writable_span() const& {
    const Py_buffer& view = detail::buffer_of(pointer_, "il::memoryview::writable_span");
    detail::require_contiguous(view);
    if (view.readonly != 0) {
        PyErr_SetString(PyExc_BufferError, "memoryview: underlying buffer is not writable");
        detail::throw_python_error();
    }
    return {static_cast<std::byte*>(view.buf), detail::unsigned_size(view.len)};
}

bytes memoryview::to_bytes() const {
    detail::require_attached("il::memoryview::to_bytes");
    return call_method("tobytes").as<bytes>();
}

memoryview memoryview::cast(std::string_view format) const {
    detail::require_attached("il::memoryview::cast");
    return call_method("cast", format).as<memoryview>();
}

void memoryview::release_memory() const {
    detail::require_attached("il::memoryview::release_memory");
    static_cast<void>(call_method("release"));
}

// ---- weakref

weakref weakref::of(const object& referent) {
    return detail::make_from<weakref>(referent.ptr(), "il::weakref::of",
                                      [&] { return PyWeakref_NewRef(referent.ptr(), nullptr); });
}

weakref weakref::of(const object& referent, const object& callback) {
    return detail::make_from<weakref>(referent.ptr(), "il::weakref::of", [&] {
        return PyWeakref_NewRef(referent.ptr(), callback.ptr());
    });
}

std::optional<object> weakref::get() const {
    PyObject* found = nullptr;
    const int alive = detail::status_from(pointer_, "il::weakref::get",
                                          [&] { return detail::weakref_get(pointer_, &found); });
    return alive != 0 ? std::optional<object>(std::in_place, detail::adopt_t{}, found)
                      : std::nullopt;
}

INTERLOCK_END
