// The lives of instances: holders, what calling a class gives, protocols, cycles, and methods whose object is taken away while
// they run.
#include <interlock/interlock.hpp>

#include <atomic>
#include <complex>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

// An object with its own count, and the pointer to it that a library of a user's would have.
struct Counted {
    Counted() { ++alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    virtual ~Counted() { --alive; }
    virtual int kind() const { return 1; }
    int references = 0;
    static inline std::atomic<int> alive = 0;
};
template <class T>
class ref {
public:
    using element_type = T;
    ref() = default;
    ref(T* p) : pointer_(p) { take(); }
    ref(const ref& other) : pointer_(other.pointer_) { take(); }
    ref(ref&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
    ref& operator=(ref other) noexcept {
        std::swap(pointer_, other.pointer_);
        return *this;
    }
    ~ref() {
        if (pointer_ != nullptr && --pointer_->references == 0) {
            delete pointer_;
        }
    }
    T* get() const { return pointer_; }
    T& operator*() const { return *pointer_; }
    T* operator->() const { return pointer_; }
    explicit operator bool() const { return pointer_ != nullptr; }

private:
    void take() {
        if (pointer_ != nullptr) {
            ++pointer_->references;
        }
    }
    T* pointer_ = nullptr;
};
struct Special : Counted {
    int kind() const override { return 2; }
};
struct Unheld {};

ref<Counted> kept;

struct Name {
    std::string text;
};
std::map<std::string, std::shared_ptr<Name>>& names() {
    static std::map<std::string, std::shared_ptr<Name>> all;
    return all;
}

struct Once {
    int left = 1;
};

// Cycles: an aggregate whose members nobody binds.
struct Inner {
    int number = 0;
    il::owned<il::object> held;
};
struct Holder {
    il::owned<il::object> one;
    std::vector<il::owned<il::object>> many;
    std::optional<il::owned<il::object>> maybe;
    std::map<std::string, il::owned<il::object>> named;
    std::pair<int, il::owned<il::object>> pair;
    Inner inner;
    std::vector<Inner> inners;
    std::unique_ptr<Inner> own;
    unsigned bit : 3 = 0;
};
struct Hidden {
    explicit Hidden() = default;
    void set(il::object o) { held = o.unbind(); }
    il::owned<il::object> held;
};
struct HiddenChild : Hidden {
    int more = 0;
};
struct Shared {
    explicit Shared() = default;
    std::shared_ptr<il::owned<il::object>> held = std::make_shared<il::owned<il::object>>();
};

// Where a machine begins.
struct Box {
    int size = 7;
};
// Methods whose object is taken away while they run.
struct Machine {
    explicit Machine(std::string n) : name(std::move(n)) {}
    Box box;
    std::string run(const std::function<void()>& f) {
        const std::string before = name;
        f();
        return before + "/" + name;
    }
    std::string run_stored() {
        stored();
        return name;
    }
    std::string run_quietly(const std::function<void()>& f) noexcept {
        f();
        return name;
    }
    std::string run_stored_quietly() noexcept { return run_stored(); }
    std::string read_stored_quietly() const noexcept {
        stored();
        return name;
    }
    void set_after_call(const std::function<void()>& f) {
        f();
        name += "!";
    }
    void set_number(int number) {
        stored();
        items.assign(1, number);
    }
    std::string with_number(double) const { return name; }
    std::string name;
    std::vector<int> items{1, 2, 3};
    std::function<void()> stored;
};

struct Base {
    virtual ~Base() = default;
    long base = 10;
};
struct Left : virtual Base {
    long left = 11;
};
struct Right : virtual Base {
    long right = 12;
};
struct Diamond : Left, Right {
    long diamond = 13;
};

std::shared_ptr<Machine> kept_machine;

}  // namespace

INTERLOCK_MODULE(bind_class_lives, m) {
    il::class_<Counted, il::holder<ref<Counted>>>(m, "Counted")
        .def(il::init<>())
        .def<&Counted::kind>("kind")
        .def_readonly<&Counted::references>("references");
    il::class_<Special, Counted, il::holder<ref<Special>>>(m, "Special").def(il::init<>());
    struct Copied {
        Copied() = default;
        Copied(const Copied& other) : number(other.number) {}
        Copied& operator=(const Copied&) = delete;
        int references = 0;
        int number = 1;
    };
    il::class_<Copied, il::holder<ref<Copied>>>(m, "Copied")
        .def(il::init([] { return new Copied; }))
        .def_readwrite<&Copied::number>("number");
    m.def("same_copied", [](const ref<Copied>& c) { return c; });
    il::class_<Unheld>(m, "Unheld").def(il::init<>());
    m.def("counted", [] { return Counted::alive.load(); });
    m.def("keep", [](ref<Counted> c) { kept = std::move(c); });
    m.def("kept", [] { return kept; });
    m.def("kind_of", [](const ref<Special>& s) { return s ? s->kind() : 0; });
    m.def("fresh", [] { return ref<Counted>(new Special); });

    il::class_<Name, std::shared_ptr<Name>>(m, "Name")
        .def(il::new_([](const std::string& text) {
                 std::shared_ptr<Name>& known = names()[text];
                 if (known == nullptr) {
                     known = std::make_shared<Name>(Name{text});
                 }
                 return known;
             }),
             il::arg("text") = "none")
        .def_readonly<&Name::text>("text");
    m.def("forget_names", [] { names().clear(); });
    struct Other {};
    il::class_<Other>(m, "Other")
        .def(il::new_([](il::python py, const il::type& type, int n) {
            return n < 0 ? py.make(type.name()) : py.make(n);
        }))
        .def(il::new_([](const std::string& s) { return s + "!"; }));
    m.def(
        "both_ways",
        [](const il::module& in) {
            struct Both {};
            il::class_<Both>(in, "Both").def(il::init<>()).def(il::new_([] { return 1; }));
        },
        il::pass_module);

    struct Many {
        int n = 7;
    };
    il::class_<Many>(m, "Many")
        .def(il::init<>())
        .def("__format__",
             [](const Many& x, const std::string& spec) { return spec + std::to_string(x.n); })
        .def("__bytes__", [](il::python py, const Many&) { return py.eval("b'many'"); })
        .def("__complex__", [](const Many& x) { return std::complex<double>(x.n, 1); })
        .def("__int__", [](const Many& x) { return x.n; })
        .def("__index__", [](const Many& x) { return x.n; })
        .def("__round__", [](const Many& x) { return x.n; })
        .def("__matmul__", [](const Many&, const Many&) { return "matmul"; })
        .def("__divmod__", [](const Many& x, int o) { return std::pair(x.n / o, x.n % o); })
        .def("__pow__", [](const Many& x, int o) { return x.n * o; })
        .def("__getattr__",
             [](const Many&, const std::string& name) -> std::string {
                 if (name.starts_with("any_")) {
                     return name;
                 }
                 throw il::attribute_error("no " + name);
             })
        .def("__dir__", [](const Many&) { return std::vector<std::string>{"a", "b"}; })
        .def("__reversed__", [](il::python py, const Many&) { return py.eval("iter([3, 2])"); })
        .def("__length_hint__", [](const Many&) { return 12; })
        .def("__get__", [](const Many& x, const il::object&, const il::object&) { return x.n; })
        .def("__set_name__", [](Many& x, const il::object&, const std::string& name) {
            x.n = static_cast<int>(name.size());
        });
    // Waiting: what a coroutine awaits, and what it walks over.
    il::class_<Once>(m, "Once")
        .def(il::init<>())
        .def("__await__",
             [](il::python py, const Once& o) {
                 return py.eval("(lambda n: (yield from (n for _ in ()))or n)")(o.left);
             })
        .def("__aiter__", [](const il::object& self) { return self; })
        .def("__anext__",
             [](il::python py, Once& o) {
                 if (o.left == 3) {
                     throw il::stop_async_iteration("");
                 }
                 ++o.left;
                 return py.make(Once{o.left});
             })
        .def("__aenter__", [](il::python py, const Once&) { return py.make(Once{5}); })
        .def("__aexit__", [](il::python py, const Once&, il::args) { return py.make(Once{0}); });

    il::class_<Holder>(m, "Holder", il::weak_referenceable)
        .def(il::init<>())
        .def_readonly<&Holder::one>("one")
        .def("put", [](Holder& h, const std::string& where, const il::object& o) {
            il::owned<il::object> held = o.unbind();
            if (where == "one") {
                h.one = std::move(held);
            } else if (where == "many") {
                h.many.push_back(std::move(held));
            } else if (where == "maybe") {
                h.maybe = std::move(held);
            } else if (where == "named") {
                h.named["x"] = std::move(held);
            } else if (where == "pair") {
                h.pair.second = std::move(held);
            } else if (where == "inner") {
                h.inner.held = std::move(held);
            } else if (where == "inners") {
                h.inners.push_back(Inner{1, std::move(held)});
            } else {
                h.own = std::make_unique<Inner>(Inner{1, std::move(held)});
            }
        });
    il::class_<Hidden>(m, "Hidden", il::members<&Hidden::held>, il::weak_referenceable)
        .def(il::init<>())
        .def<&Hidden::set>("set");
    il::class_<HiddenChild, Hidden>(m, "HiddenChild").def(il::init<>());
    il::class_<Shared>(m, "Shared", il::weak_referenceable, il::dynamic_attr)
        .def(il::init<>())
        .def("set", [](Shared& s, const il::object& o) { *s.held = o.unbind(); })
        .def("clear", [](Shared& s) { *s.held = il::owned<il::object>(); });

    il::class_<Box>(m, "Box").def_readonly<&Box::size>("size");
    il::class_<Machine>(m, "Machine")
        .def(il::init<std::string>())
        .def<&Machine::run>("run")
        .def<&Machine::run_stored>("run_stored")
        .def<&Machine::run_quietly>("run_quietly")
        .def<&Machine::run_stored_quietly>("run_stored_quietly")
        .def<&Machine::read_stored_quietly>("read_stored_quietly")
        .def_readwrite<&Machine::box>("box")
        .def_property<&Machine::name, &Machine::set_after_call>("after_call")
        .def_property<[](const Machine& x) { return x.items.front(); }, &Machine::set_number>(
            "first_item")
        .def<&Machine::with_number>("with_number")
        .def_readwrite<&Machine::name>("name")
        .def_readwrite<&Machine::stored>("stored")
        .def("assign", [](Machine& m1, const Machine& m2) { m1 = m2; })
        .def_property<&Machine::name, [](Machine& x, double d) { x.name = std::to_string(d); }>(
            "number")
        .def("each",
             [](Machine& x, const std::function<void(int)>& f) {
                 for (std::size_t i = 0; i < x.items.size(); ++i) {
                     f(x.items[i]);
                 }
             })
        .def("clear", [](Machine& x) { x.items.clear(); });
    m.def("boxed", [](const std::string& n) { return std::make_unique<Machine>(n); });
    m.def("eat", [](std::unique_ptr<Machine> x) { return x->name; });
    m.def("eat_released", [](std::unique_ptr<Machine> x) { return x->name; }, il::allow_threads);
    m.def(
        "eat_released_beside",
        [](const Machine& x, std::unique_ptr<Machine> y) { return x.name + y->name; },
        il::allow_threads);
    // C++ callables that Python calls.
    m.def("as_callable", [] {
        return std::function<std::string(const Machine&, const std::function<void()>&)>(
            [](const Machine& x, const std::function<void()>& f) {
                f();
                return x.name;
            });
    });
    m.def("as_callable_with_number", [] {
        return std::function<std::string(const Machine*, double)>(
            [](const Machine* x, double) { return x->name; });
    });
    m.def("as_callable_alone", [] {
        return std::function<std::string(Machine&)>([](Machine& x) {
            x.stored();
            return x.name;
        });
    });
    m.def("with_argument", [](Machine& x, const std::function<void()>& f) {
        f();
        return x.name;
    });
    m.def("with_shared", [](const std::shared_ptr<Machine>& x, const std::function<void()>& f) {
        f();
        return x->name;
    });
    // A pointer to a part shares with that to the whole.
    m.def("box_of", [](std::shared_ptr<Machine> x) {
        Box* box = &x->box;
        return std::shared_ptr<Box>(std::move(x), box);
    });
    m.def("machine_again", [](std::shared_ptr<Machine> x) { return x; });
    m.def("keep_machine", [](std::shared_ptr<Machine> x) { kept_machine = std::move(x); });
    m.def("kept_name", [] { return kept_machine->name; });
    m.def("forget_machine", [] { kept_machine.reset(); });
    m.def("number_after", [](const Machine& x, double) { return x.name; });

    il::class_<Base>(m, "Base").def(il::init<>()).def_readwrite<&Base::base>("base");
    il::class_<Left, Base>(m, "Left").def(il::init<>()).def_readwrite<&Left::left>("left");
    il::class_<Right, Base>(m, "Right").def(il::init<>()).def_readwrite<&Right::right>("right");
    il::class_<Diamond, Left, Right>(m, "Diamond")
        .def(il::init<>())
        .def_readwrite<&Diamond::diamond>("diamond");
    m.def("sum",
          [](const Left& l, const Right& r, const Base& b) { return l.left + r.right + b.base; });
    m.def("make_base", [](bool whole) -> std::unique_ptr<Base> {
        if (whole) {
            return std::make_unique<Diamond>();
        }
        return std::make_unique<Right>();
    });
}
