// Nothing of Python may be touched inside a tp_traverse: entering is refused, operations are refused, drops wait.
#include <interlock/interlock.hpp>

#include "../support/counted.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace il = interlock;

namespace {

std::function<void()> inside;  // what the next tp_traverse does

struct visited {
    PyObject_HEAD
};

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    if (inside) {
        const il::traverse_scope scope;
        const std::function<void()> once = std::move(inside);
        inside = nullptr;
        once();
    }
    return 0;
}

il::object make_visited(il::python py) {
    static PyType_Slot slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                                  {Py_tp_dealloc, reinterpret_cast<void*>(+[](PyObject* self) {
                                       PyObject_GC_UnTrack(self);
                                       PyTypeObject* type = Py_TYPE(self);
                                       type->tp_free(self);
                                       Py_DECREF(type);
                                   })},
                                  {0, nullptr}};
    static PyType_Spec spec = {"visited", sizeof(visited), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};
    const il::object type = il::steal<il::object>(py, PyType_FromSpec(&spec));
    return il::steal<il::object>(
        py, PyType_GenericAlloc(reinterpret_cast<PyTypeObject*>(type.ptr()), 0));
}

// Lets the garbage collector visit an object, and does `what` in there.
void collect_with(std::function<void()> what) {
    il::with_gil([&](il::python py) {
        const il::object one = make_visited(py);
        inside = std::move(what);
        py.import("gc").attr("collect")();
        EXPECT_FALSE(inside) << "nobody visited it";
        inside = nullptr;
    });
}

}  // namespace

TEST(Traverse, EnteringIsRefused) {
    const il::interpreter python;
    collect_with([] {
        try {
            il::with_gil([](il::python) { ADD_FAILURE() << "entered"; });
            ADD_FAILURE() << "not refused";
        } catch (const il::no_interpreter& refused) {
            EXPECT_EQ(refused.reason(), il::refusal::garbage_collection);
            EXPECT_NE(std::string(refused.what()).find("tp_traverse"), std::string::npos);
        }
        EXPECT_EQ(il::try_with_gil([](il::python) { return 1; }), std::nullopt);
        EXPECT_FALSE(il::try_with_gil([](il::python) {}));
        EXPECT_THROW(il::assume_attached([](il::python) {}), il::not_attached);
    });
    EXPECT_TRUE(il::try_with_gil([](il::python) {})) << "and afterwards all is as before";
}

TEST(Traverse, OperationsAreRefused) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object o = py.eval("[1, 2]");
        const il::object called = py.eval("lambda *args, **names: 1 / 0");
        const il::callback<int(int)> callback(called);
        il::owned<il::object> handle = o.unbind();
        collect_with([&] {
            EXPECT_THROW(static_cast<void>(o.attr("x")), il::not_attached);
            EXPECT_THROW(static_cast<void>(il::object(o)), il::not_attached);
            EXPECT_THROW(static_cast<void>(o.is_none()), il::not_attached);
            EXPECT_THROW(static_cast<void>(il::len(o)), il::not_attached);
            EXPECT_THROW(static_cast<void>(handle.bind(py)), il::not_attached);
            EXPECT_THROW(handle.drop(py), il::not_attached);
            EXPECT_THROW(py.allow_threads([] {}), il::not_attached);
            EXPECT_THROW(static_cast<void>(py.import("sys")), il::not_attached);
            // Numbers and text are made before it is asked, and let go.
            EXPECT_THROW(static_cast<void>(called()), il::not_attached);
            EXPECT_THROW(static_cast<void>(called(1 << 20, "text", 1.5)), il::not_attached);
            EXPECT_THROW(static_cast<void>(called(il::kw("x") = 1)), il::not_attached);
            EXPECT_THROW(static_cast<void>(o.call_method("append", 3)), il::not_attached);
            EXPECT_THROW(static_cast<void>(callback(1)), il::no_interpreter);
        });
        EXPECT_EQ(il::len(o), 2U);
        handle.drop(py);
    });
}

TEST(Traverse, DropsWait) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object type = counted::make_type(py);
        il::owned<il::object> handle = counted::make(py, type).unbind();
        std::optional<il::object> bound = counted::make(py, type);
        collect_with([&] {
            handle = il::owned<il::object>();
            bound.reset();
            EXPECT_EQ(counted::alive, 2);
        });
        py.allow_threads([] {});
        EXPECT_EQ(counted::alive, 0);
    });
}

TEST(Traverse, ScopesNest) {
    const il::interpreter python;
    collect_with([] {
        {
            const il::traverse_scope inner;
        }
        EXPECT_FALSE(il::try_with_gil([](il::python) {}));
    });
    EXPECT_TRUE(il::try_with_gil([](il::python) {}));
}
