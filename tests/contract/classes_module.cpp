// Section 5 of the contract, classes; what is asserted is in test_classes.py.
#include <interlock/interlock.hpp>

#include <atomic>
#include <compare>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace il = interlock;

struct Account {
    explicit Account(std::string o, double balance = 0) : owner(std::move(o)) {
        history.push_back(balance);
    }
    void deposit(double amount) {
        if (amount < 0) {
            throw std::invalid_argument("a deposit is not negative");
        }
        history.push_back(amount);
    }
    double balance() const {
        double sum = 0;
        for (double x : history) {
            sum += x;
        }
        return sum;
    }
    static Account from_csv(std::string_view line) {
        return Account(std::string(line.substr(0, line.find(','))), 1);
    }
    std::string owner;
    int limit = 100;
    auto begin() const { return history.begin(); }
    auto end() const { return history.end(); }
    auto operator<=>(const Account&) const = default;

private:
    std::vector<double> history;
};

struct Savings : Account {
    using Account::Account;
    double rate = 0.5;
};

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
    virtual std::string name() const { return "shape"; }
    virtual double scaled(double f) const { return f * area(); }
};
struct PyShape : Shape {
    double area() const override { return il::override_pure<double>(this, "area"); }
    std::string name() const override {
        return il::override_or(this, "name", [&] { return Shape::name(); });
    }
    double scaled(double f) const override {
        return il::override_or(this, "scaled", [&] { return Shape::scaled(f); }, f);
    }
};

enum class Color { red, green };

namespace {

std::pair<std::string, double> get_state(const Account& a) { return {a.owner, a.balance()}; }
Account set_state(const std::pair<std::string, double>& state) {
    return Account(state.first, state.second);
}

// ---- the shapes that a class may have ------------------------------------------------------------------------------------------

template <class T>
struct Vec {
    T x{};
    T y{};
    Vec operator+(const Vec& other) const { return {x + other.x, y + other.y}; }
    Vec operator-() const { return {-x, -y}; }
    Vec operator*(T by) const { return {x * by, y * by}; }
    friend Vec operator*(T by, const Vec& v) { return v * by; }
    Vec& operator+=(const Vec& other) {
        x += other.x;
        y += other.y;
        return *this;
    }
    bool operator==(const Vec&) const = default;
    auto operator<=>(const Vec&) const = default;
};
template <class T>
void bind_vec(il::module& m, const char* name) {
    il::class_<Vec<T>>(m, name)
        .def(il::init<T, T>(), il::arg("x") = T{}, il::arg("y") = T{})
        .template def_readwrite<&Vec<T>::x>("x")
        .template def_readwrite<&Vec<T>::y>("y")
        .def(il::self + il::self)
        .def(-il::self)
        .def(il::self * T{})
        .def(T{} * il::self)
        .def(il::self += il::self)
        .def(il::self == il::self)
        .def(il::self != il::self)
        .def(il::self < il::self)
        .def(il::self <= il::self)
        .def(il::self > il::self)
        .def(il::self >= il::self);
}

struct Flags {
    unsigned small : 3 = 5;
    unsigned rest : 5 = 1;
    int& referred;
    explicit Flags(int& target) : referred(target) {}
};
int referred_target = 7;

struct Part {
    int value = 0;
    int get() const { return value; }
};
struct Whole {
    Part part;
    std::vector<int> numbers{1, 2, 3};
    const int constant = 9;
    static inline int shared = 1;
    int value = 1;
    Part& inner() { return part; }
    const Part& inner_const() const { return part; }
    Part* inner_pointer() { return &part; }
    int get_value() const { return value; }
    void set_value(int v) { value = v; }
    const std::vector<int>& all() const { return numbers; }
    auto first() const { return numbers.begin(); }
    auto last() const { return numbers.end(); }
    Whole& chained(int v) {
        value = v;
        return *this;
    }
    int over(int x) { return x; }
    int over(int x) const { return -x; }
    std::string over(const std::string& x) const { return x; }
    int on_rvalue() && { return value; }
    int quiet(int x) const noexcept { return x + value; }
    int token(il::python py, int x) const { return py.make(x).as<int>() + value; }
    bool operator==(const Whole& other) const { return value == other.value; }
    int operator()(int x) const { return x * value; }
    int operator[](std::size_t i) const { return numbers.at(i); }
    explicit operator bool() const { return value != 0; }
    std::string operator()(const std::string& x) const { return x + "!"; }
};
Part global_part{11};

struct Counted {
    static inline std::atomic<int> alive = 0;
    int value = 0;
    explicit Counted(int v = 0) : value(v) { ++alive; }
    Counted(const Counted& other) : value(other.value + 100) { ++alive; }
    Counted(Counted&& other) noexcept : value(other.value + 1000) { ++alive; }
    ~Counted() { --alive; }
    Counted& operator=(const Counted&) = default;
};
Counted& global_counted() {
    static Counted made(1);
    return made;
}

struct Nurse {
    const Counted* patient = nullptr;
    explicit Nurse(const Counted* p) : patient(p) {}
    void care_for(const Counted& p) { patient = &p; }
    int look() const { return patient->value; }
};

struct WithToken {
    WithToken(il::python py, int v) : value(py.make(v).as<int>()) {}
    int value;
    int add(il::python py, int x) { return value += py.make(x).as<int>(); }
    int get(il::python) const { return value; }
    void set(il::python, int v) { value = v; }
    static int one(il::python py) { return py.make(1).as<int>(); }
};

struct Cannot {
    explicit Cannot(int v) : value(v) {}
    Cannot(const Cannot&) = delete;
    Cannot& operator=(const Cannot&) = delete;
    int value;
};

// ---- cycle collection ----------------------------------------------------------------------------------------------------------

struct FoundByItself {  // an aggregate
    int id = 0;
    il::owned<il::object> next;
    std::vector<il::owned<il::object>> more;
};
class Named {
public:
    Named() = default;
    void set_next(il::python py, const il::object& o) {
        next = o.unbind();
        static_cast<void>(py);
    }
    il::owned<il::object> next;
    std::optional<il::owned<il::object>> other;

private:
    [[maybe_unused]] int hidden_ = 0;
};

// ---- options -------------------------------------------------------------------------------------------------------------------

struct Dynamic {};
struct Weak {};
struct Final {};
struct Frozen {
    explicit Frozen(int v) : value(v) {}
    int value;
    int get() const { return value; }
};
struct Safe {
    std::atomic<int> n = 0;
    int add() { return ++n; }
};
struct Generic {};
struct Bound {
    int touch() const { return 1; }
};
struct Immutable {
    int x = 0;
};
struct Local {
    int x = 3;
};
struct Meta {};
struct Several {};
struct Slots {
    int factor = 6;
};
struct Shared : std::enable_shared_from_this<Shared> {
    int value = 4;
};
struct Unique {
    int value = 5;
};
struct Unlocked {
    long n = 0;
    void add() {
        n = n + 1;
    }  // not atomic: races unless calls into one instance exclude one another
};

PyObject* call_slots(PyObject* self, PyObject*, PyObject*) {
    return il::assume_attached([&](il::python py) {
        const il::object o = il::borrow(py, self);
        return py.make(o.as<Slots&>().factor * 7).release();
    });
}
Py_ssize_t length_of_slots(PyObject*) { return 3; }

struct Base1 {
    virtual ~Base1() = default;
    int one = 1;
    virtual std::string who() const { return "base1"; }
};
struct Base2 {
    virtual ~Base2() = default;
    int two = 2;
};
struct Both : Base1, Base2 {
    std::string who() const override { return "both"; }
};

struct from_text {
    from_text(std::string t) : text(std::move(t)) {}
    from_text(Part p) : text(std::to_string(p.value)) {}
    std::string text;
};
struct Container {  // looks like a sequence, and is a class
    using value_type = int;
    std::vector<int> items{1, 2};
    std::size_t size() const { return items.size(); }
    void push_back(int x) { items.push_back(x); }
    auto begin() const { return items.begin(); }
    auto end() const { return items.end(); }
};

struct Outer {
    struct Inner {
        int x = 2;
    };
    enum class Mode { fast, slow };
};
struct Early {
    int x = 1;
};

// Trampolines of other shapes.
struct Animal {
    explicit Animal(std::string n) : name_(std::move(n)) {}
    virtual ~Animal() = default;
    virtual std::string speak(int times, const std::string& loud) const {
        return name_ + loud + std::to_string(times);
    }
    virtual void feed(const std::vector<int>& portions) { fed += portions.size(); }
    virtual Part& part() { return part_; }
    virtual std::unique_ptr<Part> give() { return std::make_unique<Part>(part_); }
    std::size_t fed = 0;
    Part part_;

private:
    std::string name_;
};
struct PyAnimal : Animal {
    using Animal::Animal;
    std::string speak(int times, const std::string& loud) const override {
        return il::override_or(
            this, "speak", [&] { return Animal::speak(times, loud); }, times, loud);
    }
    void feed(const std::vector<int>& portions) override {
        il::override_or(this, "feed", [&] { Animal::feed(portions); }, portions);
    }
    Part& part() override {
        return il::override_or(this, "part", [&]() -> Part& { return Animal::part(); });
    }
    std::unique_ptr<Part> give() override {
        return il::override_or(this, "give", [&] { return Animal::give(); });
    }
};
struct Kennel {
    std::vector<std::unique_ptr<Animal>> animals;
    void take(std::unique_ptr<Animal> a) { animals.push_back(std::move(a)); }
    std::string speak() const {
        std::string all;
        for (const auto& a : animals) {
            all += a->speak(1, "?");
        }
        return all;
    }
};

}  // namespace

template <>
inline constexpr bool il::enable_class<Container> = true;

INTERLOCK_MODULE(contract_classes, m) {
    il::class_<Account>(m, "Account", "A bank account.")
        .def(il::init<std::string, double>(), il::arg("owner"), il::arg("balance") = 0.0)
        .def<&Account::deposit>("deposit", "Adds money.", il::arg("amount"))
        .def_property<&Account::balance>("balance")
        .def_readwrite<&Account::limit>("limit")
        .def_readonly<&Account::owner>("owner")
        .def_static<&Account::from_csv>("from_csv", il::arg("line"))
        .def("__repr__", [](const Account& a) { return "Account(" + a.owner + ")"; })
        .def(il::self == il::self)
        .def(il::self < il::self)
        .def(il::pickle<&get_state, &set_state>())
        .def_iter();
    il::class_<Savings, Account>(m, "Savings")
        .def(il::init<std::string>())
        .def_readwrite<&Savings::rate>("rate");
    il::class_<Shape, il::trampoline<PyShape>>(m, "Shape")
        .def(il::init<>())
        .def<&Shape::area>("area")
        .def<&Shape::name>("name")
        .def<&Shape::scaled>("scaled", il::arg("f"));
    il::enum_<Color>(m, "Color").value("red", Color::red);
    m.def("describe", [](const Shape& s) {
        return s.name() + " " + std::to_string(static_cast<int>(s.scaled(2)));
    });
    m.def(
        "describe_elsewhere",
        [](const Shape& s) {
            return std::async(
                       std::launch::async,
                       [&] { return s.name() + std::to_string(static_cast<int>(s.scaled(2))); })
                .get();
        },
        il::allow_threads);

    bind_vec<int>(m, "VecInt");
    bind_vec<double>(m, "VecDouble");

    il::class_<Flags>(m, "Flags")
        .def(il::init([] { return Flags(referred_target); }))
        .def_property<[](const Flags& f) { return unsigned{f.small}; }>("small")
        .def_property<[](const Flags& f) { return unsigned{f.rest}; },
                      [](Flags& f, unsigned v) { f.rest = v & 31U; }>("rest", "Five bits.")
        .def_property<[](const Flags& f) { return f.referred; },
                      [](Flags& f, int v) { f.referred = v; }>("referred");

    il::class_<Part>(m, "Part")
        .def(il::init<int>(), il::arg("value") = 0)
        .def_readwrite<&Part::value>("value")
        .def<&Part::get>("get");
    il::class_<Whole>(m, "Whole")
            .def(il::init<>())
            .def_readwrite<&Whole::part>("part")
            .def_readonly<&Whole::constant>("constant")
            .def_readwrite<&Whole::numbers>("numbers")
            .def_property<&Whole::get_value, &Whole::set_value>("value", "Its value.")
            .def_property(
                "by_lambda", [](const Whole& w) { return w.value; },
                [](Whole& w, int v) { w.value = v; })
            .def_property("read_by_lambda", [k = 10](const Whole& w) { return k * w.value; })
            .def_property("read_by_pointer", &Whole::get_value)
            .def_property<&Whole::inner>("property_inner")
            .def_static_readwrite<&Whole::shared>("shared")
            .def_static_property<[] { return 42; }>("answer")
            .def<&Whole::inner>("inner", il::reference_internal)
            .def<&Whole::inner>("inner_copy", il::copy)
            .def<&Whole::inner_const>("inner_const", il::reference_internal)
            .def<&Whole::inner_pointer>("inner_pointer", il::reference_internal)
            .def<&Whole::inner_pointer>("inner_pointer_copy", il::copy)
            .def<&Whole::chained>("chained", il::arg("v"))
            .def<il::overload<int(int)>(&Whole::over)>("over")
            .def<il::overload<int(int) const>(&Whole::over)>("over_const")
            .def<il::overload<std::string(const std::string&) const>(&Whole::over)>("over")
            .def("over_pointer", il::overload<int(int) const>(&Whole::over))
            .def<&Whole::quiet>("quiet", il::arg("x"), il::allow_threads)
            .def<&Whole::token>("token", il::arg("x"))
            .def(
                "by_pointer", [](Whole* w, int x) { return w->value + x; }, il::arg("x"))
            .def("with_token", [](il::python py, const Whole& w) { return py.make(w.value); })
            .def("with_self", [](il::object self) { return self; })
            .def<[](Whole& w) { return ++w.value; }>("next")
            .def<&Whole::all>("all")
            .def<il::overload<int(int) const>(&Whole::operator())>("__call__", il::arg("x"))
            .def<il::overload<std::string(const std::string&) const>(&Whole::operator())>(
                "__call__", il::arg("x"))
            .def < &Whole::operator[]>("__getitem__").def <
        &Whole::operator bool>("__bool__")
             .def(
                 "__len__", [](const Whole& w) { return w.numbers.size(); })
             .def(
                 "__contains__", [](const Whole& w, int x) { return x == w.value; })
             .def(
                 "__setitem__", [](Whole& w, std::size_t i, int v) { w.numbers.at(i) = v; })
             .def(
                 "__delitem__",
                 [](Whole& w, std::size_t i) {
                     w.numbers.erase(w.numbers.begin() + static_cast<std::ptrdiff_t>(i));
                 })
             .def(
                 "__enter__", [](il::object self) { return self; })
             .def(
                 "__exit__", [](Whole& w, il::args) { w.value = 0; })
             .def(
                 "__str__", [](const Whole&) { return "whole"; })
             .def(
                 "__int__", [](const Whole& w) { return w.value; })
             .def(
                 "__index__", [](const Whole& w) { return w.value; })
             .def(
                 "__float__", [](const Whole& w) { return 0.5 + w.value; })
             .def(
                 "__hash__", [](const Whole& w) { return w.value; })
             .def(il::self == il::self)
             .def_iter<&Whole::first, &Whole::last>()
             .add("LIMIT", 12);
    m.def("global_part", []() -> Part& { return global_part; }, il::reference);
    m.def("global_part_copy", []() -> Part& { return global_part; });
    m.def("global_part_pointer", []() -> Part* { return &global_part; }, il::reference);
    m.def("taken_part", [](int v) { return new Part{v}; }, il::take);
    m.def("no_part", []() -> Part* { return nullptr; }, il::take);

    il::class_<Counted>(m, "Counted").def(il::init<int>()).def_readonly<&Counted::value>("value");
    m.def("counted_alive", [] { return Counted::alive.load(); });
    m.def("counted_copy", []() -> Counted& { return global_counted(); }, il::copy);
    m.def("counted_move", []() -> Counted& { return global_counted(); }, il::move);
    m.def("counted_reference", []() -> Counted& { return global_counted(); }, il::reference);
    m.def("counted_take", [] { return new Counted(5); }, il::take);
    il::class_<Nurse>(m, "Nurse")
        .def(il::init<const Counted*>(), il::arg("patient"), il::keep_alive<1, 2>)
        .def<&Nurse::care_for>("care_for", il::arg("patient"), il::keep_alive<1, 2>())
        .def<&Nurse::look>("look");
    m.def(
        "nurse_of", [](const Counted& c) { return Nurse(&c); }, il::keep_alive<0, 1>, il::arg("c"));
    il::class_<WithToken>(m, "WithToken")
        .def(il::init<il::python, int>(), il::arg("v"))
        .def<&WithToken::add>("add", il::arg("x"))
        .def("added", &WithToken::add, il::arg("x"))
        .def<&WithToken::add>("add_unnamed")
        .def_property<&WithToken::get, &WithToken::set>("value")
        .def_property(
            "lambda_value", [](il::python, const WithToken& w) { return w.value; },
            [](il::python, WithToken& w, int v) { w.value = v; })
        .def_static<&WithToken::one>("one");
    m.def<&WithToken::add>("add_with_token", il::arg("self"), il::arg("x"));
    il::class_<Cannot>(m, "Cannot").def(il::init<int>()).def_readonly<&Cannot::value>("value");
    m.def("cannot", [](int v) { return std::make_unique<Cannot>(v); });

    il::class_<FoundByItself>(m, "FoundByItself", il::weak_referenceable)
        .def(il::init<>())
        .def("set_next", [](FoundByItself& f, il::object o) { f.next = o.unbind(); })
        .def("add", [](FoundByItself& f, il::object o) { f.more.push_back(o.unbind()); });
    il::class_<Named>(m, "Named", il::weak_referenceable, il::members<&Named::next, &Named::other>)
        .def(il::init<>())
        .def<&Named::set_next>("set_next")
        .def("set_other", [](Named& n, il::object o) { n.other = o.unbind(); });

    il::class_<Dynamic>(m, "Dynamic", il::dynamic_attr).def(il::init<>());
    il::class_<Weak>(m, "Weak", il::weak_referenceable).def(il::init<>());
    il::class_<Final>(m, "Final", il::is_final).def(il::init<>());
    il::class_<Frozen>(m, "Frozen", il::frozen, "Cannot be changed.")
        .def(il::init<int>())
        .def_readonly<&Frozen::value>("value")
        .def<&Frozen::get>("get");
    il::class_<Safe>(m, "Safe", il::thread_safe).def(il::init<>()).def<&Safe::add>("add");
    il::class_<Generic>(m, "Generic", il::generic).def(il::init<>());
    il::class_<Bound>(m, "Bound", il::thread_bound).def(il::init<>()).def<&Bound::touch>("touch");
    il::class_<Immutable>(m, "Immutable", il::immutable)
        .def(il::init<>())
        .def_readwrite<&Immutable::x>("x");
    il::class_<Local>(m, "Local", il::module_local).def(il::init<>()).def_readonly<&Local::x>("x");
    il::dict scope = il::dict::of(m.py());
    m.py().run("class M(type):\n  def shout(cls): return cls.__name__.upper()", scope);
    il::class_<Meta>(m, "Meta", il::metaclass(scope["M"])).def(il::init<>());
    il::class_<Several>(m, "Several", "Has several.", il::dynamic_attr, il::weak_referenceable,
                        il::is_final, il::generic, il::thread_safe)
        .def(il::init<>());
    il::class_<Slots>(m, "Slots",
                      il::type_slots({{Py_tp_call, reinterpret_cast<void*>(&call_slots)},
                                      {Py_sq_length, reinterpret_cast<void*>(&length_of_slots)}}))
        .def(il::init<>());
    il::class_<Shared, std::shared_ptr<Shared>>(m, "Shared")
        .def(il::init<>())
        .def_readwrite<&Shared::value>("value");
    il::class_<Unique, std::unique_ptr<Unique>>(m, "Unique")
        .def(il::init<>())
        .def_readwrite<&Unique::value>("value");
    m.def("shared_again", [](Shared& s) { return s.shared_from_this(); });
    m.def("use_count", [](std::shared_ptr<Shared> s) { return s.use_count(); });
    m.def("give_unique", [](std::unique_ptr<Unique> u) { return u->value; });
    il::class_<Unlocked>(m, "Unlocked")
        .def(il::init<>())
        .def<&Unlocked::add>("add")
        .def_readonly<&Unlocked::n>("n");

    il::class_<Base1>(m, "Base1")
        .def(il::init<>())
        .def_readwrite<&Base1::one>("one")
        .def<&Base1::who>("who");
    il::class_<Base2>(m, "Base2").def(il::init<>()).def_readwrite<&Base2::two>("two");
    il::class_<Both, Base1, Base2>(m, "Both").def(il::init<>());
    m.def("as_base", []() -> std::unique_ptr<Base1> { return std::make_unique<Both>(); });
    m.def("takes_second", [](const Base2& b) { return b.two; });

    il::class_<from_text>(m, "FromText")
        .def(il::init<std::string>())
        .def(il::init<Part>())
        .def_readonly<&from_text::text>("text");
    il::implicitly_convertible<std::string, from_text>(m);
    il::implicitly_convertible<Part, from_text>(m);
    m.def("text_of", [](const from_text& t) { return t.text; }, il::arg("t"));
    m.def("exact_text_of", [](const from_text& t) { return t.text; }, il::arg("t").exact());
    il::class_<Container>(m, "Container")
        .def(il::init<>())
        .def("__len__", [](const Container& c) { return c.size(); })
        .def<&Container::push_back>("push_back")
        .def_iter();
    m.def("container", [] { return Container(); });

    il::class_<Animal, il::trampoline<PyAnimal>>(m, "Animal")
        .def(il::init<std::string>(), il::arg("name"))
        .def<&Animal::speak>("speak", il::arg("times"), il::arg("loud") = "!")
        .def<&Animal::feed>("feed")
        .def<&Animal::part>("part", il::reference_internal)
        .def_readonly<&Animal::fed>("fed");
    m.def("speak", [](const Animal& a, int n) { return a.speak(n, "."); });
    m.def("feed", [](Animal& a) {
        a.feed({1, 2, 3});
        return a.fed;
    });
    m.def("part_value", [](Animal& a) { return a.part().value; });
    m.def("given", [](Animal& a) { return a.give(); });
    il::class_<Kennel>(m, "Kennel")
        .def(il::init<>())
        .def<&Kennel::take>("take")
        .def<&Kennel::speak>("speak");

    il::class_<Outer> outer(m, "Outer");
    outer.def(il::init<>());
    il::class_<Outer::Inner>(outer, "Inner").def(il::init<>()).def_readwrite<&Outer::Inner::x>("x");
    il::enum_<Outer::Mode>(outer.type_object(), "Mode")
        .value("fast", Outer::Mode::fast)
        .value("slow", Outer::Mode::slow, "As ever.");
    try {
        outer.def("late", [](const Outer&) {});
    } catch (const std::logic_error& error) {
        m.add("LATE", std::string(error.what()));
    }
    il::class_<Early> early(m, "Early");
    early.def(il::init<>()).def_readonly<&Early::x>("x");
    m.add("EARLY", Early{3});
    m.def("early_default", [](const Early& e) { return e.x; }, il::arg("e") = Early{4});
    try {
        early.def("late", [](const Early&) {});
        m.add("EARLY_WAS_OPEN", true);
    } catch (const std::logic_error&) {
        m.add("EARLY_WAS_OPEN", false);
    }
}
