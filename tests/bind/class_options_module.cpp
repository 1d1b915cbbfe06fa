// What il::class_ can be told, and what becomes of it: builtins that are extended, metaclasses, raw slots, threads, destructors.
#include <interlock/interlock.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

struct Registry {
    Registry() { ++alive; }
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    ~Registry() { --alive; }
    int hits = 0;
    static inline std::atomic<int> alive = 0;
};
struct Problem {
    explicit Problem(int c) : code(c) {}
    int code;
};
struct Bound {
    Bound() = default;
    Bound(const Bound&) = delete;
    Bound& operator=(const Bound&) = delete;
    ~Bound() { ++ended; }
    int value = 5;
    static inline std::atomic<int> ended = 0;
};
struct BoundChild : Bound {};
// One that C++ has as well.
struct BoundShared {
    int value = 6;
};
std::shared_ptr<BoundShared> kept_bound;

// Its constructor says what else it can be made of, while it is made of something.
struct Growing {
    explicit Growing(const il::object& from) {
        if (il::isinstance<il::int_>(from)) {
            add(from, std::make_index_sequence<64>());
            throw il::type_error("not of an int after all");
        }
        size = il::len(from);
    }
    template <std::size_t... I>
    static void add(const il::object& from, std::index_sequence<I...>) {
        (il::implicitly_convertible<std::array<int, I + 1>, Growing>(from), ...);
    }
    std::size_t size = 0;
};

// What is being described when something throws.
struct Cut {};
enum class CutKind { one };

struct Slotted {
    int value = 3;
};
PyObject* negative_of(PyObject* self) {
    return il::assume_attached([&](il::python py) {
        const il::object held = il::borrow(py, self);
        return PyLong_FromLong(-held.as<Slotted&>().value);
    });
}

struct Plain {
    int value = 0;
};

// A destructor that waits for another thread to have entered the interpreter: only one that runs released gets there.
struct Blocking {
    Blocking() = default;
    Blocking(const Blocking&) = delete;
    Blocking& operator=(const Blocking&) = delete;
    ~Blocking() {
        std::thread([] { il::with_gil([](il::python py) { py.import("sys"); }); }).join();
        ++ended;
    }
    static inline std::atomic<int> ended = 0;
};
struct BlockingShared : Blocking {};
// One that calls Python, which may use the dying object.
struct Reentrant {
    Reentrant() = default;
    Reentrant(const Reentrant&) = delete;
    Reentrant& operator=(const Reentrant&) = delete;
    ~Reentrant() {
        il::with_gil([&](il::python py) {
            if (call) {
                call.bind(py)();
            }
        });
    }
    il::owned<il::object> call;
};
// One that throws, which C++ lets it do.
struct Throwing {
    Throwing() = default;
    Throwing(const Throwing&) = delete;
    Throwing& operator=(const Throwing&) = delete;
    ~Throwing() noexcept(false) { throw std::runtime_error("from the destructor"); }
};

// What is nested in it is bound before its own members are.
struct Shelf {
    struct Place {
        int row = 0;
        struct Mark {
            int colour = 4;
        };
    };
    enum class Kind { open, closed };
    struct Full : std::runtime_error {
        using runtime_error::runtime_error;
    };
    struct Empty : std::runtime_error {
        using runtime_error::runtime_error;
    };
    enum class Side { left };
    Kind kind = Kind::open;
};

struct Part {
    explicit Part(int v) : value(v) { ++alive; }
    Part(const Part& other) : value(other.value) { ++alive; }
    Part& operator=(const Part&) = default;
    ~Part() { --alive; }
    int value;
    static inline std::atomic<int> alive = 0;
};
struct Whole {
    Part& part() { return own; }
    Part* maybe(bool there) { return there ? &own : nullptr; }
    Part own{1};
    const Part* watched = nullptr;
};

}  // namespace

void bind_shelf(il::module& m) {
    il::class_<Shelf> shelf(m, "Shelf", il::immutable);
    il::class_<Shelf::Place> place(shelf, "Place");
    il::class_<Shelf::Place::Mark>(place, "Mark")
        .def(il::init<>())
        .def_readonly<&Shelf::Place::Mark::colour>("colour");
    il::enum_<Shelf::Kind>(shelf, "Kind")
        .value("open", Shelf::Kind::open)
        .value("closed", Shelf::Kind::closed)
        .export_values();
    il::exception_<Shelf::Full>(shelf, "Full", "No room.");
    place.def(il::init<>()).def_readwrite<&Shelf::Place::row>("row");
    shelf.def(il::init<>())
        .def_readwrite<&Shelf::kind>("kind")
        .def(
            "put", [](const Shelf&, const Shelf::Place& where) { return where.row; },
            il::arg("where") = Shelf::Place{7})
        .def("fill", [](const Shelf&) { throw Shelf::Full("full"); });
    // Also when the type is there already, closed to Python.
    static_cast<void>(shelf.type_object());
    il::exception_<Shelf::Empty>(shelf, "Empty");
    il::enum_<Shelf::Side>(shelf, "Side").value("left", Shelf::Side::left);
}

// More overloaded methods than the core has C functions for.
struct Many {
    int plus(int n) const { return base + n; }
    std::size_t length(std::string_view text) const { return text.size(); }
    static int twice(int n) { return 2 * n; }
    static std::string greeted(std::string_view name) { return "hello " + std::string(name); }
    int base = 1000;
};
void bind_many(il::module& m) {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> made;
        for (int i = 0; i < 400; ++i) {
            made.push_back("m" + std::to_string(i));
        }
        return made;
    }();
    il::class_<Many> bound(m, "Many");
    bound.def(il::init<>());
    for (const std::string& name : names) {
        bound.def<&Many::plus>(name.c_str());
        bound.def<&Many::length>(name.c_str());
    }
    bound.def_static<&Many::twice>("s").def_static<&Many::greeted>("s");
}

INTERLOCK_MODULE(bind_class_options, m) {
    bind_many(m);
    il::python py = m.py();
    bind_shelf(m);
    const il::object builtins = py.import("builtins");
    const il::object dict = builtins.attr("dict");
    const il::object runtime_error = builtins.attr("RuntimeError");

    il::class_<Registry>(m, "Registry", "A dict that counts.", il::extends(dict))
        .def(il::init<>())
        .def_readwrite<&Registry::hits>("hits")
        .def("lookup", [](const il::object& self, const il::object& key) {
            ++self.as<Registry&>().hits;
            return il::object(self[key]);
        });
    m.def("registries", [] { return Registry::alive.load(); });
    m.def("hits_of", [](const Registry& r) { return r.hits; });
    il::class_<Problem>(m, "Problem", il::extends(runtime_error))
        .def(il::init<int>())
        .def_readonly<&Problem::code>("code");
    m.def(
        "extend_int",
        [](const il::module& in) {
            struct Number {};
            const il::object type = in.py().import("builtins").attr("int");
            il::class_<Number>(in, "Number", il::extends(type)).def(il::init<>());
        },
        il::pass_module);

    m.def(
        "cut_short",
        [](const il::module& in) {
            il::class_<Cut> cut(in, "Cut");
            cut.def(il::init<>());
            il::enum_<CutKind> kind(in, "CutKind");
            kind.value("one", CutKind::one);
            throw std::runtime_error("cut short");
        },
        il::pass_module);
    m.def("make_cut", [] { return Cut{}; });
    m.def("make_cut_kind", [] { return CutKind::one; });

    il::class_<Growing>(m, "Growing").def(il::init<const il::object&>());
    il::implicitly_convertible<int, Growing>(m);
    il::implicitly_convertible<std::string, Growing>(m);  // what is looked at after the int's
    m.def("size_of_growing", [](const Growing& g) { return g.size; });

    il::class_<Bound>(m, "Bound", il::thread_bound)
        .def(il::init<>())
        .def_readwrite<&Bound::value>("value")
        .def("get", [](const Bound& b) { return b.value; })
        .def_property<[](const Bound& b) { return b.value; }>("doubled");
    il::class_<BoundChild, Bound>(m, "BoundChild").def(il::init<>());
    m.def("value_of", [](const Bound& b) { return b.value; });
    m.def("bound_ended", [] { return Bound::ended.load(); });
    il::class_<BoundShared, std::shared_ptr<BoundShared>>(m, "BoundShared", il::thread_bound)
        .def_readonly<&BoundShared::value>("value");
    m.def("keep_bound", [] {
        kept_bound = std::make_shared<BoundShared>();
        return kept_bound;
    });
    m.def("kept_bound", [] { return kept_bound; });
    m.def("another_bound", [] { return std::make_shared<BoundShared>(BoundShared{7}); });

    const il::object meta = py.eval(
        "type('Meta', (type,), {'__call__': lambda cls, *a: ('called', type.__call__(cls, *a)), "
        "'shout': lambda cls: cls.__name__.upper()})");
    struct Made {
        int value = 1;
    };
    il::class_<Made>(m, "Made", il::metaclass(meta))
        .def(il::init<>())
        .def_readonly<&Made::value>("value");
    il::class_<Slotted>(m, "Slotted",
                        il::type_slots({{Py_nb_negative, reinterpret_cast<void*>(&negative_of)}}))
        .def(il::init<>());

    struct Closed {
        int value = 2;
    };
    il::class_<Closed>(m, "Closed", il::immutable)
        .def(il::init<>())
        .def_readwrite<&Closed::value>("value");
    il::class_<Plain>(m, "Plain", il::generic, il::weak_referenceable)
        .def(il::init<>())
        .def_readwrite<&Plain::value>("value");
    struct Local {};
    il::class_<Local>(m, "Local", il::module_local).def(il::init<>());

    il::class_<Blocking>(m, "Blocking", il::release_before_destroy).def(il::init<>());
    il::class_<BlockingShared, Blocking, std::unique_ptr<BlockingShared>>(
        m, "BlockingShared", il::release_before_destroy)
        .def(il::init<>());
    m.def("blocking_ended", [] { return Blocking::ended.load(); });
    il::class_<Reentrant>(m, "Reentrant")
        .def(il::init<>())
        .def("set", [](Reentrant& r, const il::object& f) { r.call = f.unbind(); });
    il::class_<Throwing>(m, "Throwing").def(il::init<>());

    il::class_<Part>(m, "Part").def(il::init<int>()).def_readwrite<&Part::value>("value");
    m.def("parts", [] { return Part::alive.load(); });
    il::class_<Whole>(m, "Whole")
        .def(il::init<>())
        .def<&Whole::part>("part", il::reference_internal)
        .def<&Whole::part>("part_copied", il::copy)
        .def<&Whole::part>("part_moved", il::move)
        .def<&Whole::maybe>("maybe", il::reference_internal)
        .def(
            "watch", [](Whole& w, const Part& p) { w.watched = &p; }, il::keep_alive<1, 2>())
        .def("watched", [](const Whole& w) { return w.watched == nullptr ? 0 : w.watched->value; });
    m.def(
        "whole_around",
        [](const Part& p) {
            Whole made;
            made.watched = &p;
            return made;
        },
        il::keep_alive<0, 1>());
    m.def("keeps_nothing", [](int) { return 1; }, il::keep_alive<0, 1>());
    m.def("keeps_for_int", [](const Part&) { return 1; }, il::keep_alive<0, 1>());
}
